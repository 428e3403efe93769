// What the journal holds: records, grouped in batches that are committed as one. docs/formats/journal.md has the bytes.
//
// The store knows of an execution what look-ups need (ids, names, times); `summary`, `image` and timeline entries are
// bytes that only the service reads.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "runtime/core/execution_id.h"

namespace flow::store {

struct BundleRecord {
  std::string version;
  std::int64_t at_ms = 0;
  std::vector<std::string> flows;
  std::string bytes;
  friend bool operator==(const BundleRecord&, const BundleRecord&) = default;
};

struct PublishRecord {
  std::string flow;
  std::string bundle;  // empty: unpublished
  std::int64_t at_ms = 0;
  friend bool operator==(const PublishRecord&, const PublishRecord&) = default;
};

// Of another name for the linker than the one in shard_log.h, which replaces it.
inline namespace journal {

// An execution after one event. Revision 1 is its start and brings what never changes; later ones leave that empty.
struct ExecutionRecord {
  core::ExecutionId id;
  std::uint32_t revision = 0;
  std::int64_t changed_at_ms = 0;
  std::int64_t ended_at_ms = 0;  // 0: it runs
  std::string summary;
  std::string image;
  std::vector<std::string> timeline;  // entries that this event adds
  // Revision 1 only.
  std::string flow;
  std::string bundle;
  std::string idempotency_key;  // empty: none
  std::string fingerprint;      // of the request that brought the key
  friend bool operator==(const ExecutionRecord&, const ExecutionRecord&) = default;
};

}  // namespace journal

using Record = std::variant<BundleRecord, PublishRecord, ExecutionRecord>;

// The bytes of one batch: a header with the sequence number, then records that each carry type, version and checksum.
std::string encode_batch(std::uint64_t sequence, const std::vector<Record>& records);
// data_loss: damaged, or of another sequence number; failed_precondition: written by a newer flowd.
Result<std::vector<Record>> decode_batch(std::uint64_t sequence, std::string_view bytes);

}  // namespace flow::store
