#include "runtime/store/embedded/embedded.h"

#include <sys/stat.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <deque>
#include <mutex>

#include "base/check.h"
#include "runtime/core/failpoint.h"
#include "runtime/store/embedded/folder.h"
#include "runtime/store/embedded/journal_file.h"
#include "runtime/store/embedded/lookup_file.h"

namespace flow::store::embedded {

namespace fs = std::filesystem;

namespace {

struct Appended {
  std::uint64_t sequence = 0;
  std::vector<Record> records;
};

class EmbeddedStore final : public Store {
 public:
  EmbeddedStore(Options options, FolderLock lock, JournalFile journal, LookupFile lookup, IdempotencyReader keys)
      : options_(std::move(options)),
        lock_(std::move(lock)),
        journal_(std::move(journal)),
        lookup_(std::move(lookup)),
        keys_(std::move(keys)),
        appended_(std::max(journal_.last(), lookup_.indexed_through())),
        indexed_(lookup_.indexed_through()) {}

  // Carries into the tables what a crash kept from them.
  Status recover() {
    const std::uint64_t indexed = lookup_.indexed_through();
    const Status read = journal_.each_after(indexed, [&](std::uint64_t sequence, std::string_view body) -> Status {
      Result<std::vector<Record>> records = decode_batch(sequence, body);
      if (!records) return std::unexpected(records.error());
      return lookup_.apply(sequence, *records);
    });
    return read ? commit_tables() : read;
  }

  // Damage is refused before anything is written.
  Status verify() {
    if (journal_.store_id() != lookup_.store_id()) {
      return fail(ErrorCode::data_loss, "{} and {} belong to different stores", kJournalName, kLookupName);
    }
    if (journal_.last() < lookup_.indexed_through()) {
      return fail(ErrorCode::data_loss, "{} ends at batch {}, but {} has seen batch {}", kJournalName, journal_.last(),
                  kLookupName, lookup_.indexed_through());
    }
    return journal_.each_after(lookup_.indexed_through(), [](std::uint64_t sequence, std::string_view body) -> Status {
      const Result<std::vector<Record>> records = decode_batch(sequence, body);
      return records ? Status{} : std::unexpected(records.error());
    });
  }

  void writable() {
    journal_.writable();
    lookup_.writable();
  }

  Result<std::uint64_t> append(std::vector<Record> records) override {
    FLOW_CHECK(!records.empty(), "an empty batch");
    if (writer_failure_) return std::unexpected(*writer_failure_);
    const std::uint64_t sequence = appended_.load(std::memory_order_relaxed) + 1;
    if (Status done = journal_.append(sequence, encode_batch(sequence, records), indexed_through()); !done) {
      writer_failure_ = done.error();
      return std::unexpected(done.error());
    }
    {
      const std::lock_guard lock(mutex_);
      queue_.push_back({sequence, std::move(records)});
    }
    appended_.store(sequence, std::memory_order_release);
    return sequence;
  }

  Result<std::optional<IdempotencyRow>> find_idempotency(std::string_view key) override { return keys_.find(key); }

  Status save_clock(const core::ClockBase& base) override { return journal_.save_clock(base); }

  std::uint64_t indexed_through() const override { return indexed_.load(std::memory_order_acquire); }
  std::uint64_t appended_through() const override { return appended_.load(std::memory_order_acquire); }

  StoreSizes sizes() const override {
    StoreSizes sizes;
    for (const char* suffix : {"", "-wal"}) {
      std::error_code error;
      const auto journal = fs::file_size(options_.folder / (std::string(kJournalName) + suffix), error);
      if (!error) sizes.journal_bytes += journal;
      const auto lookup = fs::file_size(options_.folder / (std::string(kLookupName) + suffix), error);
      if (!error) sizes.lookup_bytes += lookup;
    }
    sizes.batches_behind = appended_through() - indexed_through();
    return sizes;
  }

  Status catch_up(bool commit) override {
    if (librarian_failure_) return std::unexpected(*librarian_failure_);
    std::deque<Appended> batches;
    {
      const std::lock_guard lock(mutex_);
      batches.swap(queue_);
    }
    for (const Appended& batch : batches) {
      if (Status done = lookup_.apply(batch.sequence, batch.records); !done) return failed(done);
      uncommitted_ += batch.records.size();
    }
    if (!commit && uncommitted_ < options_.records_per_commit) return {};
    return commit_tables();
  }

