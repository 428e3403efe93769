// Events and effects as JSON, one object a line: what `flowc run` reads and prints (docs/formats/events.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "runtime/program/abi.h"
#include "runtime/program/effect.h"
#include "runtime/program/info.h"
#include "runtime/program/reply.h"

namespace flow::program {

inline constexpr int kJsonVersion = 1;  // the member "v" of each line

// An event as written down. `event` points into the other members once point_to_texts() was called in the final place.
struct WrittenEvent {
  FlowEvent event{};                       // at_ms is an instant
  std::optional<std::int32_t> message_of;  // a receipt by step: for the last message of that step
  std::optional<std::int32_t> result_of;   // a result: of the operation that this step waits for
  std::string reason;
  std::vector<FlowField> values;                                 // of a result
  std::vector<std::pair<std::size_t, std::string>> value_texts;  // place in values, and the text
  std::optional<Reply> reply;

  void point_to_texts() {
    event.reason = {reason.data(), reason.size()};
    if (reply) {
      const auto all = reply->values();
      values.assign(all.begin(), all.end());
    }
    for (const auto& [place, text] : value_texts) values[place].text = {text.data(), text.size()};
    event.values = values.data();
    event.value_count = values.size();
  }
};

// A line; `start_ms` is what times such as "65s" count from. invalid_argument says what is wrong with which member.
// Takes hostile bytes, at most limits::kEventLineBytesMax.
Result<WrittenEvent> read_event(std::string_view line, const FlowInfo& info, std::int64_t start_ms);

// Without the end of line. What an effect marks as secret is "***" unless `reveal`.
// `resting`: the step before the event, which says what a result means; secret values of it are "***".
std::string event_line(const FlowEvent& event, const FlowInfo& info, std::int32_t resting = kNotStarted);
std::string effect_line(const Effect& effect, std::int64_t at_ms, const FlowInfo& info, bool reveal);

// Words of the schema, also for logs and APIs: "delivered", "undelivered", "failed", "viber".
std::string to_string(OperationKind kind, const OperationOutcome& outcome);  // "ok", "status 404"
std::string_view to_string(Receipt receipt);
std::string_view to_string(Timer timer);
std::string_view to_string(EndKind end);
std::string_view to_string(ChannelKind kind);

}  // namespace flow::program
