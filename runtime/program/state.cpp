// docs/formats/state.md has the layout. What is written here is what decode_state takes, byte for byte: one form.
#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/crc32c.h"
#include "base/limits.h"
#include "base/varint.h"
#include "runtime/program/frame.h"

namespace flow::program {
namespace {

constexpr std::string_view kMagic = "FS";
constexpr unsigned char kVersion = 1;
constexpr std::size_t kHeaderBytes = 3;
constexpr std::size_t kChecksumBytes = 4;

constexpr unsigned char kStatusMask = 7;
constexpr unsigned char kFailedBit = 8;
constexpr unsigned char kLeftBit = 16;

// As unsigned arithmetic, so that no time overflows.
void put_time(std::string& out, std::int64_t at_ms, std::int64_t base_ms) {
  put_signed_varint(out,
                    static_cast<std::int64_t>(static_cast<std::uint64_t>(at_ms) - static_cast<std::uint64_t>(base_ms)));
}
bool take_time(std::string_view& bytes, std::int64_t& at_ms, std::int64_t base_ms) {
  std::int64_t delta = 0;
  if (!take_signed_varint(bytes, delta)) return false;
  at_ms = static_cast<std::int64_t>(static_cast<std::uint64_t>(delta) + static_cast<std::uint64_t>(base_ms));
  return true;
}

void put_fields(std::string& out, const Frame& frame) {
  const auto& fields = frame.info().fields;
  const FlowField* values = frame.raw().fields;
  std::uint64_t present = 0;
  for (std::size_t i = 0; i < fields.size(); ++i) present += values[i].present;
  put_varint(out, present);
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (values[i].present == 0) continue;
    put_varint(out, i);
    if (is_text(fields[i].type)) {
      put_varint(out, values[i].text.size);
      out.append(values[i].text.data, values[i].text.size);
    } else {
      put_signed_varint(out, values[i].scalar);
    }
  }
}

void put_messages(std::string& out, const Frame& frame) {
  put_varint(out, frame.messages().size());
  for (const FlowMessage& message : frame.messages()) {
    put_varint(out, static_cast<std::uint64_t>(message.step));
    out.push_back(static_cast<char>(message.status | (message.failed != 0 ? kFailedBit : 0) |
                                    (message.left != 0 ? kLeftBit : 0)));
  }
}

// Reads the parts in turn; the first one that does not fit stops it.
class Reader {
 public:
  Reader(std::string_view bytes, const FlowInfo& info, Frame& frame, std::int64_t base_ms)
      : bytes_(bytes), info_(info), frame_(frame), base_ms_(base_ms) {}

  Status read() {
    const bool good = read_place() && read_deadlines() && read_counters() && read_fields() && read_messages() &&
                      (bytes_.empty() || read_operations());
    if (!good || !bytes_.empty())
      return fail(ErrorCode::failed_precondition, "a stored state does not fit flow `{}`: {}", info_.name,
                  good ? "there are bytes after its end" : wrong_);
    return {};
  }

 private:
  bool refuse(const char* what) {
    wrong_ = what;
    return false;
  }

  bool read_place() {
    FlowFrame& raw = frame_.raw();
    std::int64_t resting = 0;
    std::uint64_t message = 0;
    std::uint64_t end = 0;
    std::int64_t outcome = 0;
    const auto steps = static_cast<std::int64_t>(info_.steps.size());
    if (!take_signed_varint(bytes_, resting) || resting < kEnded || resting >= steps) return refuse("its step");
    FlowRest& rest = frame_.rest();
    if (!take_time(bytes_, rest.started_at_ms, base_ms_) || !take_time(bytes_, rest.entered_at_ms, base_ms_))
      return refuse("its times");
    if (!take_varint(bytes_, message) || message > limits::kMessagesPerExecutionMax)
      return refuse("its current message");
    if (!take_varint(bytes_, raw.handlers_fired) || (info_.handlers < 64 && raw.handlers_fired >> info_.handlers != 0))
      return refuse("its handlers");
    if (!take_varint(bytes_, end) || end > static_cast<std::uint64_t>(EndKind::expired) ||
        (end != 0) != (resting == kEnded))
      return refuse("its end");
    const bool with_outcome = end == static_cast<std::uint64_t>(std::to_underlying(EndKind::outcome));
    if (!take_signed_varint(bytes_, outcome) || outcome < -1 ||
        outcome >= static_cast<std::int64_t>(info_.outcomes.size()) || (outcome >= 0) != with_outcome)
      return refuse("its outcome");
    raw.resting = static_cast<std::int32_t>(resting);
    current_message_ = message == 0 ? kNoMessage : static_cast<std::uint32_t>(message - 1);
    rest.end = static_cast<std::int32_t>(end);
    rest.end_outcome = static_cast<std::int32_t>(outcome);
    return true;
  }

