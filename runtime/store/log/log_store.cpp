#include "runtime/store/log/log_store.h"

#include <algorithm>

#include "base/check.h"
#include "runtime/core/failpoint.h"
#include "runtime/store/log/folder.h"

namespace flow::store::log {

namespace {

constexpr unsigned kReadersMax = 8;  // threads that read the log when it is opened

class OpenShard final : public ShardLog {
 public:
  OpenShard(LogStore& store, std::shared_ptr<ShardState> state) : store_(store), state_(std::move(state)) {}
  ~OpenShard() override { store_.close(state_); }

  Status load(const std::function<Status(const ExecutionRecord&)>& each) override {
    return store_.load(state_->slots, each);
  }
  std::uint64_t append(Batch batch) override { return store_.append(state_, std::move(batch)); }
  std::uint64_t durable_through() const override { return state_->durable.load(std::memory_order_acquire); }
  std::uint64_t indexed_through() const override { return state_->indexed.load(std::memory_order_acquire); }
  std::size_t queued_bytes() const override { return state_->queued.load(std::memory_order_relaxed); }
  std::optional<LogFailure> failure() const override { return store_.failure(); }
  bool may_act() const override { return true; }
  std::uint64_t rewrite_before() const override { return state_->rewrite_before.load(std::memory_order_acquire); }
  void report(std::uint64_t live_bytes, std::uint64_t none_before) override {
    store_.report(*state_, live_bytes, none_before);
  }
  std::uint64_t purge() override { return store_.purge(state_); }
  std::uint64_t purged_before() const override { return state_->purged_before.load(std::memory_order_acquire); }

