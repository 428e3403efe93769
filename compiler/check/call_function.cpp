// `call function NAME(x: VALUE, …) { read y: TYPE = result.a.b; ok => STEP; failed, late after 5s => STEP }`.
#include <array>

#include "compiler/check/operation.h"

namespace flow::check {
namespace {

using catalogue::OperationSetting;
using catalogue::OutcomeId;

constexpr std::array kRequired = {OutcomeId::ok, OutcomeId::failed, OutcomeId::late};
constexpr OperationWays kWays{kRequired, false, false, "its outcomes are `ok`, `failed` and `late after`",
                              "ok => STEP; failed, late after 5s => STEP"};

class FunctionChecker : OperationChecker {
 public:
  FunctionChecker(FlowScope& scope, const syntax::Entry& entry)
      : OperationChecker(scope, entry, "call function", program::OperationKind::function) {}

  std::optional<StepBody> run(const syntax::Expr& call) {
    bool secure = true;
    Span name = call.span;
    name.end = name.begin + static_cast<std::uint32_t>(call.text.size());
    if (const WorkspaceName* known =
            find_workspace_name(scope_, call.text, name, WorkspaceName::Kind::function, "function",
                                Code::unknown_function, fmt::format("function {} at \"https://…\"", call.text))) {
      const RemoteFunction& function = scope_.shared.workspace.functions[known->index];
      argument("url", constant_text(function.address, name));
      secure = function.secure;
    } else {
      fine_ = false;
    }
    operation_.target = call.text;
    fine_ &= json_arguments(values_, call, operation_.arguments);
    read_block(catalogue::function_settings(), function_setting_patterns(), kWays);
    refuse_open_secrets(secure);
    return take();
  }

 private:
  bool apply(OperationSetting, const syntax::Entry& line, const Match& found) override {
    return read(line, *found.holes[0], "result");
  }
};

}  // namespace

std::optional<StepBody> check_call_function(FlowScope& scope, const WrittenStep& step) {
  return FunctionChecker(scope, step.entry).run(step.hole(0));
}

}  // namespace flow::check
