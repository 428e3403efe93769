// The store in a folder of this machine: registry.sqlite, a log of segments that all shards share, and lookup.sqlite,
// which is built behind it (docs/formats/log.md, docs/decisions/0011-log-store.md).
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "runtime/crypto/seal.h"
#include "runtime/store/log/disk.h"
#include "runtime/store/storage.h"

namespace flow::store::log {

struct Options {
  std::string folder;                             // made (0700) when it is missing; its parent must exist
  std::shared_ptr<const crypto::Keyring> keys{};  // seal what is written; none: it is written in clear
  Disk* disk = nullptr;                           // none: the machine's
  bool threads = true;                            // false: everything happens in Storage::pump(), of one thread
  // How long to wait for a process that holds the folder: one that was killed this instant may still be ending.
  std::chrono::milliseconds lock_patience{3000};
  std::uint64_t segment_bytes = 32 << 20;   // of a file of the log
  std::uint64_t reserve_bytes = 256 << 20;  // less free space than this is low_space
  // Ended executions go into the tables in transactions of so many, or what has come together in such a time.
  std::size_t index_rows = 50'000;
  std::chrono::milliseconds index_interval{1000};
};

// Opens, or makes, the store and catches its tables up. Holds the folder against a second process until destroyed,
// after all logs of shards. The message of an error ends in a remedy. failed_precondition: in use, not a flowd store,
// written by a newer flowd, sealed with a key that is not there; data_loss: damaged; permission_denied, io_error,
// resource_exhausted: the operating system refused. Whatever is refused is left exactly as it was, and nothing is made
// beside it.
Result<std::unique_ptr<Storage>> open(const Options& options);

// What a look at everything found.
struct Verified {
  std::uint64_t segments = 0;
  std::uint64_t frames = 0;
  std::uint64_t records = 0;
  std::uint64_t ended = 0;  // rows of the tables
  std::uint64_t bundles = 0;
};

// Looks at every byte of a store that is not open, and changes none: frames, records, checksums, tables. The error says
// what is damaged, where, and what can be done. (A copy of one that is open: Storage::backup(); of one that is not: it
// is opened for that.)
Result<Verified> verify(const Options& options);

// A store that is not open, to look at: nothing of it is changed. Holds the folder. One thread.
class Looking {
 public:
  virtual ~Looking() = default;
  // Only to read.
  virtual Registry& registry() = 0;
  // As it was written last, whether it runs (ended_at_ms is 0) or has ended. Reads the whole log.
  virtual Result<std::optional<EndedRow>> execution(const core::ExecutionId& id) = 0;
};

// Errors as open()'s; not_found: there is no store.
Result<std::unique_ptr<Looking>> look(const Options& options);

}  // namespace flow::store::log
