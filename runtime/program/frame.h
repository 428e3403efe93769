// The decoded state of one execution, and the effects of one advance: what an engine works on.
//
// Owns everything that the FlowFrame inside points to. Reused for many executions: reset() keeps the memory. One
// thread at a time.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
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
  char* allocate(std::size_t bytes);
  FlowText copy(std::string_view text);
  void reset();                                         // keeps some of the memory for the next use
  std::size_t allocated() const { return allocated_; }  // bytes, since the last reset

 private:
  std::vector<std::unique_ptr<char[]>> chunks_;
  std::vector<std::size_t> sizes_;
  std::size_t chunk_ = 0;
  std::size_t used_ = 0;
  std::size_t allocated_ = 0;
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
  const FlowInfo& info() const { return *info_; }
  Arena& arena() { return arena_; }
  std::vector<FlowMessage>& messages() { return messages_; }
  const std::vector<FlowMessage>& messages() const { return messages_; }
  std::vector<Effect>& effects() { return effects_; }
  const std::vector<Effect>& effects() const { return effects_; }

  void set_text(std::size_t field, std::string_view value);  // copies into the arena
  void set_scalar(std::size_t field, std::int64_t value);

  std::int64_t region_of(std::string_view e164) const { return region_of_(e164); }

  // Every engine calls it first in advance(): from here on counts what one event may make in texts.
  void begin_event() { texts_before_ = arena_.allocated(); }
  bool may_make_text() const { return arena_.allocated() - texts_before_ <= limits::kEventTextBytesMax; }

  // The earliest deadline and its timer, by time and then by Timer's order; kNever when nothing is armed.
  std::int64_t next_deadline(Timer* timer = nullptr) const;

 private:
  RegionLookup region_of_;
  const FlowInfo* info_ = nullptr;
  FlowFrame raw_{};
  std::vector<FlowField> fields_;
  std::vector<std::uint32_t> counters_;
  std::vector<FlowMessage> messages_;
  std::vector<Effect> effects_;
  Arena arena_;
  std::size_t texts_before_ = 0;
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
