#include "runtime/operations/executor.h"
#include "runtime/program/http_call.h"

namespace flow::operations {

program::WrittenEvent result_of(const program::FlowInfo& info, const program::OperationInfo& site,
                                const Answer& answer) {
  switch (site.kind) {
    case program::OperationKind::http:
      return program::http_result(info, site, answer.status, answer.body);
  }
  return program::http_result(info, site, 0, {});
}

}  // namespace flow::operations
