#include "runtime/service/image.h"

#include "base/limits.h"
#include "runtime/core/bytes.h"

namespace flow::service {

namespace {

using core::ByteReader;
using core::ByteWriter;

constexpr std::uint8_t kImageVersion = 1;
constexpr std::uint8_t kSummaryVersion = 1;
constexpr std::uint8_t kEntryVersion = 1;

void write_pending(ByteWriter& writer, const Pending& pending) {
  const outbox::SendRequest& send = pending.send;
  writer.u32(send.message);
  writer.u32(send.attempt);
  writer.i64(pending.next_attempt_ms);
  writer.u8(pending.begun ? 1 : 0);
  writer.u8(send.secret ? 1 : 0);
  writer.u8(static_cast<std::uint8_t>(send.kind));
  writer.text(send.purpose);
  writer.text(send.channel);
  writer.text(send.sender);
  writer.text(send.to);
  writer.text(send.text);
  writer.text(send.template_name);
  writer.u32(static_cast<std::uint32_t>(send.parameters.size()));
  for (const auto& [name, value] : send.parameters) {
    writer.text(name);
    writer.text(value);
  }
  writer.text(send.language);
  writer.i64(send.ttl_ms);
  writer.i64(send.not_after_ms);
}

Pending read_pending(ByteReader& reader) {
  Pending pending;
  outbox::SendRequest& send = pending.send;
  send.message = reader.u32();
  send.attempt = reader.u32();
  pending.next_attempt_ms = reader.i64();
  pending.begun = reader.u8() != 0;
  send.secret = reader.u8() != 0;
  send.kind = static_cast<program::ChannelKind>(reader.u8());
  send.purpose = reader.text();
  send.channel = reader.text();
  send.sender = reader.text();
  send.to = reader.text();
  send.text = reader.text();
  send.template_name = reader.text();
  send.parameters.resize(reader.count(8));
  for (auto& [name, value] : send.parameters) {
    name = reader.text();
    value = reader.text();
  }
  send.language = reader.text();
  send.ttl_ms = reader.i64();
  send.not_after_ms = reader.i64();
  return pending;
}

std::string seal_context(const core::ExecutionId& id) {
  return "execution " + core::to_string(id);
}

std::unexpected<Error> damaged(const char* what, const core::ExecutionId& id) {
  return fail(ErrorCode::data_loss, "the {} of execution {} is damaged", what, core::to_string(id));
}

}  // namespace

std::string encode_image(const core::ExecutionId& id, const Image& image, const crypto::Keyring* keys) {
  std::string body;
  ByteWriter inner(body);
  inner.text(image.state);
  inner.u32(static_cast<std::uint32_t>(image.pending.size()));
  for (const Pending& pending : image.pending) write_pending(inner, pending);
  std::string bytes;
  ByteWriter writer(bytes);
  writer.u8(kImageVersion);
  writer.u8(keys != nullptr ? 1 : 0);
  writer.i64(image.next_deadline_ms);
  writer.u32(image.entries);
  writer.text(keys != nullptr ? keys->seal(body, seal_context(id)) : body);
  return bytes;
}

Result<Image> decode_image(const core::ExecutionId& id, std::string_view flow, std::string_view bytes,
                           const crypto::Keyring* keys) {
  ByteReader reader(bytes);
  if (const std::uint8_t version = reader.u8(); version > kImageVersion) {
    return fail(ErrorCode::failed_precondition, "execution {} was stored by a newer flowd (image version {})",
                core::to_string(id), version);
  }
  const bool sealed = reader.u8() != 0;
  Image image;
  image.next_deadline_ms = reader.i64();
  image.entries = reader.u32();
  const std::string_view body = reader.text();
  if (!reader.complete()) return damaged("image", id);
  std::string opened;
  if (sealed) {
    if (keys == nullptr) {
      return fail(ErrorCode::failed_precondition,
                  "execution {} is sealed, and no sealing key is configured; configure the key it was sealed with",
                  core::to_string(id));
    }
    Result<std::string> plain = keys->open(body, seal_context(id));
    if (!plain) return std::unexpected(plain.error());
    opened = *std::move(plain);
  }
  ByteReader inner(sealed ? std::string_view(opened) : body);
  image.state = inner.text();
  image.pending.resize(inner.count(60));
  for (Pending& pending : image.pending) {
    pending = read_pending(inner);
    pending.send.execution = id;
    pending.send.flow = flow;
    pending.send.idempotency_key = fmt::format("{}-{}", core::to_string(id), pending.send.message);
  }
  if (!inner.complete()) return damaged("image", id);
  return image;
}

std::string encode_summary(const ExecutionSummary& summary) {
  std::string bytes;
  ByteWriter writer(bytes);
  writer.u8(kSummaryVersion);
  writer.text(summary.step);
  writer.text(summary.party);
  writer.text(summary.end);
  writer.text(summary.outcome);
  writer.text(summary.reason);
  writer.u32(summary.messages);
  writer.i64(summary.started_at_ms);
  return bytes;
}

Result<ExecutionSummary> decode_summary(std::string_view bytes) {
  ByteReader reader(bytes);
  const std::uint8_t version = reader.u8();
  ExecutionSummary summary;
  summary.step = reader.text();
  summary.party = reader.text();
  summary.end = reader.text();
  summary.outcome = reader.text();
  summary.reason = reader.text();
  summary.messages = reader.u32();
  summary.started_at_ms = reader.i64();
  if (version != kSummaryVersion || !reader.complete()) {
    return fail(ErrorCode::data_loss, "the summary of an execution is damaged");
  }
  return summary;
}

std::string encode_entry(const TimelineEntry& entry) {
  std::string bytes;
  ByteWriter writer(bytes);
  writer.u8(kEntryVersion);
  writer.i64(entry.at_ms);
  writer.u8(static_cast<std::uint8_t>(entry.kind));
  writer.text(entry.step);
  writer.u32(entry.message.value_or(program::kNoMessage));
  writer.text(entry.channel);
  writer.text(entry.status);
  writer.text(entry.detail);
  writer.i64(entry.due_at_ms.value_or(program::kNever));
  return bytes;
}

Result<TimelineEntry> decode_entry(std::string_view bytes) {
  ByteReader reader(bytes);
  const std::uint8_t version = reader.u8();
  TimelineEntry entry;
  entry.at_ms = reader.i64();
  const std::uint8_t kind = reader.u8();
  entry.kind = static_cast<TimelineKind>(kind);
  entry.step = reader.text();
  const std::uint32_t message = reader.u32();
  if (message != program::kNoMessage) entry.message = message;
  entry.channel = reader.text();
  entry.status = reader.text();
  entry.detail = reader.text();
  const std::int64_t due = reader.i64();
  if (due != program::kNever) entry.due_at_ms = due;
  if (version != kEntryVersion || !reader.complete() || kind > static_cast<std::uint8_t>(TimelineKind::ended)) {
    return fail(ErrorCode::data_loss, "a timeline entry is damaged");
  }
  return entry;
}

}  // namespace flow::service
