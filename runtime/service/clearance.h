// What stands between a message that its flow has sent and an attempt to hand it over: whether its recipient wants it,
// may be written to now, and has not had enough. Who knows is the shard of the address, where contacts are kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/program/info.h"
#include "runtime/service/flow_metrics.h"
#include "runtime/service/image.h"
#include "runtime/service/service.h"

namespace flow::service {

// Asked one after the other; the first refusal is the last question.
struct Question {
  ContactRequest request;           // with `send`
  std::vector<std::size_t> limits;  // FlowInfo::message_limits, of each of SendCheck::limits
};
// None: whoever may send may send this. First the recipient, so that somebody who asks too often for codes does not use
// up what a range of numbers may get.
std::vector<Question> questions_about(const program::FlowInfo& info, const core::ExecutionId& execution,
                                      const Pending& pending);

struct Refusal {
  Refused why{};
  program::Receipt told{};  // to the flow
  std::string reason;       // for the timeline and the flow; begins with a word that does not change
};
std::optional<Refusal> refusal_of(const program::FlowInfo& info, const Pending& pending, const Question& question,
                                  const ContactAnswer& answer);
// The shard of the address has no room for one more.
Refusal not_counted();

}  // namespace flow::service
