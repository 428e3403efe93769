// The decoded state of one execution, and the effects of one advance: what an engine works on.
//
// Owns everything that the FlowFrame inside points to. Reused for many executions: reset() keeps the memory. One
// thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "runtime/program/abi.h"
#include "runtime/program/effect.h"
#include "runtime/program/info.h"

namespace flow::program {

// Bump allocation for texts; freed all at once.
class Arena {
 public:
  Arena() : space_(&own_) {}
  // What is free, and how much was made, is kept in `space`, which must outlive it.
  explicit Arena(FlowSpace& space) : space_(&space) {}
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  char* allocate(std::size_t bytes);
  FlowText copy(std::string_view text);
  void reset();                       // keeps some of the memory for the next use
  void make_room(std::size_t bytes);  // for so many, one after the other

 private:
  std::vector<std::unique_ptr<char[]>> chunks_;
  std::vector<std::size_t> sizes_;
  std::size_t chunk_ = 0;  // that `space_` is in; chunks_.size(): none
  FlowSpace own_{};
  FlowSpace* space_;
};

// The region of an E.164 number as `a << 8 | b`, or 0 when it belongs to none. Pure; any thread may call it. An
// interface, so that engines and state need no phone library (numbers/ has one).
using RegionLookup = std::int64_t (*)(std::string_view e164);

class Frame {
 public:
  explicit Frame(RegionLookup lookup);
  Frame(const Frame&) = delete;
  Frame& operator=(const Frame&) = delete;

  // An execution of `info` that has not begun: all fields absent, all deadlines unset. `info` must outlive the frame's
  // use of it.
  void reset(const FlowInfo& info);

  FlowFrame& raw() { return raw_; }
  const FlowFrame& raw() const { return raw_; }
  FlowRest& rest() { return *rest_of(raw_); }
  const FlowRest& rest() const { return *rest_of(raw_); }
  const FlowInfo& info() const { return *info_; }
  Arena& arena() { return arena_; }

  // In the order of sending; valid until the next change.
  std::span<const FlowMessage> messages() const;
  void add_message(const FlowMessage& message);
  // The message of the resting step, or kNoMessage. REQUIRES: one of messages(), or none.
  std::uint32_t current_message() const;
  void set_current_message(std::uint32_t message);

  // Of the events since clear_effects(), in order. They are read when they are asked for, so what their operands point
  // to must be there: the arena until the next reset(), and the texts and send sites of the Program.
  std::vector<Effect>& effects();
  const std::vector<Effect>& effects() const { return const_cast<Frame*>(this)->effects(); }
  // As engines wrote them.
  std::span<const FlowEffect> raw_effects() const;
  void clear_effects();

  void set_text(std::size_t field, std::string_view value);  // copies into the arena
  void set_scalar(std::size_t field, std::int64_t value);

  std::int64_t region_of(std::string_view e164) const { return region_of_(e164); }
  RegionLookup region_lookup() const { return region_of_; }

  // Every engine calls it first in advance(): from here on counts what one event may make in texts.
  void begin_event() { host_.texts.made = 0; }
  bool may_make_text() const { return host_.texts.made <= limits::kEventTextBytesMax; }

  // The earliest deadline and its timer, by time and then by Timer's order; kNever when nothing is armed.
  std::int64_t next_deadline(Timer* timer = nullptr) const;

  // Room for more, when what the host has is used up (inlined.h).
  void more_effects();
  void more_operands(std::size_t count);
  void more_messages();

 private:
  // A FlowRest, and the fields behind it, lie in these.
  struct alignas(64) Line {
    std::byte bytes[64];
  };

  RegionLookup region_of_;
  const FlowInfo* info_ = nullptr;
  FlowFrame raw_{};
  FlowHost host_{};
  std::vector<Line> lines_;
  std::vector<std::uint32_t> counters_;
  std::vector<FlowMessage> messages_;
  std::vector<FlowEffect> raw_effects_;
  std::vector<std::vector<FlowText>> operands_;  // the last one is in use
  std::vector<Effect> effects_;
  std::size_t effects_read_ = 0;  // of raw_effects_
  Arena arena_;
};

// Canonical bytes of a state: format version, values by field id, checksum (docs/formats/state.md). Equal states of
// one flow have equal bytes, whichever engine made them. decode() checks everything against `info` and the limits;
// bytes of a newer version, damaged ones and ones that do not fit the flow are refused with data_loss or
// failed_precondition, and the frame is then as after reset().
std::string encode_state(const Frame& frame);
Status decode_state(std::string_view bytes, const FlowInfo& info, Frame& frame);

// The same inside something that has a checksum and a version of its own: appended to `out` without them, times as
// differences to `base_ms`. Without fields: of an execution that has ended, whose values nobody needs any more. Returns
// how many bytes come before the values.
std::size_t pack_state(const Frame& frame, std::int64_t base_ms, bool with_fields, std::string& out);
Status unpack_state(std::string_view bytes, std::int64_t base_ms, const FlowInfo& info, Frame& frame);
// The earliest deadline in packed bytes, without the flow; kNever: none. Nothing: they are damaged.
std::optional<std::int64_t> packed_deadline(std::string_view bytes, std::int64_t base_ms);

}  // namespace flow::program
