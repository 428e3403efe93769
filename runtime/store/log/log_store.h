// The store's two threads and what they share. The writer makes durable what the shards' logs queue, all of it with one
// write and one fsync; the librarian carries what has ended into the tables behind it, reads them, and lets go of old
// segments. Internal: users see runtime/store/log/log.h.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "runtime/store/log/ended_tables.h"
#include "runtime/store/log/log.h"
#include "runtime/store/log/registry_file.h"
#include "runtime/store/log/segments.h"

namespace flow::store::log {

// What the store knows of a shard that is open.
struct ShardState {
  SlotRange slots;
  std::mutex wake_mutex;
  std::function<void()> wake;  // none: closed
  std::atomic<std::uint64_t> durable{0};
  std::atomic<std::uint64_t> indexed{0};
  std::atomic<std::size_t> queued{0};  // bytes
  std::atomic<std::uint64_t> rewrite_before{0};
  std::atomic<std::uint64_t> purged_before{0};

  // Guarded by LogStore::mutex_.
  std::uint64_t next_sequence = 1;
  std::uint64_t none_before = 0;
  std::uint64_t live_bytes = 0;
  // The first batch that was written to each segment.
  struct Began {
    std::uint64_t segment = 0;
    std::uint64_t sequence = 0;
  };
  std::vector<Began> began;
  static constexpr std::uint64_t kNotWritten = UINT64_MAX;
  struct Purge {
    std::uint64_t before = 0;             // batches
    std::uint64_t segment = kNotWritten;  // the last that has any of them; 0: none has
  };
  std::vector<Purge> purges;
  // What the shard said, and the last batch that it had appended then.
  struct Report {
    std::uint64_t none_before = 0;
    std::uint64_t appended = 0;
  };
  std::vector<Report> reports;

  void wake_up();
};

// What a sealed part of a frame belongs to.
std::string seal_context(std::string_view store_id, std::uint64_t frame, const SlotRange& slots);

class LogStore final : public Storage, private Lookups {
 public:
  using Keys = std::shared_ptr<const crypto::Keyring>;
  LogStore(Options options, Disk& disk, std::unique_ptr<DiskLock> lock, std::unique_ptr<RegistryFile> registry,
           std::unique_ptr<Segments> segments, std::unique_ptr<EndedTables> tables);
  ~LogStore() override;

  // Nothing is written before: whether log and tables belong together, and the records that the tables lack are sound.
  Status examine();
  Result<Verified> verify();
  // Looking::execution(), of a store that was not started.
  Result<std::optional<EndedRow>> find(const core::ExecutionId& id);
  // Writes what opening has to write, and starts the threads.
  Status start();

  Registry& registry() override { return *registry_; }
  Lookups& lookups() override { return *this; }
  Result<std::unique_ptr<ShardLog>> open_shard(SlotRange slots, std::function<void()> wake) override;
  std::int64_t last_change_ms() const override;
  StorageSizes sizes() const override;
  Status backup(const std::string& folder) override;
  bool pump() override;

  // ---- For logs of shards
  Status load(const SlotRange& slots, const std::function<Status(const ExecutionRecord&)>& each) const;
  std::uint64_t append(const std::shared_ptr<ShardState>& shard, Batch batch);
  std::uint64_t purge(const std::shared_ptr<ShardState>& shard);
  void report(ShardState& shard, std::uint64_t live_bytes, std::uint64_t none_before);
  void close(const std::shared_ptr<ShardState>& shard);
  std::optional<LogFailure> failure() const;

  // Every record of these frames, opened; `slots`: only of parts that have any of these.
  Status each_record_of(std::uint64_t from, std::uint64_t to, const SlotRange& slots, bool check,
                        const std::function<Status(const ExecutionRecord&)>& each) const;

 private:
  struct Queued {
    std::shared_ptr<ShardState> shard;
    std::uint64_t sequence = 0;
    Batch batch;
  };
  // A batch on the disk, on its way to the tables; `bytes` only when something of it has ended.
  struct Written {
    std::shared_ptr<ShardState> shard;
    std::uint64_t sequence = 0;
    std::uint64_t frame = 0;
    std::size_t ended = 0;
    std::string bytes;
  };
  using Task = std::move_only_function<void(bool closed)>;

  // ---- Reading (log_reader.cpp)
  Status each_part_of(std::uint64_t from, std::uint64_t to, const SlotRange& slots, bool check,
                      const std::function<Status(std::string_view)>& each) const;

