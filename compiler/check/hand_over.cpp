// `hand over to DESK(x: VALUE, …) { accepted => STEP; failed => STEP }`.
#include <array>
#include <map>

#include "compiler/check/operation.h"

namespace flow::check {
namespace {

using catalogue::OutcomeId;

constexpr std::array kRequired = {OutcomeId::accepted, OutcomeId::failed};
constexpr OperationWays kWays{kRequired, false, false, "its outcomes are `accepted` and `failed`",
                              "accepted => end; failed => STEP"};

class HandOverChecker : OperationChecker {
 public:
  HandOverChecker(FlowScope& scope, const syntax::Entry& entry)
      : OperationChecker(scope, entry, "hand over", program::OperationKind::hand_over) {}

  std::optional<StepBody> run(const syntax::Expr& call) {
    Span name = call.span;
    name.end = name.begin + static_cast<std::uint32_t>(call.text.size());
    fine_ &= find_workspace_name(scope_, call.text, name, WorkspaceName::Kind::desk, "desk", Code::unknown_desk,
                                 fmt::format("desk {}", call.text)) != nullptr;
    operation_.target = call.text;
    for (const syntax::Argument& arg : call.args) take_argument(arg);
    refuse_secrets("persons at a desk would see this secret", "tell them what they need to know, and no more");
    read_block({}, no_setting_patterns(), kWays);
    return take();
  }

 private:
  void take_argument(const syntax::Argument& arg) {
    if (arg.name.empty() || arg.spread || arg.values.size() != 1) {
      fine_ = false;
      sink_.report(Code::wrong_arguments, arg.span, "a desk is told names and values")
          .hint("`hand over to shop_desk(name: customerName ?? \"\")`");
      return;
    }
    fine_ &= declare(sink_, names_, arg.name, arg.span, "argument");
    auto value = check_value(values_, arg.values[0], {});
    if (value) value = as_text(values_, std::move(*value));
    fine_ &= value.has_value();
    if (value) argument("argument " + arg.name, std::move(*value));
  }

  std::map<std::string, Span, std::less<>> names_;
};

}  // namespace

std::optional<StepBody> check_hand_over(FlowScope& scope, const WrittenStep& step) {
  return HandOverChecker(scope, step.entry).run(step.hole(0));
}

}  // namespace flow::check
