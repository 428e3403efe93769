#include "runtime/service/image.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/check.h"
#include "base/varint.h"
#include "runtime/program/frame.h"
#include "runtime/service/squeeze.h"

namespace flow::service {

namespace {

// ---- The head: id 16, order 8, sequence 5, flags 1; party 8, key 8; revision, changed (after the start), use.

constexpr std::size_t kOrderAt = 16;
constexpr std::size_t kSequenceAt = 24;
constexpr std::size_t kSequenceBytes = 5;
constexpr std::size_t kFlagsAt = 29;
constexpr std::size_t kPartyAt = 30;
constexpr std::uint8_t kEndedFlag = 1;
constexpr std::uint8_t kPartyFlag = 2;
constexpr std::uint8_t kKeyFlag = 4;
constexpr std::uint8_t kSqueezedFlag = 8;

void store_fixed(std::uint8_t* at, std::uint64_t value, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) at[i] = static_cast<std::uint8_t>(value >> (8 * i));
}

void put_fixed(std::string& out, std::uint64_t value, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) out.push_back(static_cast<char>(value >> (8 * i)));
}

std::uint64_t fixed(const std::uint8_t* at, std::size_t bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes; ++i) value |= std::uint64_t{at[i]} << (8 * i);
  return value;
}

// ---- The image

constexpr std::uint8_t kVersion = kImageVersion;
constexpr std::uint8_t kOldestVersion = 1;
constexpr std::uint8_t kKinVersion = 5;
enum ImageFlag : std::uint8_t {
  kHasEnd = 1,
  kHasFingerprint = 2,
  kHasTrace = 4,
  kHasPending = 8,
  kSqueezed = 16,
  kHasContents = 32,
  kTalks = 64,
  kAsks = 128,
};
enum PendingFlag : std::uint8_t {
  kBegun = 1,
  kSecret = 2,
  kInFlight = 4,
  kDoubtful = 8,
  kIsTemplate = 16,
  kHasTtl = 32,
  kHasEndOfTime = 64,
  kLoaded = 128,
};
constexpr std::size_t kTextBytesMax = std::size_t{1} << 24;

void put_text(std::string& out, std::string_view text) {
  put_varint(out, text.size());
  out.append(text);
}

bool take_text(std::string_view& bytes, std::string& text) {
  std::uint64_t size = 0;
  if (!take_varint(bytes, size) || size > bytes.size() || size > kTextBytesMax) return false;
  text.assign(bytes.substr(0, size));
  bytes.remove_prefix(size);
  return true;
}

bool take_u32(std::string_view& bytes, std::uint32_t& value) {
  std::uint64_t wide = 0;
  if (!take_varint(bytes, wide) || wide > UINT32_MAX) return false;
  value = static_cast<std::uint32_t>(wide);
  return true;
}

bool take_u8(std::string_view& bytes, std::uint8_t& value) {
  if (bytes.empty()) return false;
  value = static_cast<std::uint8_t>(bytes.front());
  bytes.remove_prefix(1);
  return true;
}

bool take_time(std::string_view& bytes, std::int64_t& at_ms, std::int64_t base_ms) {
  std::int64_t delta = 0;
  return take_signed_varint(bytes, delta) && !__builtin_add_overflow(base_ms, delta, &at_ms);
}

