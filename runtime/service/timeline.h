// The timeline of an execution in a few bytes an entry: numbers instead of names, which come from the flow when
// somebody reads. docs/formats/image.md has the bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/program/info.h"
#include "runtime/service/image.h"
#include "runtime/service/service.h"

namespace flow::service {

struct Entry {
  TimelineKind kind{};
  std::uint32_t message = 0;
  // entered: step; queued: channel; receipt, late_receipt: status; timer_*: timer; signal: its index; reply: its kind;
  // ended: how; attempt_failed: class; withdrawn: 1 when an attempt is under way;
  // asked, began_other: site; answered: outcome
  std::uint32_t number = 0;
  std::int64_t due_ms = 0;  // timer_set, attempt_failed, ask_failed
  std::string_view text =
      {};  // a reason, a provider's id (reply: of the message), a masked recipient (queued: empty when it is the party)
};

// Unless the timeline is full; the end is always taken.
void add_entry(Image& image, std::int64_t started_at_ms, std::int64_t at_ms, const Entry& entry);

// For people. `info` may be null: its bundle cannot be loaded, then numbers stand for names. `party`: masked.
std::vector<TimelineEntry> read_timeline(const Image& image, std::int64_t started_at_ms, const program::FlowInfo* info,
                                         const std::string& flow, const std::string& party);

// A text in few bytes, if it is of a form that providers' ids have (hexadecimal, UUID, base64); any text comes back.
void put_packed(std::string_view text, std::string& out);
bool take_packed(std::string_view& bytes, std::string& text);

}  // namespace flow::service
