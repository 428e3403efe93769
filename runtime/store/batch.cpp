// The bytes of a batch: docs/formats/log.md.
#include <algorithm>

#include "base/varint.h"
#include "runtime/core/bytes.h"
#include "runtime/store/lookups.h"
#include "runtime/store/shard_log.h"

namespace flow::store {

EndedRow row_of(const ExecutionRecord& record) {
  return {.id = record.id,
          .revision = record.revision,
          .bundle = record.bundle,
          .flow = record.flow,
          .order = record.order,
          .changed_at_ms = record.changed_at_ms,
          .ended_at_ms = record.ended_at_ms,
          .party = record.party,
          .key = record.key,
          .image = std::string(record.image)};
}

namespace {

std::unexpected<Error> damaged() {
  return fail(ErrorCode::data_loss, "a batch of the log is damaged");
}

bool take_fixed(std::string_view& bytes, std::uint64_t& value) {
  if (bytes.size() < 8) return false;
  core::ByteReader reader(bytes.substr(0, 8));
  value = reader.u64();
  bytes.remove_prefix(8);
  return true;
}

bool take_u32(std::string_view& bytes, std::uint32_t& value) {
  std::uint64_t wide = 0;
  if (!take_varint(bytes, wide) || wide > UINT32_MAX) return false;
  value = static_cast<std::uint32_t>(wide);
  return true;
}

// Takes one record off the front.
bool take_record(std::string_view& bytes, ExecutionRecord& record) {
  if (bytes.size() < record.id.bytes.size()) return false;
  std::copy_n(bytes.begin(), record.id.bytes.size(), record.id.bytes.begin());
  bytes.remove_prefix(record.id.bytes.size());
  std::uint64_t size = 0;
  const bool good = take_u32(bytes, record.revision) && record.revision > 0 && take_u32(bytes, record.bundle) &&
                    take_u32(bytes, record.flow) && take_fixed(bytes, record.order) &&
                    take_signed_varint(bytes, record.changed_at_ms) && take_signed_varint(bytes, record.ended_at_ms) &&
                    take_fixed(bytes, record.party) && take_fixed(bytes, record.key) && take_varint(bytes, size) &&
                    size <= bytes.size();
  if (!good) return false;
  record.image = bytes.substr(0, size);
  bytes.remove_prefix(size);
  return true;
}

}  // namespace

void Batch::add(const ExecutionRecord& record) {
  core::ByteWriter writer(bytes_);
  bytes_.append(record.id.bytes.begin(), record.id.bytes.end());
  put_varint(bytes_, record.revision);
  put_varint(bytes_, record.bundle);
  put_varint(bytes_, record.flow);
  writer.u64(record.order);
  put_signed_varint(bytes_, record.changed_at_ms);
  put_signed_varint(bytes_, record.ended_at_ms);
  writer.u64(record.party);
  writer.u64(record.key);
  put_varint(bytes_, record.image.size());
  bytes_.append(record.image);
  count(record);
}

void Batch::count(const ExecutionRecord& record) {
  ++count_;
  if (record.ended_at_ms != 0) ++ended_;
  last_change_ = std::max(last_change_, record.changed_at_ms);
}

std::string Batch::take_bytes() && {
  std::string bytes = std::move(bytes_);
  *this = Batch();
  return bytes;
}

Status Batch::each(const std::function<Status(const ExecutionRecord&)>& each) const {
  return each_record(bytes_, each);
}

Status each_record(std::string_view bytes, const std::function<Status(const ExecutionRecord&)>& each) {
  ExecutionRecord record;
  while (!bytes.empty()) {
    if (!take_record(bytes, record)) return damaged();
    if (Status done = each(record); !done) return done;
  }
  return {};
}

Result<Batch> Batch::from_bytes(std::string bytes) {
  Batch batch;
  std::string_view rest = bytes;
  for (ExecutionRecord record; !rest.empty(); batch.count(record)) {
    if (!take_record(rest, record)) return damaged();
  }
  batch.bytes_ = std::move(bytes);
  return batch;
}

}  // namespace flow::store