void put_pending(std::string& out, const Pending& pending, std::int64_t base_ms) {
  std::uint8_t flags = 0;
  if (pending.begun) flags |= kBegun;
  if (pending.secret) flags |= kSecret;
  if (pending.in_flight) flags |= kInFlight;
  if (pending.doubtful) flags |= kDoubtful;
  if (pending.loaded) flags |= kLoaded;
  if (pending.template_index >= 0) flags |= kIsTemplate;
  if (pending.ttl_ms != 0) flags |= kHasTtl;
  if (pending.not_after_ms != program::kNever) flags |= kHasEndOfTime;
  out.push_back(static_cast<char>(flags));
  put_varint(out, pending.message);
  put_varint(out, pending.attempts);
  put_signed_varint(out, pending.next_attempt_ms - base_ms);
  put_varint(out, pending.channel);
  put_text(out, pending.to);
  if (pending.template_index < 0) {
    put_text(out, pending.text);
  } else {
    put_varint(out, static_cast<std::uint64_t>(pending.template_index));
    put_text(out, pending.language);
    put_varint(out, pending.values.size());
    for (const std::string& value : pending.values) put_text(out, value);
  }
  if (pending.ttl_ms != 0) put_signed_varint(out, pending.ttl_ms);
  if (pending.not_after_ms != program::kNever) put_signed_varint(out, pending.not_after_ms - base_ms);
}

bool take_values(std::string_view& bytes, Pending& pending) {
  std::uint64_t index = 0;
  std::uint64_t count = 0;
  if (!take_varint(bytes, index) || index > INT32_MAX || !take_text(bytes, pending.language) ||
      !take_varint(bytes, count) || count > bytes.size()) {
    return false;
  }
  pending.template_index = static_cast<std::int32_t>(index);
  pending.values.resize(count);
  return std::ranges::all_of(pending.values, [&](std::string& value) { return take_text(bytes, value); });
}

bool take_pending(std::string_view& bytes, Pending& pending, std::int64_t base_ms) {
  std::uint8_t flags = 0;
  pending.from_end = bytes.size();
  if (!take_u8(bytes, flags) || !take_u32(bytes, pending.message) || !take_u32(bytes, pending.attempts) ||
      !take_time(bytes, pending.next_attempt_ms, base_ms) || !take_u32(bytes, pending.channel) ||
      !take_text(bytes, pending.to)) {
    return false;
  }
  pending.begun = (flags & kBegun) != 0;
  pending.secret = (flags & kSecret) != 0;
  pending.in_flight = (flags & kInFlight) != 0;
  pending.doubtful = (flags & kDoubtful) != 0;
  pending.loaded = (flags & kLoaded) != 0;
  if ((flags & kIsTemplate) != 0 ? !take_values(bytes, pending) : !take_text(bytes, pending.text)) return false;
  if ((flags & kHasTtl) != 0 && !take_signed_varint(bytes, pending.ttl_ms)) return false;
  return (flags & kHasEndOfTime) == 0 || take_time(bytes, pending.not_after_ms, base_ms);
}

bool take_all_pending(std::string_view& bytes, std::vector<Pending>& all, std::int64_t base_ms) {
  std::uint64_t count = 0;
  if (!take_varint(bytes, count) || count > bytes.size()) return false;
  all.resize(count);
  return std::ranges::all_of(all, [&](Pending& pending) { return take_pending(bytes, pending, base_ms); });
}

// Which pending messages have more than a text or a template, and what: behind all of them, since few have.
void put_contents(std::string& out, const std::vector<Pending>& all) {
  const auto has = [](const Pending& pending) { return pending.content >= 0; };
  put_varint(out, static_cast<std::uint64_t>(std::ranges::count_if(all, has)));
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!has(all[i])) continue;
    put_varint(out, i);
    put_varint(out, static_cast<std::uint64_t>(all[i].content));
    put_varint(out, all[i].parts.size());
    for (const std::string& part : all[i].parts) put_text(out, part);
  }
}

bool take_content(std::string_view& bytes, std::vector<Pending>& all) {
  std::uint64_t index = 0;
  std::uint64_t content = 0;
  std::uint64_t count = 0;
  if (!take_varint(bytes, index) || index >= all.size() || all[index].content >= 0 || !take_varint(bytes, content) ||
      content > INT32_MAX || !take_varint(bytes, count) || count > bytes.size()) {
    return false;
  }
  all[index].content = static_cast<std::int32_t>(content);
  all[index].parts.resize(count);
  return std::ranges::all_of(all[index].parts, [&](std::string& part) { return take_text(bytes, part); });
}

