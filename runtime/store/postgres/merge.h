// Batches of several shards as the parameters of one statement: of each execution only its last record counts.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "runtime/crypto/seal.h"
#include "runtime/store/postgres/connection.h"
#include "runtime/store/shard_log.h"

namespace flow::store::postgres {

struct MergePart {
  std::uint8_t shard = 0;  // its first slot
  std::int64_t token = 0;
  std::int64_t batch = 0;   // the count that the shard's row gets
  std::int64_t listed = 0;  // in: the greatest place in lists so far; out: with this transaction
  const std::deque<Batch>* batches = nullptr;
};

// Writes a transaction: kCommit.sql says how. Its rows are the shards that it was carried out for.
extern const Statement kCommit;
// The parameters of kCommit.
Result<Parameters> merge(std::vector<MergePart>& parts, const crypto::Keyring* keys);

}  // namespace flow::store::postgres
