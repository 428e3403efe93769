#include "runtime/service/memory_storage.h"

#include <algorithm>

namespace flow::service::testing {

using store::EndedRow;
using store::ExecutionRecord;

class MemoryStorage::Log final : public store::ShardLog {
 public:
  Log(MemoryStorage& storage, store::SlotRange slots, std::function<void()> wake)
      : storage_(storage), slots_(slots), wake_(std::move(wake)) {}
  ~Log() override {
    const std::lock_guard lock(storage_.mutex_);
    if (!storage_.hold_commits) write();
    std::erase(storage_.logs_, this);
  }

  Status load(const std::function<Status(const ExecutionRecord&)>& each) override {
    const std::lock_guard lock(storage_.mutex_);
    for (const auto& [id, row] : storage_.disk_->running) {
      if (!slots_.contains(id.slot())) continue;
      if (Status done = each(record_of(row)); !done) return done;
    }
    return {};
  }
  std::uint64_t append(store::Batch batch) override {
    const std::lock_guard lock(storage_.mutex_);
    queue_.push_back(std::move(batch));
    ++appended_;
    if (storage_.immediate_) {
      write();
      wake_();
    }
    return appended_;
  }
  std::uint64_t durable_through() const override {
    const std::lock_guard lock(storage_.mutex_);
    return durable_;
  }
  std::uint64_t indexed_through() const override {
    const std::lock_guard lock(storage_.mutex_);
    return indexed_;
  }
  std::size_t queued_bytes() const override {
    const std::lock_guard lock(storage_.mutex_);
    std::size_t bytes = 0;
    for (const store::Batch& batch : queue_) bytes += batch.bytes().size();
    return bytes;
  }
  std::optional<store::LogFailure> failure() const override {
    const std::lock_guard lock(storage_.mutex_);
    return storage_.failure_;
  }
  bool may_act() const override {
    const std::lock_guard lock(storage_.mutex_);
    return storage_.may_act;
  }
  std::uint64_t rewrite_before() const override {
    const std::lock_guard lock(storage_.mutex_);
    return storage_.rewrite_before;
  }
  std::uint64_t purge() override {
    const std::lock_guard lock(storage_.mutex_);
    ++storage_.purges;
    return appended_ + 1;
  }
  std::uint64_t purged_before() const override { return durable_through() + 1; }

  bool write() {
    if (storage_.failure_) {
      queue_.clear();
      return false;
    }
    const bool some = !queue_.empty();
    while (!queue_.empty() && !storage_.hold_commits) {
      storage_.apply(queue_.front());
      queue_.pop_front();
      ++durable_;
      storage_.hold_commits = storage_.hold_commits || storage_.commits_ >= storage_.hold_after;
    }
    if (!storage_.hold_tables) {
      storage_.index();
      indexed_ = durable_;
    }
    return some;
  }
  void wake() { wake_(); }