  // ---- Writer (log_writer.cpp)
  void write_loop();
  bool write_once();
  void take_queue();
  void build_frame(std::uint64_t number);
  void add_shard_part(const SlotRange& slots, std::uint64_t number);
  Status write_frame();
  void publish(std::uint64_t frame);
  void note_purges(std::uint64_t segment);
  void fail_all(const Error& error);

  // ---- Librarian (librarian.cpp)
  void library_loop();
  bool library_once(bool commit);
  Status absorb(std::vector<Written> items);
  Status absorb_row(const ExecutionRecord& record);
  Status apply();
  Status commit_tables(std::uint64_t first_segment);
  Status read_behind();
  Status copy_all(const std::string& folder);
  void post(Task task);
  template <typename T, typename Call>
  void ask(LookupDone<T> done, Call call);

  // ---- Cleaning (cleaning.cpp), on the librarian's thread
  Status clean();
  void settle_reports(ShardState& shard);
  std::uint64_t free_through() const;
  std::uint64_t clean_target(std::uint64_t bytes, std::uint64_t live);
  static std::uint64_t first_batch_after(const ShardState& shard, std::uint64_t segment);
  void look_at_space();

  // ---- Lookups (librarian.cpp)
  void execution(const core::ExecutionId& id, LookupDone<std::optional<EndedRow>> done) override;
  void find_key(std::uint8_t slot, std::uint64_t key, LookupDone<std::optional<EndedRow>> done) override;
  void list(EndedFilter filter, LookupDone<EndedPage> done) override;
  void each_key(SlotRange slots, std::function<void(KeyPortion)> portion, LookupDone<std::monostate> done) override;
  void each_ended(SlotRange slots, std::function<Status(const RowPortion&)> portion,
                  LookupDone<std::monostate> done) override;
  void forget_ended(SlotRange slots, Retention retention, std::int64_t now_ms, std::size_t limit,
                    LookupDone<std::size_t> done) override;
  void erase_party(std::uint64_t party, LookupDone<std::size_t> done) override;

  Options options_;
  Disk& disk_;
  std::unique_ptr<DiskLock> lock_;
  std::unique_ptr<RegistryFile> registry_;
  std::unique_ptr<Segments> segments_;
  std::string store_id_;

  // Shared.
  mutable std::mutex mutex_;
  std::condition_variable writer_wake_;
  std::condition_variable librarian_wake_;
  std::condition_variable written_;  // something became durable, or never will
  std::vector<Queued> queue_;
  std::vector<Written> to_library_;
  std::deque<Task> tasks_;
  std::vector<std::shared_ptr<ShardState>> shards_;
  bool rotate_ = false;
  bool stop_writer_ = false;
  bool stop_library_ = false;
  bool started_ = false;
  bool closing_ = false;
  std::optional<LogFailure> failure_;
  std::array<std::uint64_t, core::kSlots> kept_from_{};  // segments before it have nothing that runs in the slot
  std::uint64_t holds_ = 0;                              // copies that are under way: nothing is let go of
  std::atomic<std::uint64_t> behind_{0};
  std::atomic<std::uint64_t> commits_{0};
  std::atomic<double> commit_seconds_{0};
  std::atomic<std::int64_t> last_change_ms_{0};
  std::atomic<bool> low_space_{false};
  std::atomic<std::uint64_t> lookup_bytes_{0};

  // Writer.
  std::vector<Queued> taken_;
  std::vector<Written> written_items_;
  std::string frame_;
  std::string part_;
  std::int64_t log_change_ms_ = 0;

  // Librarian.
  std::unique_ptr<EndedTables> tables_;
  std::vector<EndedRow> pending_;
  std::unordered_map<core::ExecutionId, std::size_t> pending_places_;
  std::size_t pending_ended_ = 0;  // of behind_
  std::size_t applied_rows_ = 0;   // in the transaction that is open
  std::uint64_t absorbed_frame_ = 0;
  std::unordered_map<std::shared_ptr<ShardState>, std::uint64_t> absorbed_;  // the last batch of each shard
  std::chrono::steady_clock::time_point last_commit_{};
  std::chrono::steady_clock::time_point last_place_{};
  std::chrono::steady_clock::time_point last_clean_{};
  std::uint64_t lap_end_ = 0;      // cleaning goes once through the log until this segment
  std::uint64_t floor_bytes_ = 0;  // what a whole lap did not get below

  std::thread writer_;
  std::thread librarian_;
};

}  // namespace flow::store::log
