// What the components that ask the outside have in common. Internal to compiler/check but for body_arguments(), which
// the stubs of tests use as well.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/check/pattern.h"
#include "compiler/check/stages.h"

namespace flow::check {

// Which ways out a step has, `failed` always among them.
struct OperationWays {
  std::span<const catalogue::OutcomeId> required;
  bool statuses = false;  // and `status NUMBER`
  bool labels = false;    // and labels with what they mean, and `else`
  std::string_view list;  // "its outcomes are `ok` and `failed`"
  std::string_view arms;  // what to write for those that are missing: "ok => STEP; failed => STEP"
};

// One checker of a step's head, settings and arms; each component has its own settings.
class OperationChecker {
 public:
  OperationChecker(const OperationChecker&) = delete;
  OperationChecker& operator=(const OperationChecker&) = delete;

 protected:
  OperationChecker(FlowScope& scope, const syntax::Entry& entry, std::string_view name, program::OperationKind kind);
  virtual ~OperationChecker() = default;

  // Settings and arms of the block. `table`: the settings that the component has.
  void read_block(std::span<const catalogue::OperationSettingEntry> table, const Patterns& patterns,
                  const OperationWays& ways);
  // A setting of `table`; false when it was reported.
  virtual bool apply(catalogue::OperationSetting, const syntax::Entry&, const Match&) { return false; }
  // The step, once all was read.
  std::optional<StepBody> take();

  // The one value behind `=`; null when there is not one, which is reported.
  const syntax::Expr* value_of(const syntax::Entry& line, std::string_view example);
  std::optional<Expr> text_value(const syntax::Entry& line, std::string_view example);
  // `read NAME: TYPE = PATH`, with a path that begins with `root`. Empty: NAME says what is read, and there is no path.
  bool read(const syntax::Entry& line, const syntax::Expr& name, std::string_view root);
  void argument(std::string place, Expr value) { operation_.arguments.push_back({std::move(place), std::move(value)}); }
  // Reports secrets among the arguments that would go where `why` says.
  void refuse_secrets(std::string_view why, std::string_view hint);
  // The same for what goes over plain `http`.
  void refuse_open_secrets(bool secure);
  bool took(catalogue::OperationSetting id) const { return once_.contains(id); }

  FlowScope& scope_;
  const syntax::Entry& entry_;
  std::string_view name_;
  Sink& sink_;
  FlowValues values_;
  Operation operation_;
  bool fine_ = true;

 private:
  void setting(const syntax::Entry& line, std::span<const catalogue::OperationSettingEntry> table,
               const Patterns& patterns);

  std::map<catalogue::OperationSetting, Span> once_;
};

// operation_arms.cpp: the arms of a step; false when a mistake was reported. `name`: "http".
bool check_operation_arms(FlowScope& scope, const syntax::Entry& entry, std::string_view name,
                          const std::vector<const syntax::Entry*>& lines, const OperationWays& ways,
                          Operation& operation);

// http_body.cpp: the arguments of `json(…)`, `form(…)` or a text; false when a mistake was reported.
bool body_arguments(Values& values, const syntax::Expr& written, std::vector<Operation::Argument>& out);
// The members of a call as one JSON object; each has a name of its own.
bool json_arguments(Values& values, const syntax::Expr& call, std::vector<Operation::Argument>& out);
// A value as JSON; a list in brackets is one, too.
bool json_value_arguments(Values& values, const syntax::Expr& written, std::vector<Operation::Argument>& out);
// A text for `place`, in which secrets of the workspace may stand.
bool text_arguments(Values& values, const syntax::Expr& written, const std::string& place,
                    std::vector<Operation::Argument>& out);

// The value as a text, as an interpolation has it; nothing when that was reported.
std::optional<Expr> as_text(Values& values, Expr value);

// http_url.cpp: the arguments of an address; false when a mistake was reported. `allowed`: the hosts that the workspace
// allows. `secure`: it is one of https.
bool url_arguments(Values& values, const std::vector<std::string>& allowed, const syntax::Expr& written,
                   std::vector<Operation::Argument>& out, bool& secure);

// The read NAME : TYPE = PATH of a line, if it is one.
const syntax::Expr* read_name(const syntax::Entry& line);

}  // namespace flow::check
