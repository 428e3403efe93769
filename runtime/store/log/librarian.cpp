// The librarian: takes what has ended out of what was written, carries it into the tables in big transactions, and
// answers look-ups. What it answers has everything that was durable when it was asked.
#include <algorithm>

#include "base/check.h"
#include "runtime/core/failpoint.h"
#include "runtime/store/log/folder.h"
#include "runtime/store/log/log_store.h"

namespace flow::store::log {

namespace {

constexpr std::size_t kTasksMax = 1024;
constexpr std::chrono::milliseconds kIdle{50};
constexpr std::uint64_t kCheckpointPages = 8192;  // of SQLite's log: 32 MB
constexpr std::chrono::seconds kPlaceInterval{5};
constexpr std::uint64_t kPlaceFrames = 64;
constexpr std::size_t kKeysAtOnce = 4096;
constexpr std::size_t kRowsAtOnce = 1024;

}  // namespace

void LogStore::library_loop() {
  for (;;) {
    bool stop = false;
    {
      std::unique_lock lock(mutex_);
      librarian_wake_.wait_for(lock, kIdle,
                               [&] { return stop_library_ || !tasks_.empty() || to_library_.size() >= 4096; });
      stop = stop_library_;
    }
    library_once(stop);
    const std::lock_guard lock(mutex_);
    if (stop && tasks_.empty() && to_library_.empty()) return;
  }
}

bool LogStore::library_once(bool commit) {
  std::vector<Written> items;
  std::deque<Task> tasks;
  bool failed = false;
  {
    const std::lock_guard lock(mutex_);
    items.swap(to_library_);
    tasks.swap(tasks_);
    failed = failure_.has_value();
  }
  const bool busy = !items.empty() || !tasks.empty();
  const auto now = std::chrono::steady_clock::now();
  Status done = failed ? Status() : absorb(std::move(items));
  const bool due =
      commit || pending_.size() + applied_rows_ >= options_.index_rows || now - last_commit_ >= options_.index_interval;
  if (!failed && done && due) done = commit_tables(tables_->place().first_segment);
  for (Task& task : tasks) task(false);
  if (!failed && done && (commit || now - last_clean_ >= kIdle)) {
    last_clean_ = now;
    done = clean();
  }
  if (!done) fail_all(done.error());
  return busy;
}

Status LogStore::absorb_row(const ExecutionRecord& record) {
  const auto [place, fresh] = pending_places_.try_emplace(record.id, pending_.size());
  if (fresh) {
    pending_.push_back(row_of(record));
  } else if (EndedRow& row = pending_[place->second]; row.revision < record.revision) {
    row = row_of(record);
  }
  return {};
}

Status LogStore::absorb(std::vector<Written> items) {
  for (Written& item : items) {
    if (item.ended > 0) {
      const Status done = each_record(item.bytes, [&](const ExecutionRecord& record) {
        return record.ended_at_ms == 0 ? Status() : absorb_row(record);
      });
      if (!done) return done;
    }
    pending_ended_ += item.ended;
    absorbed_frame_ = std::max(absorbed_frame_, item.frame);
    absorbed_[item.shard] = item.sequence;
  }
  return {};
}

Status LogStore::apply() {
  if (pending_.empty()) return {};
  if (Status done = tables_->add(pending_); !done) return done;
  applied_rows_ += pending_.size();
  pending_.clear();
  pending_places_.clear();
  return {};
}

Status LogStore::commit_tables(std::uint64_t first_segment) {
  last_commit_ = std::chrono::steady_clock::now();
  if (Status done = apply(); !done) return done;
  const LogPlace before = tables_->place();
  LogPlace place{std::max(before.indexed_through, absorbed_frame_), first_segment};
  // Nothing ended: that the tables have seen this much is written only now and then, or when a segment is to go.
  const bool late = closing_ || (options_.threads ? last_commit_ - last_place_ >= kPlaceInterval
                                                  : place.indexed_through >= before.indexed_through + kPlaceFrames);
  const bool worth_it = first_segment != before.first_segment || tables_->changed() ||
                        (late && place.indexed_through > before.indexed_through);
  if (worth_it) {
    core::failpoint::reach("before_index");
    if (Status done = tables_->commit(place); !done) return done;
    core::failpoint::reach("after_index");
    if (tables_->log_pages() >= kCheckpointPages) {
      if (Status done = tables_->checkpoint(false); !done) return done;
    }
    last_place_ = last_commit_;
    lookup_bytes_.store(tables_->bytes(), std::memory_order_relaxed);
  }
  applied_rows_ = 0;
  behind_.fetch_sub(pending_ended_, std::memory_order_relaxed);
  pending_ended_ = 0;
  for (const auto& [shard, sequence] : absorbed_) {
    shard->indexed.store(sequence, std::memory_order_release);
    if (worth_it) shard->wake_up();
  }
  absorbed_.clear();
  return {};
}

// At the start: what a crash kept from the tables. Nothing is written yet.
Status LogStore::read_behind() {
  absorbed_frame_ = segments_->next_frame() - 1;
  return each_record_of(
      tables_->place().indexed_through + 1, segments_->next_frame(), {}, false,
      [&](const ExecutionRecord& record) -> Status { return record.ended_at_ms == 0 ? Status() : absorb_row(record); });
}

// ---- Look-ups

void LogStore::post(Task task) {
  {
    const std::lock_guard lock(mutex_);
    if (!stop_library_ && tasks_.size() < kTasksMax) {
      tasks_.push_back(std::move(task));
      task = nullptr;
    }
  }
  if (task) {
    task(true);
  } else {
    librarian_wake_.notify_one();
  }
}

template <typename T, typename Call>
void LogStore::ask(LookupDone<T> done, Call call) {
  post([this, done = std::move(done), call = std::move(call)](bool refused) mutable {
    if (refused) {
      done(fail(ErrorCode::resource_exhausted, "too many look-ups wait, or the store is being closed"));
      return;
    }
    if (const std::optional<LogFailure> failed = failure()) {
      done(std::unexpected(failed->error));
      return;
    }
    Result<T> result = call();
    if (!result && result.error().code != ErrorCode::failed_precondition) {
      // A damaged row is told to whoever asked for it; what cannot be written ends the store.
      if (result.error().code != ErrorCode::data_loss) fail_all(result.error());
    }
    done(std::move(result));
  });
}

void LogStore::execution(const core::ExecutionId& id, LookupDone<std::optional<EndedRow>> done) {
  ask(std::move(done), [this, id]() -> Result<std::optional<EndedRow>> {
    if (const auto found = pending_places_.find(id); found != pending_places_.end()) return pending_[found->second];
    return tables_->execution(id);
  });
}

void LogStore::find_key(std::uint8_t slot, std::uint64_t key, LookupDone<std::optional<EndedRow>> done) {
  ask(std::move(done), [this, slot, key]() -> Result<std::optional<EndedRow>> {
    if (Status applied = apply(); !applied) return std::unexpected(applied.error());
    return tables_->find_key(slot, key);
  });
}

void LogStore::list(EndedFilter filter, LookupDone<EndedPage> done) {
  ask(std::move(done), [this, filter]() -> Result<EndedPage> {
    if (Status applied = apply(); !applied) return std::unexpected(applied.error());
    return tables_->list(filter);
  });
}

void LogStore::each_key(SlotRange slots, std::function<void(KeyPortion)> portion, LookupDone<std::monostate> done) {
  ask(std::move(done), [this, slots, portion = std::move(portion)]() -> Result<std::monostate> {
    if (Status applied = apply(); !applied) return std::unexpected(applied.error());
    std::uint64_t after = 0;
    do {
      KeyPortion keys;
      if (Status read = tables_->keys(slots, after, kKeysAtOnce, keys); !read) return std::unexpected(read.error());
      if (!keys.empty()) portion(std::move(keys));
    } while (after != 0);
    return std::monostate{};
  });
}

void LogStore::each_ended(SlotRange slots, std::function<Status(const RowPortion&)> portion,
                          LookupDone<std::monostate> done) {
  // What the caller refuses is no failure of the store.
  auto refused = std::make_shared<Status>();
  LookupDone<std::monostate> answer = [refused, done = std::move(done)](Result<std::monostate> result) mutable {
    if (result && !*refused) result = std::unexpected(refused->error());
    done(std::move(result));
  };
  ask(std::move(answer), [this, slots, refused, portion = std::move(portion)]() -> Result<std::monostate> {
    if (Status applied = apply(); !applied) return std::unexpected(applied.error());
    std::uint64_t after = 0;
    do {
      RowPortion rows;
      if (Status read = tables_->rows(slots, after, kRowsAtOnce, rows); !read) return std::unexpected(read.error());
      if (!rows.empty()) *refused = portion(rows);
    } while (after != 0 && *refused);
    return std::monostate{};
  });
}

void LogStore::forget_ended(SlotRange slots, Retention retention, std::int64_t now_ms, std::size_t limit,
                            LookupDone<std::size_t> done) {
  ask(std::move(done), [this, slots, retention = std::move(retention), now_ms, limit]() -> Result<std::size_t> {
    if (Status applied = apply(); !applied) return std::unexpected(applied.error());
    return tables_->forget(slots, retention, now_ms, limit);
  });
}

void LogStore::erase_party(std::uint64_t party, LookupDone<std::size_t> done) {
  ask(std::move(done), [this, party]() -> Result<std::size_t> {
    if (Status applied = apply(); !applied) return std::unexpected(applied.error());
    Result<std::size_t> count = tables_->erase_party(party);
    if (!count) return count;
    // Committed with the place in the log, so that no restart brings it back; nothing of it stays in SQLite's own log.
    Status gone = commit_tables(tables_->place().first_segment);
    if (gone) gone = tables_->checkpoint(true);
    if (!gone) return std::unexpected(gone.error());
    return count;
  });
}

// ---- Backup

// Tables first, then the log, which has whatever they have seen, then the registry, which has every bundle of both.
Status LogStore::copy_all(const std::string& folder) {
  Status copied = copy_database(tables_->database(), folder + "/" + kLookupName, {}, [&]() -> Status {
    if (options_.threads) library_once(true);  // a copy does not go on within a transaction
    const std::optional<LogFailure> failed = failure();
    return failed ? Status(std::unexpected(failed->error)) : Status();
  });
  if (!copied) return copied;
  const std::string log = folder + "/" + kLogFolder;
  if (copied = posix_disk().make_folder(log); !copied) return copied;
  if (copied = segments_->copy(posix_disk(), log); !copied) return copied;
  const std::string registry = folder + "/" + kRegistryName;
  if (copied = registry_->backup(registry + ".new", {}); !copied) return copied;
  if (copied = posix_disk().rename(registry + ".new", registry); !copied) return copied;
  return posix_disk().sync_folder(folder);
}

Status LogStore::backup(const std::string& folder) {
  Disk& disk = posix_disk();
  if (Status made = disk.make_folder(folder); !made) return made;
  const Result<std::vector<std::string>> names = disk.list(folder);
  if (!names) return std::unexpected(names.error());
  if (!names->empty()) {
    return fail(ErrorCode::failed_precondition, "{} is not empty; give a folder that is, or does not exist", folder);
  }
  std::optional<Status> outcome;
  LookupDone<std::monostate> done = [&](Result<std::monostate> result) {
    const std::lock_guard lock(mutex_);
    outcome = result ? Status() : Status(std::unexpected(result.error()));
    written_.notify_all();
  };
  {
    const std::lock_guard lock(mutex_);
    ++holds_;
  }
  ask(std::move(done), [this, folder]() -> Result<std::monostate> {
    Status copied = commit_tables(tables_->place().first_segment);
    if (copied) copied = copy_all(folder);
    // What a full or slow folder of copies refuses is no failure of the store.
    if (!copied) return fail(ErrorCode::failed_precondition, "the copy failed: {}", copied.error().message);
    return std::monostate{};
  });
  if (!options_.threads) pump();
  std::unique_lock lock(mutex_);
  written_.wait(lock, [&] { return outcome.has_value(); });
  --holds_;
  return *outcome;
}

}  // namespace flow::store::log