  bool read_deadlines() {
    std::uint64_t armed = 0;
    if (!take_varint(bytes_, armed) || armed >> kTimerCount != 0) return refuse("its timers");
    for (int timer = 0; timer < kTimerCount; ++timer) {
      if ((armed >> timer & 1) == 0) continue;
      std::int64_t due = 0;
      if (!take_time(bytes_, due, base_ms_) || due == kNever) return refuse("a deadline");
      std::int64_t& place = frame_.raw().deadlines[deadline_of(timer)];
      if (place != kNever) return refuse("two timers of which a step has one");
      set_deadline(frame_.raw(), static_cast<Timer>(timer), due);
    }
    return true;
  }

  bool read_counters() {
    std::uint64_t count = 0;
    if (!take_varint(bytes_, count) || count != info_.counters) return refuse("the number of its counters");
    for (std::uint64_t i = 0; i < count; ++i) {
      std::uint64_t value = 0;
      if (!take_varint(bytes_, value) || value > limits::kJumpMax) return refuse("a counter");
      frame_.rest().counters[i] = static_cast<std::uint32_t>(value);
    }
    return true;
  }

  bool read_fields() {
    std::uint64_t count = 0;
    if (!take_varint(bytes_, count)) return refuse("the number of its values");
    std::uint64_t next = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
      std::uint64_t id = 0;
      if (!take_varint(bytes_, id) || id < next || id >= info_.fields.size()) return refuse("a value's id");
      if (!read_value(id)) return refuse("a value");
      next = id + 1;
    }
    return true;
  }

  bool read_value(std::size_t id) {
    if (!is_text(info_.fields[id].type)) {
      std::int64_t scalar = 0;
      if (!take_signed_varint(bytes_, scalar)) return false;
      frame_.set_scalar(id, scalar);
      return true;
    }
    std::uint64_t size = 0;
    if (!take_varint(bytes_, size) || size > limits::kTextValueBytesMax || size > bytes_.size()) return false;
    frame_.set_text(id, bytes_.substr(0, size));
    bytes_.remove_prefix(size);
    return true;
  }

  bool read_messages() {
    std::uint64_t count = 0;
    if (!take_varint(bytes_, count) || count > limits::kMessagesPerExecutionMax)
      return refuse("the number of its messages");
    for (std::uint64_t i = 0; i < count; ++i) {
      std::uint64_t step = 0;
      if (!take_varint(bytes_, step) || step >= info_.steps.size() || bytes_.empty()) return refuse("a message");
      const auto flags = static_cast<unsigned char>(bytes_.front());
      bytes_.remove_prefix(1);
      const int status = flags & kStatusMask;
      if (status > std::to_underlying(Receipt::read) || flags >= 2 * kLeftBit) return refuse("a message's status");
      frame_.add_message(FlowMessage{static_cast<std::int32_t>(step),
                                     status,
                                     static_cast<std::uint8_t>((flags & kFailedBit) != 0),
                                     static_cast<std::uint8_t>((flags & kLeftBit) != 0),
                                     {}});
    }
    if (current_message_ != kNoMessage && current_message_ >= count) return refuse("its current message");
    frame_.set_current_message(current_message_);
    return true;
  }

  // Left out as long as there was none.
  bool read_operations() {
    std::uint64_t count = 0;
    std::uint64_t current = 0;
    if (!take_varint(bytes_, count) || count == 0 || count > limits::kOperationsPerExecutionMax)
      return refuse("the number of its operations");
    if (!take_varint(bytes_, current) || current > count || (current != 0 && frame_.raw().resting < 0))
      return refuse("its current operation");
    frame_.rest().operations = static_cast<std::uint32_t>(count);
    if (current != 0) frame_.rest().current_operation = static_cast<std::uint32_t>(current - 1);
    return true;
  }

  std::string_view bytes_;
  const FlowInfo& info_;
  Frame& frame_;
  std::int64_t base_ms_;
  std::uint32_t current_message_ = kNoMessage;
  const char* wrong_ = "";
};

