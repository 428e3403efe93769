#include "runtime/operations/executor.h"
#include "runtime/program/http_call.h"

namespace flow::operations {

program::WrittenEvent result_of(const program::FlowInfo& info, const program::OperationInfo& site,
                                const Answer& answer) {
  const bool known = site.kind == program::OperationKind::http;
  return program::http_result(info, site, known ? answer.status : 0, answer.body);
}

}  // namespace flow::operations