bool take_contents(std::string_view& bytes, std::vector<Pending>& all) {
  std::uint64_t count = 0;
  if (!take_varint(bytes, count) || count > all.size()) return false;
  for (; count > 0; --count)
    if (!take_content(bytes, all)) return false;
  return true;
}

// ---- Operations

constexpr std::uint8_t kOperationSecret = 1;
constexpr std::uint8_t kOperationHasEndOfTime = 2;
constexpr std::uint8_t kOperationCancelled = 4;

void put_operation(std::string& out, const PendingOperation& pending, std::int64_t base_ms) {
  const bool ends = pending.not_after_ms != program::kNever;
  out.push_back(static_cast<char>((pending.secret ? kOperationSecret : 0) | (ends ? kOperationHasEndOfTime : 0) |
                                  (pending.cancelled ? kOperationCancelled : 0)));
  put_varint(out, pending.operation);
  put_varint(out, pending.site);
  put_varint(out, pending.attempts);
  put_signed_varint(out, pending.next_attempt_ms - base_ms);
  put_varint(out, pending.arguments.size());
  for (const std::string& argument : pending.arguments) put_text(out, argument);
  if (ends) put_signed_varint(out, pending.not_after_ms - base_ms);
}

bool take_operation(std::string_view& bytes, PendingOperation& pending, std::int64_t base_ms) {
  std::uint8_t flags = 0;
  std::uint64_t count = 0;
  if (!take_u8(bytes, flags) || !take_u32(bytes, pending.operation) || !take_u32(bytes, pending.site) ||
      !take_u32(bytes, pending.attempts) || !take_time(bytes, pending.next_attempt_ms, base_ms) ||
      !take_varint(bytes, count) || count > bytes.size()) {
    return false;
  }
  pending.secret = (flags & kOperationSecret) != 0;
  pending.cancelled = (flags & kOperationCancelled) != 0;
  pending.arguments.resize(count);
  if (!std::ranges::all_of(pending.arguments, [&](std::string& each) { return take_text(bytes, each); })) return false;
  return (flags & kOperationHasEndOfTime) == 0 || take_time(bytes, pending.not_after_ms, base_ms);
}

bool take_operations(std::string_view& bytes, std::vector<PendingOperation>& all, std::int64_t base_ms) {
  std::uint64_t count = 0;
  if (!take_varint(bytes, count) || count > bytes.size()) return false;
  all.resize(count);
  return std::ranges::all_of(all, [&](PendingOperation& each) { return take_operation(bytes, each, base_ms); });
}

void put_turns(std::string& out, const std::vector<Turn>& turns) {
  put_varint(out, turns.size());
  for (const Turn& turn : turns) {
    out.push_back(turn.ours ? 1 : 0);
    put_text(out, turn.text);
  }
}

bool take_turns(std::string_view& bytes, std::vector<Turn>& turns) {
  std::uint64_t count = 0;
  if (!take_varint(bytes, count) || count > bytes.size()) return false;
  turns.resize(count);
  return std::ranges::all_of(turns, [&](Turn& turn) {
    std::uint8_t ours = 0;
    if (!take_u8(bytes, ours) || ours > 1) return false;
    turn.ours = ours == 1;
    return take_text(bytes, turn.text);
  });
}

// ---- Who started it, and what it leaves behind

constexpr std::uint8_t kHasCaller = 1;
constexpr std::uint8_t kCallerWaits = 2;
constexpr std::uint8_t kHasOutputs = 4;

void put_kin(std::string& out, const Image& image) {
  const bool waits = image.caller && image.caller->waits;
  out.push_back(static_cast<char>((image.caller ? kHasCaller : 0) | (waits ? kCallerWaits : 0) |
                                  (image.outputs.empty() ? 0 : kHasOutputs)));
  if (image.caller) {
    out.append(reinterpret_cast<const char*>(image.caller->execution.bytes.data()),
               image.caller->execution.bytes.size());
    put_varint(out, image.caller->operation);
  }
  if (!image.outputs.empty()) put_text(out, image.outputs);
}

