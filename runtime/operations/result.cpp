#include "runtime/operations/executor.h"
#include "runtime/program/http_call.h"
#include "runtime/program/model_reply.h"

namespace flow::operations {

program::WrittenEvent result_of(const program::FlowInfo& info, const program::OperationInfo& site,
                                const Answer& answer) {
  using program::OperationKind;
  switch (site.kind) {
    case OperationKind::http:
    case OperationKind::function:
      return program::http_result(info, site, answer.status, answer.body);
    case OperationKind::classify:
      return program::classify_result(info, site, answer.status, answer.body);
    case OperationKind::generate:
      return program::generate_result(info, site, answer.status, answer.body);
    case OperationKind::hand_over:
      return program::hand_over_result(info, site, answer.status);
    case OperationKind::contact:
    case OperationKind::subscribe:
    case OperationKind::unsubscribe:
    case OperationKind::typing:
      return program::http_result(info, site, answer.status, answer.body);
    default:
      return program::operation_result(info, site, 0, {});
  }
}

}  // namespace flow::operations
