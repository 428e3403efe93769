// contact, subscribe and unsubscribe: operations that the service itself carries out.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "runtime/operations/executor.h"
#include "runtime/service/service.h"

namespace flow::service {

// Nothing: the operation is of another kind.
std::optional<ContactRequest> contact_request(const program::OperationInfo& site,
                                              std::span<const std::string> arguments, std::string key);
// As if it had been asked of somebody else. `request` is the one that was made for `site`.
operations::Answer contact_answer(const program::FlowInfo& info, const program::OperationInfo& site,
                                  const ContactRequest& request, const Outcome<ContactAnswer>& outcome);

}  // namespace flow::service