  Result<std::optional<ExecutionRow>> execution(const core::ExecutionId& id) override { return lookup_.execution(id); }
  Result<std::vector<std::string>> timeline(std::uint64_t number) override { return lookup_.timeline(number); }
  Result<std::vector<ExecutionRow>> list(const ListFilter& filter) override { return lookup_.list(filter); }
  Result<std::vector<BundleRow>> bundles() override { return lookup_.bundles(); }
  Result<std::optional<std::string>> bundle(std::string_view version) override { return lookup_.bundle(version); }
  Result<std::vector<PublishRecord>> published() override { return lookup_.published(); }
  Status each_running(const std::function<Status(const ExecutionRow&)>& each) override {
    return lookup_.each_running(each);
  }
  Result<std::size_t> forget_ended(std::int64_t before_ms, std::size_t limit) override {
    if (librarian_failure_) return std::unexpected(*librarian_failure_);
    Result<std::size_t> count = lookup_.forget_ended(before_ms, limit);
    if (!count) (void)failed(std::unexpected(count.error()));
    return count;
  }

  core::ClockBase saved_clock() const override { return journal_.clock(); }
  std::int64_t last_change_ms() const override { return lookup_.last_change_ms(); }

 private:
  Status commit_tables() {
    if (!lookup_.in_transaction()) return {};
    core::failpoint::reach("before_index");
    if (Status done = lookup_.commit(); !done) return failed(done);
    core::failpoint::reach("after_index");
    uncommitted_ = 0;
    indexed_.store(lookup_.indexed_through(), std::memory_order_release);
    return {};
  }

  Status failed(Status status) {
    librarian_failure_ = status.error();
    return status;
  }

  Options options_;
  FolderLock lock_;
  // Writer.
  JournalFile journal_;
  // Librarian.
  LookupFile lookup_;
  std::size_t uncommitted_ = 0;  // records
  std::optional<Error> librarian_failure_;
  // Writer.
  IdempotencyReader keys_;
  std::optional<Error> writer_failure_;
  // Both.
  std::mutex mutex_;
  std::deque<Appended> queue_;
  std::atomic<std::uint64_t> appended_;
  std::atomic<std::uint64_t> indexed_;
};

Status make_folder(const fs::path& folder) {
  if (::mkdir(folder.c_str(), 0700) == 0 || errno == EEXIST) return {};
  if (errno == ENOENT) {
    return fail(ErrorCode::not_found, "{} cannot be made: its parent folder does not exist; make that first",
                folder.string());
  }
  return fail(errno == EACCES || errno == EPERM ? ErrorCode::permission_denied : ErrorCode::io_error,
              "{} cannot be made: {}; give `--data` a folder that this user may write", folder.string(),
              std::strerror(errno));
}

// What is damaged cannot be mended by trying again: say what can be done.
Error with_remedy(Error error) {
  if (error.code == ErrorCode::data_loss && error.message.find("restore") == std::string::npos) {
    error.message += "; restore the folder from a backup";
  }
  return error;
}

Result<std::unique_ptr<Store>> open_files(const Options& options, FolderLock lock) {
  const std::string lookup_path = (options.folder / kLookupName).string();
  Result<JournalFile> journal = JournalFile::open((options.folder / kJournalName).string(), options.vfs);
  if (!journal) return std::unexpected(journal.error());
  Result<LookupFile> lookup = LookupFile::open(lookup_path, options.vfs);
  if (!lookup) return std::unexpected(lookup.error());
  Result<IdempotencyReader> keys = IdempotencyReader::open(lookup_path, options.vfs);
  if (!keys) return std::unexpected(keys.error());
  auto store = std::make_unique<EmbeddedStore>(options, std::move(lock), *std::move(journal), *std::move(lookup),
                                               *std::move(keys));
  if (Status sound = store->verify(); !sound) return std::unexpected(sound.error());
  store->writable();
  if (Status recovered = store->recover(); !recovered) return std::unexpected(recovered.error());
  return store;
}

}  // namespace

Result<std::unique_ptr<Store>> open(const Options& options) {
  if (Status made = make_folder(options.folder); !made) return std::unexpected(made.error());
  Result<FolderLock> lock = FolderLock::take(options.folder, options.lock_patience);
  if (!lock) return std::unexpected(lock.error());
  const Result<FolderState> state = examine(options.folder);
  if (!state) return std::unexpected(with_remedy(state.error()));
  if (*state == FolderState::fresh) {
    if (Status made = make_store(options.folder, options.vfs); !made) return std::unexpected(made.error());
  }
  const SideFiles side_files(options.folder);
  Result<std::unique_ptr<Store>> store = open_files(options, *std::move(lock));
  if (!store) {
    side_files.remove_new();
    return std::unexpected(with_remedy(store.error()));
  }
  return store;
}

}  // namespace flow::store::embedded