bool take_kin(std::string_view& bytes, Image& image) {
  std::uint8_t flags = 0;
  constexpr std::uint8_t kAll = kHasCaller | kCallerWaits | kHasOutputs;
  if (!take_u8(bytes, flags) || (flags & ~kAll) != 0) return false;
  if ((flags & kHasCaller) != 0) {
    Caller& caller = image.caller.emplace();
    if (bytes.size() < caller.execution.bytes.size()) return false;
    std::copy_n(bytes.begin(), caller.execution.bytes.size(), caller.execution.bytes.begin());
    bytes.remove_prefix(caller.execution.bytes.size());
    caller.waits = (flags & kCallerWaits) != 0;
    if (!take_u32(bytes, caller.operation)) return false;
  }
  return (flags & kHasOutputs) == 0 || take_text(bytes, image.outputs);
}

bool take_end(std::string_view& bytes, Image& image) {
  std::uint8_t end = 0;
  if (!take_u8(bytes, end) || end == 0 || end > static_cast<std::uint8_t>(program::EndKind::expired)) return false;
  image.end = static_cast<program::EndKind>(end);
  return take_signed_varint(bytes, image.ended_after_ms) && take_u32(bytes, image.messages) &&
         take_text(bytes, image.party) && take_text(bytes, image.outcome) && take_text(bytes, image.reason);
}

bool take_fingerprint(std::string_view& bytes, Image& image) {
  if (bytes.size() < 8) return false;
  image.fingerprint = fixed(reinterpret_cast<const std::uint8_t*>(bytes.data()), 8);
  bytes.remove_prefix(8);
  return true;
}

bool take_trace(std::string_view& bytes, Image& image) {
  if (bytes.size() < kTraceBytes) return false;
  image.trace.assign(bytes.substr(0, kTraceBytes));
  bytes.remove_prefix(kTraceBytes);
  return true;
}

bool take_conversation(std::string_view& bytes, std::uint64_t& conversation) {
  if (bytes.size() < 8) return false;
  conversation = fixed(reinterpret_cast<const std::uint8_t*>(bytes.data()), 8);
  bytes.remove_prefix(8);
  return conversation != 0;
}

bool take_parts(std::string_view bytes, std::uint8_t version, std::uint8_t flags, std::int64_t base_ms, Image& image) {
  if ((flags & kHasFingerprint) != 0 && !take_fingerprint(bytes, image)) return false;
  if ((flags & kHasTrace) != 0 && !take_trace(bytes, image)) return false;
  if ((flags & kTalks) != 0 && !take_conversation(bytes, image.conversation)) return false;
  if (!take_text(bytes, image.state) || !take_u32(bytes, image.entries) ||
      !take_time(bytes, image.last_entry_ms, base_ms) || !take_text(bytes, image.timeline)) {
    return false;
  }
  image.squeezed = (flags & kSqueezed) != 0;
  if ((flags & kHasEnd) != 0 && !take_end(bytes, image)) return false;
  if ((flags & kHasPending) != 0 && !take_all_pending(bytes, image.pending, base_ms)) return false;
  if ((flags & kHasContents) != 0 && !take_contents(bytes, image.pending)) return false;
  if ((flags & kAsks) != 0 && !take_operations(bytes, image.operations, base_ms)) return false;
  if ((flags & kAsks) != 0 && !take_turns(bytes, image.turns)) return false;
  if (version >= kKinVersion && !take_kin(bytes, image)) return false;
  return bytes.empty();
}

}  // namespace

