// Arms of outcomes as the catalogue has them, each once, an `otherwise` for those that lack one: what steps that wait
// for one event of several have in common. Internal to compiler/check.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "compiler/check/pattern.h"
#include "compiler/check/stages.h"

namespace flow::check {

class OutcomeArms {
 public:
  OutcomeArms(const OutcomeArms&) = delete;
  OutcomeArms& operator=(const OutcomeArms&) = delete;

  // A line of the step's block.
  void read(const syntax::Entry& line);
  // The flow's `otherwise`, where no arm says what then.
  void take_otherwise(catalogue::OutcomeId id);
  // Reports those of `required` that have no arm; false when something is wrong, now or before. `hint`: what to write,
  // by what is missing.
  bool complete(std::span<const catalogue::OutcomeId> required,
                const std::function<std::string(const std::vector<catalogue::OutcomeId>&)>& hint);

  bool has(catalogue::OutcomeId id) const { return arms_.contains(id); }
  const TimedArm& arm(catalogue::OutcomeId id) const { return arms_.at(id); }

 protected:
  // How messages call the step, and what they say where an outcome is not its own.
  struct Messages {
    std::string_view name;  // "await signal"
    std::string_view else_hint;
    std::string_view impossible_hint;
  };

  OutcomeArms(FlowScope& scope, const syntax::Entry& entry, Messages messages)
      : scope_(scope), entry_(entry), messages_(messages) {}
  virtual ~OutcomeArms() = default;

  virtual bool possible(const catalogue::Outcome& outcome) const = 0;
  // Why not: "`ok` cannot happen: …".
  virtual std::string impossible(const catalogue::Outcome& outcome) const = 0;
  // An item that is the step's own affair, such as a label; false: it is an outcome like others.
  virtual bool take_own(const syntax::Item&, const Target&) { return false; }

  void dead(Span span, std::string_view name, Span before);
  // An outcome that could not be read may be the one that seems to be missing.
  void unclear() {
    unclear_ = true;
    fine_ = false;
  }
  bool is_unclear() const { return unclear_; }
  void refuse() { fine_ = false; }
  FlowScope& scope() { return scope_; }
  const syntax::Entry& entry() const { return entry_; }
  std::string_view name() const { return messages_.name; }

 private:
  void read_item(const syntax::Item& item, const Target& target);

  FlowScope& scope_;
  const syntax::Entry& entry_;
  Messages messages_;
  std::map<catalogue::OutcomeId, TimedArm> arms_;
  bool unclear_ = false;
  bool fine_ = true;
};

}  // namespace flow::check
