#include "runtime/store/postgres/merge.h"

#include <algorithm>
#include <unordered_map>

#include "runtime/store/postgres/stored_image.h"

namespace flow::store::postgres {

// `fence` locks the shards' rows and compares token and count; what follows is done for the shards that it returns. One
// statement, so that the database begins only when it has all of it: no lock is ever held for a client that hangs.
const Statement kCommit = {"commit", R"sql(
with fence as (
  update flowd.shards s set batch = f.batch, listed = f.listed, changed_at = greatest(s.changed_at, f.changed_at)
  from unnest($1::int2[], $2::int8[], $3::int8[], $4::int8[], $5::int8[]) as f(slot, token, batch, listed, changed_at)
  where s.slot = f.slot and s.token = f.token and s.batch = f.batch - 1 returning s.slot),
put as (
  insert into flowd.executions as e (slot, id, revision, bundle, flow, start_order, changed_at, party, key, image)
  select r.slot, r.id, r.revision, r.bundle, r.flow, r.start_order, r.changed_at, r.party, r.key, r.image
  from unnest($6::int2[], $7::int2[], $8::uuid[], $9::int4[], $10::int4[], $11::int4[], $12::int8[], $13::int8[],
    $14::int8[], $15::int8[], $16::bytea[])
    as r(shard, slot, id, revision, bundle, flow, start_order, changed_at, party, key, image)
  where r.shard in (select slot from fence)
  on conflict (slot, id) do update
    set revision = excluded.revision, changed_at = excluded.changed_at, image = excluded.image),
gone as (
  delete from flowd.executions e using unnest($17::int2[], $18::int2[], $19::uuid[]) as r(shard, slot, id)
  where e.slot = r.slot and e.id = r.id and r.shard in (select slot from fence)),
kept as (
  insert into flowd.ended as e (slot, id, revision, bundle, flow, start_order, changed_at, party, key, image, ended_at,
    listed)
  select r.slot, r.id, r.revision, r.bundle, r.flow, r.start_order, r.changed_at, r.party, r.key, r.image, r.ended_at,
    r.listed
  from unnest($17::int2[], $18::int2[], $19::uuid[], $20::int4[], $21::int4[], $22::int4[], $23::int8[], $24::int8[],
    $25::int8[], $26::int8[], $27::bytea[], $28::int8[], $29::int8[])
    as r(shard, slot, id, revision, bundle, flow, start_order, changed_at, party, key, image, ended_at, listed)
  where r.shard in (select slot from fence)
  on conflict (slot, id) do update
    set revision = excluded.revision, changed_at = excluded.changed_at, image = excluded.image)
select slot from fence)sql"};

namespace {

// The columns that running and ended executions share.
struct Columns {
  Array shard{kInt2Array}, slot{kInt2Array}, id{kUuidArray}, revision{kInt4Array}, bundle{kInt4Array}, flow{kInt4Array},
      order{kInt8Array}, changed{kInt8Array}, party{kInt8Array}, key{kInt8Array}, image{kBytesArray};

  void add(std::uint8_t first_slot, const ExecutionRecord& record, const crypto::Keyring* keys) {
    shard.int2(first_slot);
    slot.int2(record.id.slot());
    id.uuid(record.id.bytes);
    revision.int4(static_cast<std::int32_t>(record.revision));
    bundle.int4(static_cast<std::int32_t>(record.bundle));
    flow.int4(static_cast<std::int32_t>(record.flow));
    order.int8(static_cast<std::int64_t>(record.order));
    changed.int8(record.changed_at_ms);
    party.int8(static_cast<std::int64_t>(record.party));
    key.int8(static_cast<std::int64_t>(record.key));
    image.bytes(store_image(record.id, record.image, keys));
  }

  void give_to(Parameters& parameters) {
    for (Array* each : {&shard, &slot, &id, &revision, &bundle, &flow, &order, &changed, &party, &key, &image}) {
      parameters.array(*each);
    }
  }
};

// Places in lists grow within a shard and follow time: milliseconds, a count within them, the slot.
constexpr int kListedTimeShift = 20;
constexpr std::int64_t kListedStep = 256;

std::int64_t next_listed(std::int64_t last, std::int64_t at_ms) {
  return std::max(last + kListedStep, at_ms << kListedTimeShift) & ~(kListedStep - 1);
}

class Merger {
 public:
  explicit Merger(const crypto::Keyring* keys) : keys_(keys) {}

  Status add(MergePart& part) {
    std::unordered_map<core::ExecutionId, std::size_t> places;
    std::vector<ExecutionRecord> records;
    std::int64_t changed_at = 0;
    for (const Batch& batch : *part.batches) {
      const Status read = batch.each([&](const ExecutionRecord& record) -> Status {
        const auto [place, fresh] = places.try_emplace(record.id, records.size());
        if (fresh)
          records.push_back(record);
        else
          records[place->second] = record;
        changed_at = std::max(changed_at, record.changed_at_ms);
        return {};
      });
      if (!read) return read;
    }
    for (const ExecutionRecord& record : records) {
      if (record.ended_at_ms == 0) {
        running_.add(part.shard, record, keys_);
        continue;
      }
      part.listed = next_listed(part.listed, record.ended_at_ms);
      ended_.add(part.shard, record, keys_);
      ended_at_.int8(record.ended_at_ms);
      listed_.int8(part.listed | record.id.slot());
    }
    shard_.int2(part.shard);
    token_.int8(part.token);
    batch_.int8(part.batch);
    highest_.int8(part.listed);
    changed_at_.int8(changed_at);
    return {};
  }

  Parameters take() {
    Parameters parameters;
    for (Array* each : {&shard_, &token_, &batch_, &highest_, &changed_at_}) parameters.array(*each);
    running_.give_to(parameters);
    ended_.give_to(parameters);
    parameters.array(ended_at_).array(listed_);
    return parameters;
  }

 private:
  const crypto::Keyring* keys_;
  Array shard_{kInt2Array}, token_{kInt8Array}, batch_{kInt8Array}, highest_{kInt8Array}, changed_at_{kInt8Array};
  Columns running_, ended_;
  Array ended_at_{kInt8Array}, listed_{kInt8Array};
};

}  // namespace

Result<Parameters> merge(std::vector<MergePart>& parts, const crypto::Keyring* keys) {
  Merger merger(keys);
  for (MergePart& part : parts) {
    if (const Status added = merger.add(part); !added) return std::unexpected(added.error());
  }
  return merger.take();
}

}  // namespace flow::store::postgres