void put_head(const Head& head, std::string& out) {
  std::array<std::uint8_t, kPartyAt + 16> bytes{};
  std::ranges::copy(head.id.bytes, bytes.begin());
  store_fixed(&bytes[kOrderAt], head.order, 8);
  store_fixed(&bytes[kSequenceAt], head.sequence, kSequenceBytes);
  bytes[kFlagsAt] = static_cast<std::uint8_t>((head.ended ? kEndedFlag : 0) | (head.party != 0 ? kPartyFlag : 0) |
                                              (head.key != 0 ? kKeyFlag : 0) | (head.squeezed ? kSqueezedFlag : 0));
  std::size_t size = kPartyAt;
  for (const std::uint64_t value : {head.party, head.key}) {
    if (value == 0) continue;
    store_fixed(&bytes[size], value, 8);
    size += 8;
  }
  out.append(reinterpret_cast<const char*>(bytes.data()), size);
  put_varint(out, head.revision);
  put_signed_varint(out, head.changed_at_ms - started_ms(head.order));
  put_varint(out, head.use);
}

Head take_head(Bytes& record) {
  Head head;
  const std::uint8_t* at = record.data();
  std::memcpy(head.id.bytes.data(), at, head.id.bytes.size());
  head.order = fixed(at + kOrderAt, 8);
  head.sequence = fixed(at + kSequenceAt, kSequenceBytes);
  const std::uint8_t flags = at[kFlagsAt];
  head.ended = (flags & kEndedFlag) != 0;
  head.squeezed = (flags & kSqueezedFlag) != 0;
  std::size_t size = kPartyAt;
  if ((flags & kPartyFlag) != 0) {
    head.party = fixed(at + size, 8);
    size += 8;
  }
  if ((flags & kKeyFlag) != 0) {
    head.key = fixed(at + size, 8);
    size += 8;
  }
  std::string_view rest(reinterpret_cast<const char*>(at + size), record.size() - size);
  std::uint64_t revision = 0;
  std::int64_t changed_after = 0;
  std::uint64_t use = 0;
  const bool whole = take_varint(rest, revision) && take_signed_varint(rest, changed_after) && take_varint(rest, use);
  FLOW_CHECK(whole, "the head of a record of {} bytes", record.size());
  head.revision = static_cast<std::uint32_t>(revision);
  head.changed_at_ms = started_ms(head.order) + changed_after;
  head.use = static_cast<std::uint32_t>(use);
  record = record.last(rest.size());
  return head;
}

core::ExecutionId id_of(Bytes record) {
  core::ExecutionId id;
  std::memcpy(id.bytes.data(), record.data(), id.bytes.size());
  return id;
}

std::uint64_t key_of(Bytes record) {
  const std::uint8_t flags = record[kFlagsAt];
  if ((flags & kKeyFlag) == 0) return 0;
  return fixed(record.data() + kPartyAt + ((flags & kPartyFlag) != 0 ? 8 : 0), 8);
}

std::uint64_t order_of(Bytes record) {
  return fixed(record.data() + kOrderAt, 8);
}

std::uint64_t sequence_of(Bytes record) {
  return fixed(record.data() + kSequenceAt, kSequenceBytes);
}

void set_sequence(std::span<std::uint8_t> record, std::uint64_t sequence) {
  store_fixed(&record[kSequenceAt], sequence, kSequenceBytes);
}

void Image::clear() {
  fingerprint = 0;
  trace.clear();
  conversation = 0;
  state.clear();
  squeezed = false;
  entries = 0;
  last_entry_ms = 0;
  timeline.clear();
  pending.clear();
  operations.clear();
  turns.clear();
  caller.reset();
  outputs.clear();
  end = program::EndKind::none;
  ended_after_ms = 0;
  messages = 0;
  party.clear();
  outcome.clear();
  reason.clear();
}