 private:
  MemoryStorage& storage_;
  store::SlotRange slots_;
  std::function<void()> wake_;
  std::deque<store::Batch> queue_;
  std::uint64_t appended_ = 0;
  std::uint64_t durable_ = 0;
  std::uint64_t indexed_ = 0;
};

void MemoryStorage::fail_log(bool lost) {
  const std::lock_guard lock(mutex_);
  failure_ = store::LogFailure{{ErrorCode::io_error, "the test says so"}, lost};
  for (Log* log : logs_) log->wake();
}

Result<std::unique_ptr<store::ShardLog>> MemoryStorage::open_shard(store::SlotRange slots, std::function<void()> wake) {
  const std::lock_guard lock(mutex_);
  auto log = std::make_unique<Log>(*this, slots, std::move(wake));
  logs_.push_back(log.get());
  return log;
}

store::StorageSizes MemoryStorage::sizes() const {
  const std::lock_guard lock(mutex_);
  store::StorageSizes sizes;
  sizes.executions_behind = unindexed_.size() + executions_behind;
  sizes.commits = commits_;
  sizes.low_space = low_space;
  return sizes;
}

bool MemoryStorage::pump() {
  bool some = false;
  {
    const std::lock_guard lock(mutex_);
    if (!hold_commits) {
      for (Log* log : logs_) some = log->write() || some;
    }
  }
  if (hold_lookups) return some;
  auto jobs = std::exchange(jobs_, {});
  for (auto& job : jobs) {
    job();
    some = true;
  }
  return some;
}

void MemoryStorage::apply(const store::Batch& batch) {
  ++commits_;
  (void)batch.each([&](const ExecutionRecord& record) -> Status {
    disk_->last_change_ms = std::max(disk_->last_change_ms, record.changed_at_ms);
    const auto known = disk_->running.find(record.id);
    if (known != disk_->running.end() && known->second.revision == record.revision) ++rewritten;
    if (record.ended_at_ms == 0) {
      disk_->running[record.id] = row_of(record);
      return {};
    }
    disk_->running.erase(record.id);
    unindexed_.push_back(row_of(record));
    return {};
  });
}

void MemoryStorage::index() {
  for (EndedRow& row : std::exchange(unindexed_, {})) {
    if (!disk_->ended.contains(row.id)) disk_->ended_order.push_back(row.id);
    disk_->ended[row.id] = std::move(row);
  }
}

void MemoryStorage::forget(const core::ExecutionId& id) {
  disk_->ended.erase(id);
  std::erase(disk_->ended_order, id);
}

void MemoryStorage::ask(std::move_only_function<void()> job) {
  if (immediate_) return job();
  jobs_.push_back(std::move(job));
}

// ---- Registry

Result<std::vector<store::RegisteredBundle>> MemoryStorage::bundles() {
  const std::lock_guard lock(mutex_);
  return disk_->bundles;
}

Result<std::vector<store::PublishedFlow>> MemoryStorage::published() {
  const std::lock_guard lock(mutex_);
  std::vector<store::PublishedFlow> all;
  for (const auto& [flow, row] : disk_->published) all.push_back(row);
  return all;
}

Result<std::string> MemoryStorage::bundle_bytes(std::uint32_t number) {
  const std::lock_guard lock(mutex_);
  const auto found = disk_->bundle_bytes.find(number);
  if (found == disk_->bundle_bytes.end()) return fail(ErrorCode::not_found, "no bundle number {}", number);
  return found->second;
}

Result<store::RegisteredBundle> MemoryStorage::deploy(std::string_view version, std::string_view bytes,
                                                      const std::vector<std::string>& flows, std::int64_t at_ms,
                                                      bool* known) {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find(disk_->bundles, version, &store::RegisteredBundle::version);
  *known = found != disk_->bundles.end();
  if (*known) return *found;
  store::RegisteredBundle bundle;
  bundle.number = static_cast<std::uint32_t>(disk_->bundles.size()) + 1;
  bundle.version = version;
  bundle.at_ms = at_ms;
  for (const std::string& flow : flows) {
    const auto number =
        disk_->flow_numbers.emplace(flow, static_cast<std::uint32_t>(disk_->flow_numbers.size()) + 1).first->second;
    bundle.flows.push_back({number, flow});
  }
  disk_->bundles.push_back(bundle);
  disk_->bundle_bytes[bundle.number] = bytes;
  return bundle;
}

Status MemoryStorage::publish(const store::PublishedFlow& row) {
  const std::lock_guard lock(mutex_);
  disk_->published[row.flow] = row;
  return {};
}

Status MemoryStorage::save_clock(const core::ClockBase& base) {
  const std::lock_guard lock(mutex_);
  disk_->clock = base;
  return {};
}

// ---- Lookups

void MemoryStorage::execution(const core::ExecutionId& id, store::LookupDone<std::optional<EndedRow>> done) {
  ask([this, id, done = std::move(done)]() mutable {
    std::optional<EndedRow> row;
    {
      const std::lock_guard lock(mutex_);
      const auto found = disk_->ended.find(id);
      if (found != disk_->ended.end()) row = found->second;
    }
    done(std::move(row));
  });
}

void MemoryStorage::find_key(std::uint8_t slot, std::uint64_t key, store::LookupDone<std::optional<EndedRow>> done) {
  ask([this, slot, key, done = std::move(done)]() mutable {
    std::optional<EndedRow> row;
    {
      const std::lock_guard lock(mutex_);
      for (const auto& [id, each] : disk_->ended) {
        if (each.key == key && id.slot() == slot) row = each;
      }
    }
    done(std::move(row));
  });
}

void MemoryStorage::list(store::EndedFilter filter, store::LookupDone<store::EndedPage> done) {
  ask([this, filter, done = std::move(done)]() mutable {
    store::EndedPage page;
    {
      const std::lock_guard lock(mutex_);
      std::size_t at = filter.before == 0 ? disk_->ended_order.size() : filter.before;
      for (; at > 0 && page.rows.size() < filter.limit; --at) {
        const EndedRow& row = disk_->ended.at(disk_->ended_order[at - 1]);
        const bool fits = filter.slots.contains(row.id.slot()) && (!filter.flow || row.flow == *filter.flow) &&
                          (!filter.bundle || row.bundle == *filter.bundle) &&
                          (!filter.party || row.party == *filter.party);
        if (fits) page.rows.push_back(row);
      }
      page.next = at;
    }
    done(std::move(page));
  });
}

void MemoryStorage::each_key(store::SlotRange slots, std::function<void(KeyPortion)> portion,
                             store::LookupDone<std::monostate> done) {
  ask([this, slots, portion = std::move(portion), done = std::move(done)]() mutable {
    KeyPortion keys;
    {
      const std::lock_guard lock(mutex_);
      for (const auto& [id, row] : disk_->ended) {
        if (row.key != 0 && slots.contains(id.slot())) keys.emplace_back(row.key, row.ended_at_ms);
      }
    }
    if (!keys.empty()) portion(std::move(keys));
    done(std::monostate{});
  });
}

void MemoryStorage::each_ended(store::SlotRange slots, std::function<Status(const RowPortion&)> portion,
                               store::LookupDone<std::monostate> done) {
  ask([this, slots, portion = std::move(portion), done = std::move(done)]() mutable {
    RowPortion rows;
    {
      const std::lock_guard lock(mutex_);
      for (const core::ExecutionId& id : disk_->ended_order) {
        const auto row = disk_->ended.find(id);
        if (row != disk_->ended.end() && slots.contains(id.slot())) rows.push_back(row->second);
      }
    }
    const Status taken = portion(rows);
    done(taken ? Result<std::monostate>(std::monostate{}) : std::unexpected(taken.error()));
  });
}

void MemoryStorage::forget_ended(store::SlotRange slots, store::Retention retention, std::int64_t now_ms,
                                 std::size_t limit, store::LookupDone<std::size_t> done) {
  ask([this, slots, retention = std::move(retention), now_ms, limit, done = std::move(done)]() mutable {
    std::vector<core::ExecutionId> over;
    {
      const std::lock_guard lock(mutex_);
      for (const auto& [id, row] : disk_->ended) {
        std::int64_t kept = retention.default_ms;
        for (const auto& [flow, ms] : retention.by_flow) kept = flow == row.flow ? ms : kept;
        if (slots.contains(id.slot()) && row.ended_at_ms < now_ms - kept && over.size() < limit) over.push_back(id);
      }
      for (const core::ExecutionId& id : over) forget(id);
    }
    done(over.size());
  });
}

void MemoryStorage::erase_party(std::uint64_t party, store::LookupDone<std::size_t> done) {
  ask([this, party, done = std::move(done)]() mutable {
    std::vector<core::ExecutionId> theirs;
    {
      const std::lock_guard lock(mutex_);
      for (const auto& [id, row] : disk_->ended) {
        if (row.party == party) theirs.push_back(id);
      }
      for (const core::ExecutionId& id : theirs) forget(id);
    }
    done(theirs.size());
  });
}

}  // namespace flow::service::testing
