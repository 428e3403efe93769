#include "compiler/ir/verify.h"

#include "compiler/ir/verify_internal.h"

namespace flow::ir {

Status verify(const Flow& flow, Form form) {
  if (Status status = verify_declarations(flow, form); !status)
    return fail(ErrorCode::invalid_argument, "flow `{}`: {}", flow.info.name, status.error().message);
  CallVerifier calls(flow);
  if (Status status = verify_functions(flow, calls); !status)
    return fail(ErrorCode::invalid_argument, "flow `{}`: {}", flow.info.name, status.error().message);
  if (Status status = calls.verify(); !status)
    return fail(ErrorCode::invalid_argument, "flow `{}`: {}", flow.info.name, status.error().message);
  return {};
}

std::vector<std::uint32_t> block_order(const Flow& flow, const Function& function) {
  return verify_function(flow, function).value_or(std::vector<std::uint32_t>{});
}

Status verify(const Module& module) {
  for (std::size_t i = 0; i < module.flows.size(); ++i) {
    if (Status status = verify(module.flows[i]); !status) return status;
    if (i > 0 && module.flows[i - 1].info.name >= module.flows[i].info.name)
      return fail(ErrorCode::invalid_argument, "flow `{}` is not in the order of names", module.flows[i].info.name);
  }
  return {};
}

}  // namespace flow::ir