void put_image(const Head& head, const Image& image, std::string& out) {
  std::uint8_t flags = 0;
  if (image.over()) flags |= kHasEnd;
  if (head.key != 0) flags |= kHasFingerprint;
  if (!image.trace.empty()) flags |= kHasTrace;
  if (!image.pending.empty()) flags |= kHasPending;
  if (image.squeezed) flags |= kSqueezed;
  const bool contents = std::ranges::any_of(image.pending, [](const Pending& each) { return each.content >= 0; });
  if (contents) flags |= kHasContents;
  if (image.conversation != 0) flags |= kTalks;
  const bool asks = !image.operations.empty() || !image.turns.empty();
  if (asks) flags |= kAsks;
  out.push_back(static_cast<char>(kVersion));
  out.push_back(static_cast<char>(flags));
  if (head.key != 0) put_fixed(out, image.fingerprint, 8);
  out.append(image.trace);
  if (image.conversation != 0) put_fixed(out, image.conversation, 8);
  put_text(out, image.state);
  put_varint(out, image.entries);
  put_signed_varint(out, image.last_entry_ms - started_ms(head.order));
  put_text(out, image.timeline);
  if (image.over()) {
    out.push_back(static_cast<char>(image.end));
    put_signed_varint(out, image.ended_after_ms);
    put_varint(out, image.messages);
    put_text(out, image.party);
    put_text(out, image.outcome);
    put_text(out, image.reason);
  }
  if (!image.pending.empty()) {
    put_varint(out, image.pending.size());
    for (const Pending& pending : image.pending) put_pending(out, pending, started_ms(head.order));
    if (contents) put_contents(out, image.pending);
  }
  if (asks) {
    put_varint(out, image.operations.size());
    for (const PendingOperation& pending : image.operations) put_operation(out, pending, started_ms(head.order));
    put_turns(out, image.turns);
  }
  put_kin(out, image);
}

namespace {

// What has ended is kept as if it ran while something is to be done for it.
bool may_be(const Head& head, std::uint8_t flags) {
  if ((flags & kHasEnd) == 0) return !head.ended;
  return head.ended || (flags & kAsks) != 0;
}

}  // namespace

Status take_image(const Head& head, std::string_view bytes, Image& image) {
  image.clear();
  std::uint8_t version = 0;
  std::uint8_t flags = 0;
  if (take_u8(bytes, version) && version > kVersion) {
    return fail(ErrorCode::failed_precondition, "execution {} was stored by a newer flowd (image version {})",
                core::to_string(head.id), version);
  }
  if (version < kOldestVersion || !take_u8(bytes, flags) || !may_be(head, flags) ||
      ((flags & kHasFingerprint) != 0) != (head.key != 0) ||
      !take_parts(bytes, version, flags, started_ms(head.order), image)) {
    image.clear();
    return fail(ErrorCode::data_loss, "the image of execution {} is damaged", core::to_string(head.id));
  }
  return {};
}

Result<Outline> outline_of(const Head& head, std::string_view image) {
  const auto damaged = [&] {
    return fail(ErrorCode::data_loss, "the image of execution {} is damaged", core::to_string(head.id));
  };
  std::uint8_t version = 0;
  std::uint8_t flags = 0;
  if (!take_u8(image, version) || !take_u8(image, flags)) return damaged();
  if (version > kVersion) {
    return fail(ErrorCode::failed_precondition, "execution {} was stored by a newer flowd (image version {})",
                core::to_string(head.id), version);
  }
  const std::size_t skipped =
      ((flags & kHasFingerprint) != 0 ? 8U : 0U) + ((flags & kHasTrace) != 0 ? kTraceBytes : 0U);
  if (image.size() < skipped) return damaged();
  image.remove_prefix(skipped);
  Outline outline;
  if ((flags & kTalks) != 0 && !take_conversation(image, outline.conversation)) return damaged();
  std::uint64_t size = 0;
  if (!take_varint(image, size) || size > image.size()) return damaged();
  std::string_view state = image.substr(0, size);
  if ((flags & kSqueezed) != 0) state = Dictionary::plain_begin(state);
  const auto deadline = program::packed_deadline(state, started_ms(head.order));
  if (!deadline) return damaged();
  outline.next_deadline_ms = *deadline;
  outline.has_pending = (flags & (kHasPending | kAsks)) != 0;
  return outline;
}

void set_in_flight(std::span<std::uint8_t> record, const Pending& pending) {
  record[record.size() - pending.from_end] |= kInFlight;
}

}  // namespace flow::service
