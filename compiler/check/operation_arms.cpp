// The arms of what asks the outside: ok, failed, late, and what a component has besides.
#include <algorithm>

#include "base/limits.h"
#include "compiler/check/operation.h"
#include "compiler/check/outcome_arms.h"

namespace flow::check {
namespace {

using catalogue::OutcomeId;
using Kind = program::OperationOutcome::Kind;

class OperationArms : public OutcomeArms {
 public:
  OperationArms(FlowScope& scope, const syntax::Entry& entry, std::string_view name, const OperationWays& ways)
      : OutcomeArms(
            scope, entry,
            {name, has_late(ways) ? "name them: `failed, late after 5s => STEP`" : "name them: `failed => STEP`",
             ways.list}),
        ways_(ways) {}

  bool run(const std::vector<const syntax::Entry*>& lines, Operation& operation) {
    for (const syntax::Entry* line : lines) read(*line);
    for (const OutcomeId id : ways_.required) take_otherwise(id);
    if (ways_.labels) check_labels();
    if (!complete(ways_.required, [&](const auto&) {
          return fmt::format("`{}`{}", ways_.arms, has_late(ways_) ? ": no wait is without an end" : "");
        }))
      return false;
    if (has_late(ways_)) operation.late = arm(OutcomeId::late);
    add(operation, OutcomeId::failed, {Kind::failed, 0});
    if (has(OutcomeId::ok)) add(operation, OutcomeId::ok, {Kind::ok, 0});
    if (has(OutcomeId::accepted)) add(operation, OutcomeId::accepted, {Kind::named, 0, "accepted"});
    for (auto& one : own_) operation.arms.push_back(std::move(one));
    for (auto& label : labels_) operation.arguments.push_back(std::move(label));
    return true;
  }

 private:
  static bool has_late(const OperationWays& ways) {
    return std::ranges::find(ways.required, OutcomeId::late) != ways.required.end();
  }

  void add(Operation& operation, OutcomeId id, program::OperationOutcome outcome) {
    operation.arms.push_back({std::move(outcome), arm(id).target, arm(id).span});
  }

  bool possible(const catalogue::Outcome& outcome) const override {
    return std::ranges::find(ways_.required, outcome.id) != ways_.required.end();
  }
  std::string impossible(const catalogue::Outcome& outcome) const override {
    return fmt::format("`{}` cannot happen: `{}` is answered, or it is not", catalogue::word_of(outcome.id), name());
  }

  bool take_own(const syntax::Item& item, const Target& target) override {
    if (item.is_else) return ways_.labels && (add_else(item, target), true);
    const auto& words = item.exprs;
    if (ways_.labels && words.size() == 2 && words[0].kind == syntax::ExprKind::name &&
        words[1].kind == syntax::ExprKind::string)
      return add_label(words[0], words[1], target), true;
    const auto found = match(words, outcome_patterns());
    if (ways_.labels && !found && words.size() == 1 && words[0].kind == syntax::ExprKind::name) {
      scope()
          .sink()
          .report(Code::missing_part, words[0].span, "the label `{}` does not say what it means", words[0].text)
          .hint(fmt::format("`{} \"in a few words\" => STEP`", words[0].text));
      unclear();
      return true;
    }
    if (!ways_.statuses) return false;
    if (!found || catalogue::outcomes()[found->entry].id != OutcomeId::status) return false;
    add_status(item, *found->holes[0], target);
    return true;
  }

  void add_status(const syntax::Item& item, const syntax::Expr& written, const Target& target) {
    FlowValues values(scope());
    const auto status = check_whole(values, written, "`status`", 200, 599);
    if (!status) return unclear();
    const std::string text = fmt::format("status {}", *status);
    const auto same = std::ranges::find(own_, *status, [](const auto& one) { return one.outcome.status; });
    if (same != own_.end()) return dead(item.span, text, same->span);
    if (has(OutcomeId::ok) && *status < 300) return dead(item.span, text, arm(OutcomeId::ok).span);
    own_.push_back({{Kind::status, static_cast<std::int32_t>(*status)}, target, item.span});
  }

  // ---- Labels

  void add_else(const syntax::Item& item, const Target& target) {
    if (const Operation::Arm* same = find("")) return dead(item.span, "else", same->span);
    own_.push_back({{Kind::named, 0, ""}, target, item.span});
  }

  void add_label(const syntax::Expr& label, const syntax::Expr& meaning, const Target& target) {
    FlowValues values(scope());
    auto text = check_text(values, meaning, "a label");
    if (!text || !check_name_length(scope().sink(), label.text, label.span, "label")) return unclear();
    for (const auto& outcome : catalogue::outcomes()) {
      if (outcome.pattern.substr(0, outcome.pattern.find(' ')) != label.text) continue;
      scope()
          .sink()
          .report(Code::reserved_name, label.span, "`{}` is an outcome, so no label can have this name", label.text)
          .hint("another word for the subject");
      return unclear();
    }
    if (const Operation::Arm* same = find(label.text)) return dead(label.span, label.text, same->span);
    own_.push_back({{Kind::named, 0, label.text}, target, source::join(label.span, meaning.span)});
    labels_.push_back({"label " + label.text, constant_text(std::move(*text), meaning.span)});
  }

  const Operation::Arm* find(std::string_view label) const {
    const auto found = std::ranges::find(own_, label, [](const auto& one) { return one.outcome.name; });
    return found == own_.end() ? nullptr : &*found;
  }

  void check_labels() {
    if (is_unclear()) return;
    const auto report = [&](Code code, std::string what) {
      refuse();
      return scope().sink().add(code, entry().colon->span, std::move(what));
    };
    if (labels_.empty())
      report(Code::labels, fmt::format("`{}` has no labels to choose from", name()))
          .hint("a label and what it means: `billing \"invoices, refunds\" => STEP`");
    else if (labels_.size() > limits::kLabelsMax)
      report(Code::too_many, fmt::format("`{}` has {} labels", name(), labels_.size()))
          .hint(fmt::format("at most {}", limits::kLabelsMax));
    if (find("") == nullptr)
      report(Code::else_missing, fmt::format("`{}` says nothing about the rest", name()))
          .label("no `else` arm")
          .hint("`else => STEP`: the text may be about none of them");
  }

  const OperationWays& ways_;
  std::vector<Operation::Arm> own_;  // statuses or labels
  std::vector<Operation::Argument> labels_;
};

}  // namespace

bool check_operation_arms(FlowScope& scope, const syntax::Entry& entry, std::string_view name,
                          const std::vector<const syntax::Entry*>& lines, const OperationWays& ways,
                          Operation& operation) {
  return OperationArms(scope, entry, name, ways).run(lines, operation);
}

}  // namespace flow::check
