#include "runtime/store/record.h"

#include <algorithm>

#include "base/crc32c.h"
#include "runtime/core/bytes.h"

namespace flow::store {

namespace {

using core::ByteReader;
using core::ByteWriter;

constexpr std::uint32_t kBatchMagic = 0x314a4c46;  // "FLJ1"
constexpr std::uint16_t kRecordVersion = 1;
constexpr std::size_t kRecordHeaderBytes = 2 + 2 + 4 + 4;

enum class Type : std::uint16_t { bundle = 1, publish = 2, execution = 3 };

void write_texts(ByteWriter& writer, const std::vector<std::string>& texts) {
  writer.u32(static_cast<std::uint32_t>(texts.size()));
  for (const std::string& text : texts) writer.text(text);
}

std::vector<std::string> read_texts(ByteReader& reader) {
  std::vector<std::string> texts(reader.count(4));
  for (std::string& text : texts) text = reader.text();
  return texts;
}

Type write(ByteWriter& writer, const BundleRecord& record) {
  writer.text(record.version);
  writer.i64(record.at_ms);
  write_texts(writer, record.flows);
  writer.text(record.bytes);
  return Type::bundle;
}

Type write(ByteWriter& writer, const PublishRecord& record) {
  writer.text(record.flow);
  writer.text(record.bundle);
  writer.i64(record.at_ms);
  return Type::publish;
}

Type write(ByteWriter& writer, const ExecutionRecord& record) {
  writer.raw(std::string_view(reinterpret_cast<const char*>(record.id.bytes.data()), record.id.bytes.size()));
  writer.u32(record.revision);
  writer.i64(record.changed_at_ms);
  writer.i64(record.ended_at_ms);
  writer.text(record.summary);
  writer.text(record.image);
  write_texts(writer, record.timeline);
  if (record.revision == 1) {
    writer.text(record.flow);
    writer.text(record.bundle);
    writer.text(record.idempotency_key);
    writer.text(record.fingerprint);
  }
  return Type::execution;
}

BundleRecord read_bundle(ByteReader& reader) {
  BundleRecord record;
  record.version = reader.text();
  record.at_ms = reader.i64();
  record.flows = read_texts(reader);
  record.bytes = reader.text();
  return record;
}

PublishRecord read_publish(ByteReader& reader) {
  PublishRecord record;
  record.flow = reader.text();
  record.bundle = reader.text();
  record.at_ms = reader.i64();
  return record;
}

ExecutionRecord read_execution(ByteReader& reader) {
  ExecutionRecord record;
  const std::string_view id = reader.raw(record.id.bytes.size());
  std::ranges::copy(id, record.id.bytes.begin());
  record.revision = reader.u32();
  record.changed_at_ms = reader.i64();
  record.ended_at_ms = reader.i64();
  record.summary = reader.text();
  record.image = reader.text();
  record.timeline = read_texts(reader);
  if (record.revision == 1) {
    record.flow = reader.text();
    record.bundle = reader.text();
    record.idempotency_key = reader.text();
    record.fingerprint = reader.text();
  }
  return record;
}

// Over everything that says what the record is, so that a flipped type or version is damage and not a surprise.
std::uint32_t checksum(std::uint64_t sequence, std::uint16_t type, std::uint16_t version, std::string_view body) {
  std::string head;
  ByteWriter writer(head);
  writer.u64(sequence);
  writer.u16(type);
  writer.u16(version);
  writer.u32(crc32c(body));
  return crc32c(head);
}

Result<Record> decode_record(std::uint64_t sequence, ByteReader& batch) {
  const std::uint16_t type = batch.u16();
  const std::uint16_t version = batch.u16();
  const std::uint32_t expected = batch.u32();
  const std::string_view body = batch.text();
  if (batch.failed() || checksum(sequence, type, version, body) != expected) {
    return fail(ErrorCode::data_loss, "a record of journal batch {} is damaged", sequence);
  }
  if (version > kRecordVersion || type < 1 || type > static_cast<std::uint16_t>(Type::execution)) {
    return fail(ErrorCode::failed_precondition, "journal batch {} was written by a newer flowd (record {}, version {})",
                sequence, type, version);
  }
  ByteReader reader(body);
  Record record;
  switch (static_cast<Type>(type)) {
    case Type::bundle:
      record = read_bundle(reader);
      break;
    case Type::publish:
      record = read_publish(reader);
      break;
    case Type::execution:
      record = read_execution(reader);
      break;
  }
  if (!reader.complete()) {
    return fail(ErrorCode::data_loss, "a record of journal batch {} has the wrong length", sequence);
  }
  return record;
}

}  // namespace

std::string encode_batch(std::uint64_t sequence, const std::vector<Record>& records) {
  std::string bytes;
  ByteWriter writer(bytes);
  writer.u32(kBatchMagic);
  writer.u64(sequence);
  writer.u32(static_cast<std::uint32_t>(records.size()));
  std::string body;
  for (const Record& record : records) {
    body.clear();
    ByteWriter inner(body);
    const auto type =
        static_cast<std::uint16_t>(std::visit([&](const auto& value) { return write(inner, value); }, record));
    writer.u16(type);
    writer.u16(kRecordVersion);
    writer.u32(checksum(sequence, type, kRecordVersion, body));
    writer.text(body);
  }
  return bytes;
}

Result<std::vector<Record>> decode_batch(std::uint64_t sequence, std::string_view bytes) {
  ByteReader reader(bytes);
  const bool known = reader.u32() == kBatchMagic;
  const bool in_place = reader.u64() == sequence;
  const std::uint32_t count = reader.count(kRecordHeaderBytes);
  if (reader.failed() || !known || !in_place)
    return fail(ErrorCode::data_loss, "journal batch {} is damaged", sequence);
  std::vector<Record> records;
  records.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    Result<Record> record = decode_record(sequence, reader);
    if (!record) return std::unexpected(record.error());
    records.push_back(*std::move(record));
  }
  if (!reader.complete())
    return fail(ErrorCode::data_loss, "journal batch {} has bytes that belong to nothing", sequence);
  return records;
}

}  // namespace flow::store