// Everything but header and checksum; times as differences to `base_ms`.
// Returns how many bytes come before the values.
std::size_t put_body(std::string& out, const Frame& frame, std::int64_t base_ms, bool with_fields) {
  const std::size_t begin = out.size();
  const FlowFrame& raw = frame.raw();
  const FlowRest& rest = frame.rest();
  const std::uint32_t current = frame.current_message();
  put_signed_varint(out, raw.resting);
  put_time(out, rest.started_at_ms, base_ms);
  put_time(out, rest.entered_at_ms, base_ms);
  put_varint(out, current == kNoMessage ? 0 : std::uint64_t{current} + 1);
  put_varint(out, raw.handlers_fired);
  put_varint(out, static_cast<std::uint64_t>(rest.end));
  put_signed_varint(out, rest.end_outcome);
  std::uint64_t armed = 0;
  for (int timer = 0; timer < kTimerCount; ++timer)
    if (deadline(raw, static_cast<Timer>(timer)) != kNever) armed |= std::uint64_t{1} << timer;
  put_varint(out, armed);
  for (int timer = 0; timer < kTimerCount; ++timer)
    if ((armed >> timer & 1) != 0) put_time(out, deadline(raw, static_cast<Timer>(timer)), base_ms);
  put_varint(out, frame.info().counters);
  for (std::uint32_t i = 0; i < frame.info().counters; ++i) put_varint(out, rest.counters[i]);
  const std::size_t values_at = out.size() - begin;
  if (with_fields)
    put_fields(out, frame);
  else
    put_varint(out, 0);
  put_messages(out, frame);
  if (rest.operations == 0) return values_at;
  put_varint(out, rest.operations);
  put_varint(out, rest.current_operation == kNoOperation ? 0 : std::uint64_t{rest.current_operation} + 1);
  return values_at;
}

}  // namespace

std::string encode_state(const Frame& frame) {
  std::string out;
  out.reserve(256);
  out.append(kMagic);
  out.push_back(static_cast<char>(kVersion));
  put_body(out, frame, 0, true);
  put_fixed32(out, crc32c(out));
  return out;
}

std::size_t pack_state(const Frame& frame, std::int64_t base_ms, bool with_fields, std::string& out) {
  return put_body(out, frame, base_ms, with_fields);
}

Status unpack_state(std::string_view bytes, std::int64_t base_ms, const FlowInfo& info, Frame& frame) {
  frame.reset(info);
  Status status = Reader(bytes, info, frame, base_ms).read();
  if (!status) frame.reset(info);
  return status;
}

std::optional<std::int64_t> packed_deadline(std::string_view bytes, std::int64_t base_ms) {
  std::uint64_t skipped = 0;
  for (int i = 0; i < 7; ++i)
    if (!take_varint(bytes, skipped)) return std::nullopt;
  std::uint64_t armed = 0;
  if (!take_varint(bytes, armed) || armed >> kTimerCount != 0) return std::nullopt;
  std::int64_t earliest = kNever;
  for (int timer = 0; timer < kTimerCount; ++timer) {
    std::int64_t due = 0;
    if ((armed >> timer & 1) == 0) continue;
    if (!take_time(bytes, due, base_ms)) return std::nullopt;
    earliest = std::min(earliest, due);
  }
  return earliest;
}

Status decode_state(std::string_view bytes, const FlowInfo& info, Frame& frame) {
  frame.reset(info);
  if (bytes.size() < kHeaderBytes + kChecksumBytes || !bytes.starts_with(kMagic))
    return fail(ErrorCode::data_loss, "a stored state of flow `{}` is damaged: it does not begin as one", info.name);
  const std::string_view body = bytes.substr(0, bytes.size() - kChecksumBytes);
  if (read_fixed32(bytes.substr(body.size())) != crc32c(body))
    return fail(ErrorCode::data_loss, "a stored state of flow `{}` is damaged: its checksum differs", info.name);
  const auto version = static_cast<unsigned char>(bytes[kMagic.size()]);
  if (version != kVersion)
    return fail(ErrorCode::failed_precondition,
                "a stored state of flow `{}` has format {}, this program reads format {}: use the newer program",
                info.name, version, kVersion);
  Status status = Reader(body.substr(kHeaderBytes), info, frame, 0).read();
  if (!status) frame.reset(info);
  return status;
}

}  // namespace flow::program
