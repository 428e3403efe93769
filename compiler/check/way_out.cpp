// Who gets marketing must be able to leave.
#include <algorithm>

#include "compiler/check/stages.h"

namespace flow::check {
namespace {

bool unsubscribes(const Step& step) {
  const auto* operation = std::get_if<Operation>(&step.body);
  return operation != nullptr && operation->kind == program::OperationKind::unsubscribe;
}

bool is_marketing(const Step& step) {
  const auto* send = std::get_if<Send>(&step.body);
  return send != nullptr && send->purpose == "marketing";
}

}  // namespace

void check_way_out(WorkspaceScope& scope) {
  const auto& flows = scope.workspace.flows;
  if (std::ranges::any_of(flows, [](const auto& flow) { return std::ranges::any_of(flow->steps, unsubscribes); }))
    return;
  // Once: it is one thing that is missing.
  for (const auto& flow : flows) {
    const auto found = std::ranges::find_if(flow->steps, is_marketing);
    if (found == flow->steps.end()) continue;
    scope.sink.report(Code::no_way_out, found->span, "who gets this cannot opt out of it: no flow has `unsubscribe`")
        .label("marketing")
        .hint(
            "`on reply ~= [\"stop\"] => leave` and `leave: unsubscribe customerPhoneNumber => end`, here or in a flow "
            "that messages start");
    return;
  }
}

}  // namespace flow::check
