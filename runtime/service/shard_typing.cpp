// `typing`: an operation that a channel's provider carries out, as the answer to the message that came last.
#include "runtime/service/shard.h"
#include "runtime/service/timeline.h"
#include "runtime/service/trace.h"

namespace flow::service {

// Of the open execution. Nothing: the operation is another one.
std::optional<outbox::TypingRequest> Shard::typing_request(const operations::Request& request) const {
  const program::FlowInfo& info = code().info();
  const program::OperationInfo& site = info.operations[request.site];
  if (site.kind != program::OperationKind::typing || request.arguments.empty()) return std::nullopt;
  outbox::TypingRequest wanted;
  wanted.channel = site.target;
  wanted.to = request.arguments.front();
  wanted.traceparent = request.traceparent;
  for (const TimelineEntry& entry : read_timeline(work_.image, base_ms(), &info, "", ""))
    if (entry.kind == TimelineKind::reply) wanted.answers = entry.detail;
  return wanted;
}

// False: it is another operation.
bool Shard::show_typing(Asking& asking) {
  if (!asking.typing) return false;
  const outbox::Name name{asking.request.execution, asking.request.operation};
  asking.typing->time_ms = asking.request.time_ms;
  parts_.transport.show_typing(*std::move(asking.typing),
                               [mailbox = parts_.mailbox, name](const outbox::SendResult& result) {
                                 OperationCommand ended;
                                 ended.name = name;
                                 ended.answer.status = result.result == outbox::SendClass::accepted ? 200 : 0;
                                 ended.answer.reason = result.reason;
                                 mailbox->push(std::move(ended));
                               });
  return true;
}

}  // namespace flow::service