 private:
  LogStore& store_;
  std::shared_ptr<ShardState> state_;
};

std::string hex(const StoreId& id) {
  std::string text;
  for (const std::uint8_t byte : id) text += fmt::format("{:02x}", byte);
  return text;
}

Result<StoreId> store_id(std::string_view text) {
  StoreId id{};
  for (std::size_t i = 0; i < id.size(); ++i) {
    unsigned value = 0;
    for (const char c : text.size() == 32 ? text.substr(2 * i, 2) : std::string_view()) {
      value = value << 4 | static_cast<unsigned>(c >= 'a' ? c - 'a' + 10 : c - '0');
    }
    id[i] = static_cast<std::uint8_t>(value);
  }
  if (hex(id) != text) return fail(ErrorCode::data_loss, "{} has no sound store id", kRegistryName);
  return id;
}

// What is damaged cannot be mended by trying again: say what can be done.
Error with_remedy(Error error) {
  // What SQLite cannot make sense of while it is opened is no mistake of ours: these statements work on sound files.
  if (error.code == ErrorCode::internal) error.code = ErrorCode::data_loss;
  if (error.code == ErrorCode::data_loss && error.message.find("restore") == std::string::npos) {
    error.message += "; restore the folder from a backup";
  }
  if (error.code == ErrorCode::resource_exhausted && error.message.find("free") == std::string::npos) {
    error.message += "; free some space on that disk";
  }
  return error;
}

Status make_folder(Disk& disk, const std::string& folder) {
  Status made = disk.make_folder(folder);
  if (made || made.error().code != ErrorCode::not_found) {
    if (!made) made.error().message += "; give `--data` a folder that this user may write";
    return made;
  }
  return fail(ErrorCode::not_found, "{} cannot be made: its parent folder does not exist; make that first", folder);
}

// Everything is read, nothing written.
Result<std::unique_ptr<LogStore>> open_files(const Options& options, Disk& disk, std::unique_ptr<DiskLock> lock) {
  const std::string& folder = options.folder;
  Result<std::unique_ptr<RegistryFile>> registry =
      RegistryFile::open(folder + "/" + kRegistryName, disk.sqlite_vfs(), options.keys);
  if (!registry) return std::unexpected(registry.error());
  Result<std::unique_ptr<EndedTables>> tables =
      EndedTables::open(folder + "/" + kLookupName, disk.sqlite_vfs(), options.keys);
  if (!tables) return std::unexpected(tables.error());
  if ((*registry)->store_id() != (*tables)->store_id()) {
    return fail(ErrorCode::data_loss, "{}: {} and {} belong to different stores", folder, kRegistryName, kLookupName);
  }
  const Result<StoreId> id = store_id((*registry)->store_id());
  if (!id) return std::unexpected(id.error());
  Result<std::unique_ptr<Segments>> segments =
      Segments::open(disk, folder + "/" + kLogFolder, *id, options.segment_bytes, (*tables)->place().first_segment,
                     options.threads ? std::min(std::thread::hardware_concurrency(), kReadersMax) : 0);
  if (!segments) return std::unexpected(segments.error());
  auto store = std::make_unique<LogStore>(options, disk, std::move(lock), *std::move(registry), *std::move(segments),
                                          *std::move(tables));
  if (Status sound = store->examine(); !sound) return std::unexpected(sound.error());
  return store;
}

Result<std::unique_ptr<LogStore>> open_sound(const Options& options, bool make) {
  Disk& disk = options.disk != nullptr ? *options.disk : posix_disk();
  if (make) {
    if (Status made = make_folder(disk, options.folder); !made) return std::unexpected(made.error());
  }
  Result<std::unique_ptr<DiskLock>> lock = disk.lock(options.folder, options.lock_patience);
  if (!lock) return std::unexpected(lock.error());
  const Result<FolderState> state = examine(disk, options.folder);
  if (!state) return std::unexpected(with_remedy(state.error()));
  if (make && *state == FolderState::store) {
    if (Status here = check_not_moved(disk, options.folder); !here) return std::unexpected(here.error());
  }
  if (*state == FolderState::fresh && !make) {
    return fail(ErrorCode::not_found, "{} holds no store; give the folder that `flowd serve` got as `--data`",
                options.folder);
  }
  if (*state == FolderState::fresh) {
    Status made = make_store(disk, options.folder, options.segment_bytes, options.keys);
    if (!made) return std::unexpected(with_remedy(made.error()));
  }
  const SideFiles side_files(disk, options.folder);
  Result<std::unique_ptr<LogStore>> store = open_files(options, disk, *std::move(lock));
  if (!store) {
    side_files.remove_new();
    return std::unexpected(with_remedy(store.error()));
  }
  return store;
}

}  // namespace

LogStore::LogStore(Options options, Disk& disk, std::unique_ptr<DiskLock> lock, std::unique_ptr<RegistryFile> registry,
                   std::unique_ptr<Segments> segments, std::unique_ptr<EndedTables> tables)
    : options_(std::move(options)),
      disk_(disk),
      lock_(std::move(lock)),
      registry_(std::move(registry)),
      segments_(std::move(segments)),
      store_id_(registry_->store_id()),
      tables_(std::move(tables)) {
  log_change_ms_ = segments_->last_change_ms();
  last_change_ms_ = std::max(log_change_ms_, registry_->last_change_ms());
  kept_from_.fill(segments_->list().front().number);
}

Status LogStore::examine() {
  const std::uint64_t indexed = tables_->place().indexed_through;
  const std::uint64_t next = segments_->next_frame();
  if (next <= indexed) {
    return fail(ErrorCode::data_loss, "{}/{} ends at frame {}, but {} has seen frame {}", options_.folder, kLogFolder,
                next - 1, kLookupName, indexed);
  }
  if (segments_->list().front().first_frame > indexed + 1) {
    return fail(ErrorCode::data_loss, "{}/{} begins at frame {}, but {} has seen frame {} last", options_.folder,
                kLogFolder, segments_->list().front().first_frame, kLookupName, indexed);
  }
  return read_behind();
}

Status LogStore::start() {
  if (Status done = registry_->writable(); !done) return done;
  if (Status done = tables_->writable(); !done) return done;
  // SQLite makes sure of the name of a log that it makes, not of one that a process before it made and never synced.
  if (Status done = disk_.sync_folder(options_.folder); !done) return done;
  if (Status done = segments_->begin(); !done) return done;
  if (Status done = commit_tables(tables_->place().first_segment); !done) return done;
  look_at_space();
  lookup_bytes_ = tables_->bytes();
  last_commit_ = std::chrono::steady_clock::now();
  started_ = true;
  if (!options_.threads) return {};
  writer_ = std::thread([this] { write_loop(); });
  librarian_ = std::thread([this] { library_loop(); });
  return {};
}

LogStore::~LogStore() {
  {
    const std::lock_guard lock(mutex_);
    FLOW_CHECK(shards_.empty(), "a store is closed before the logs of its shards");
    stop_writer_ = true;
  }
  writer_wake_.notify_one();
  if (writer_.joinable()) writer_.join();
  {
    const std::lock_guard lock(mutex_);
    stop_library_ = true;
  }
  librarian_wake_.notify_one();
  if (librarian_.joinable()) librarian_.join();
  if (!started_ || failure_) return;
  if (!options_.threads) pump();
  if (failure_) return;
  // What fails now is made good by the next start.
  frame_.assign(kFrameHeaderBytes, '\0');
  if (!segments_->append(frame_, FrameKind::closed, log_change_ms_)) return;
  // With that the tables know where the log ends.
  closing_ = true;
  absorbed_frame_ = segments_->next_frame() - 1;
  (void)commit_tables(tables_->place().first_segment);
}

Result<std::unique_ptr<ShardLog>> LogStore::open_shard(SlotRange slots, std::function<void()> wake) {
  auto state = std::make_shared<ShardState>();
  state->slots = slots;
  state->wake = std::move(wake);
  const std::lock_guard lock(mutex_);
  for (const auto& other : shards_) {
    FLOW_CHECK(other->slots.last < slots.first || slots.last < other->slots.first, "two shards own the same slot");
  }
  shards_.push_back(state);
  return std::make_unique<OpenShard>(*this, std::move(state));
}

void LogStore::close(const std::shared_ptr<ShardState>& shard) {
  if (!options_.threads) write_once();
  {
    std::unique_lock lock(mutex_);
    written_.wait(lock, [&] { return failure_ || shard->durable.load() + 1 == shard->next_sequence; });
    std::erase(shards_, shard);
  }
  const std::lock_guard lock(shard->wake_mutex);
  shard->wake = nullptr;
}

std::optional<LogFailure> LogStore::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

std::int64_t LogStore::last_change_ms() const {
  return last_change_ms_.load(std::memory_order_relaxed);
}

StorageSizes LogStore::sizes() const {
  StorageSizes sizes;
  sizes.log_bytes = segments_->bytes();
  sizes.lookup_bytes = lookup_bytes_.load(std::memory_order_relaxed);
  sizes.executions_behind = behind_.load(std::memory_order_relaxed);
  sizes.commits = commits_.load(std::memory_order_relaxed);
  sizes.commit_seconds = commit_seconds_.load(std::memory_order_relaxed);
  sizes.low_space = low_space_.load(std::memory_order_relaxed);
  return sizes;
}

bool LogStore::pump() {
  if (options_.threads) return false;
  bool busy = false;
  while (write_once()) busy = true;
  return library_once(true) || busy;
}

Result<std::unique_ptr<Storage>> open(const Options& options) {
  Result<std::unique_ptr<LogStore>> store = open_sound(options, true);
  if (!store) return std::unexpected(store.error());
  if (Status started = (*store)->start(); !started) return std::unexpected(with_remedy(started.error()));
  return *std::move(store);
}

Result<Verified> LogStore::verify() {
  Verified found;
  if (Status sound = registry_->verify(); !sound) return std::unexpected(sound.error());
  const Result<std::vector<RegisteredBundle>> bundles = registry_->bundles();
  if (!bundles) return std::unexpected(bundles.error());
  found.bundles = bundles->size();
  const Result<EndedTables::Counts> counts = tables_->verify();
  if (!counts) return std::unexpected(counts.error());
  found.ended = counts->rows;
  const std::vector<SegmentInfo> segments = segments_->list();
  found.segments = segments.size();
  found.frames = segments.back().next_frame - segments.front().first_frame;
  const Status sound = each_record_of(0, segments_->next_frame(), {}, true, [&](const ExecutionRecord&) {
    ++found.records;
    return Status();
  });
  if (!sound) return std::unexpected(sound.error());
  return found;
}

Result<std::optional<EndedRow>> LogStore::find(const core::ExecutionId& id) {
  if (const auto found = pending_places_.find(id); found != pending_places_.end()) return pending_[found->second];
  Result<std::optional<EndedRow>> ended = tables_->execution(id);
  if (!ended || *ended) return ended;
  std::optional<EndedRow> last;
  const SlotRange slot{id.slot(), id.slot()};
  Status read = each_record_of(0, segments_->next_frame(), slot, true, [&](const ExecutionRecord& record) -> Status {
    if (record.id != id) return {};
    last.reset();  // what has ended and is in no table was forgotten
    if (record.ended_at_ms == 0) last = row_of(record);
    return {};
  });
  if (!read) return std::unexpected(read.error());
  return last;
}

namespace {

class LookingAt final : public Looking {
 public:
  LookingAt(const Options& options, Disk& disk) : side_files_(disk, options.folder) {}
  ~LookingAt() override {
    store_.reset();
    side_files_.remove_new();
  }
  Status open(const Options& options) {
    Result<std::unique_ptr<LogStore>> store = open_sound(options, false);
    if (!store) return std::unexpected(store.error());
    store_ = *std::move(store);
    return {};
  }
  Registry& registry() override { return store_->registry(); }
  Result<std::optional<EndedRow>> execution(const core::ExecutionId& id) override {
    auto found = store_->find(id);
    if (!found) return std::unexpected(with_remedy(found.error()));
    return found;
  }

 private:
  const SideFiles side_files_;
  std::unique_ptr<LogStore> store_;
};

}  // namespace

Result<std::unique_ptr<Looking>> look(const Options& options) {
  auto looking = std::make_unique<LookingAt>(options, options.disk != nullptr ? *options.disk : posix_disk());
  if (Status opened = looking->open(options); !opened) return std::unexpected(opened.error());
  return looking;
}

Result<Verified> verify(const Options& options) {
  const SideFiles side_files(options.disk != nullptr ? *options.disk : posix_disk(), options.folder);
  Result<Verified> found = [&]() -> Result<Verified> {
    Result<std::unique_ptr<LogStore>> store = open_sound(options, false);
    if (!store) return std::unexpected(store.error());
    return (*store)->verify();
  }();
  side_files.remove_new();
  if (!found) return std::unexpected(with_remedy(found.error()));
  return found;
}

}  // namespace flow::store::log
