// The embedded store by itself: what a commit costs with batches of different sizes from one and two shards, how fast
// ended executions get into the tables, how fast a million waiting ones are read back.
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string_view>
#include <thread>
#include <vector>

#include "runtime/store/log/log.h"

namespace {

using namespace flow;
using namespace flow::store;
using Clock = std::chrono::steady_clock;
namespace fs = std::filesystem;

constexpr std::size_t kImageBytes = 140;  // so that a record has about 200

double cpu_seconds(int who = RUSAGE_SELF) {
  rusage usage{};
  ::getrusage(who, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

class Folder {
 public:
  Folder() {
    std::string pattern = (fs::temp_directory_path() / "flow-bench-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string data() const { return path_ + "/data"; }

 private:
  std::string path_;
};

std::shared_ptr<const crypto::Keyring> keys(bool sealed) {
  if (!sealed) return nullptr;
  return std::make_shared<const crypto::Keyring>(
      *crypto::Keyring::make({{"k1", std::string(crypto::kSealingKeyBytes, 'k')}}));
}

std::unique_ptr<Storage> open_store(const Folder& folder, bool sealed) {
  log::Options options;
  options.folder = folder.data();
  options.keys = keys(sealed);
  auto store = log::open(options);
  if (store) return *std::move(store);
  fmt::print(stderr, "{}\n", store.error().message);
  std::exit(1);
}

// Cheap, as good as random.
std::uint64_t mixed(std::uint64_t value) {
  value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9ULL;
  value = (value ^ value >> 27) * 0x94d049bb133111ebULL;
  return value ^ value >> 31;
}

ExecutionRecord record(std::uint64_t number, std::uint8_t slot, std::uint32_t revision, bool ended,
                       std::string_view image) {
  ExecutionRecord record;
  record.id.bytes[0] = slot;
  const std::uint64_t random = mixed(number + 1);
  for (std::size_t i = 8; i < 16; ++i) record.id.bytes[i] = static_cast<std::uint8_t>(random >> (8 * (i - 8)));
  record.revision = revision;
  record.bundle = 1;
  record.flow = 1 + number % 4;
  record.order = number;
  record.changed_at_ms = static_cast<std::int64_t>(1'700'000'000'000 + number / 20);
  record.ended_at_ms = ended ? record.changed_at_ms : 0;
  record.party = mixed(random % 500'000 + 1);
  record.key = mixed(random);
  record.image = image;
  return record;
}

// One shard: appends a batch, waits until it is on disk, and again.
struct Shard {
  std::unique_ptr<ShardLog> log;
  std::mutex mutex;
  std::condition_variable changed;

  void wait(std::uint64_t sequence) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return log->durable_through() >= sequence; });
  }
};

void append(std::size_t shards, std::size_t records, bool sealed) {
  const Folder folder;
  const auto store = open_store(folder, sealed);
  std::vector<std::unique_ptr<Shard>> all;
  for (std::size_t i = 0; i < shards; ++i) {
    all.push_back(std::make_unique<Shard>());
    Shard* const shard = all.back().get();
    const auto size = static_cast<std::uint8_t>(256 / shards);
    const auto first = static_cast<std::uint8_t>(i * size);
    shard->log = *store->open_shard({first, static_cast<std::uint8_t>(first + size - 1)}, [shard] {
      const std::lock_guard lock(shard->mutex);
      shard->changed.notify_one();
    });
  }
  std::atomic<bool> stop = false;
  std::atomic<std::uint64_t> total = 0;
  const std::string image(kImageBytes, 'i');
  const double cpu = cpu_seconds();
  const auto begin = Clock::now();
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < shards; ++i) {
    threads.emplace_back([&, i] {
      for (std::uint64_t number = 0; !stop;) {
        Batch batch;
        for (std::size_t n = 0; n < records; ++n) {
          batch.add(record(++number, static_cast<std::uint8_t>(i * (256 / shards)), 1, false, image));
        }
        all[i]->wait(all[i]->log->append(std::move(batch)));
        total += records;
      }
    });
  }
  std::this_thread::sleep_for(std::chrono::seconds(2));
  stop = true;
  for (std::thread& thread : threads) thread.join();
  const double wall = since(begin);
  const StorageSizes sizes = store->sizes();
  fmt::print(
      "append {} shard(s) x {:4} records{}: {:9.0f} records/s, {:6.0f} commits/s, {:.2f} ms a commit, {:.2f} us CPU a "
      "record\n",
      shards, records, sealed ? ", sealed" : "", static_cast<double>(total) / wall,
      static_cast<double>(sizes.commits) / wall, sizes.commit_seconds / static_cast<double>(sizes.commits) * 1e3,
      (cpu_seconds() - cpu) / static_cast<double>(total) * 1e6);
  all.clear();
}

// Executions end, 500 a batch, as fast as the tables take them.
void index(std::uint64_t before, std::uint64_t count, bool sealed) {
  const Folder folder;
  const auto store = open_store(folder, sealed);
  std::unique_ptr<ShardLog> log = *store->open_shard({0, 255}, [] {});
  const std::string image(kImageBytes, 'i');
  const auto run = [&](std::uint64_t from, std::uint64_t to) {
    for (std::uint64_t number = from; number < to;) {
      Batch batch;
      for (int i = 0; i < 500 && number < to; ++i, ++number) {
        batch.add(record(number, static_cast<std::uint8_t>(number), 3, true, image));
      }
      log->append(std::move(batch));
      log->report(0, UINT64_MAX);
      while (store->sizes().executions_behind > 100'000) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    while (store->sizes().executions_behind > 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  };
  run(0, before);
  double cpu = cpu_seconds() - cpu_seconds(RUSAGE_THREAD);  // the shard's own is not counted
  const auto begin = Clock::now();
  run(before, before + count);
  cpu = cpu_seconds() - cpu_seconds(RUSAGE_THREAD) - cpu;
  fmt::print("index {} after {}{}: {:.2f} us CPU an execution, {:.0f}/s, {} MB of tables, {} MB of log\n", count,
             before, sealed ? ", sealed" : "", cpu / static_cast<double>(count) * 1e6,
             static_cast<double>(count) / since(begin), store->sizes().lookup_bytes >> 20,
             store->sizes().log_bytes >> 20);
}

void load(std::uint64_t count, std::size_t shards, bool sealed) {
  const Folder folder;
  {
    const auto store = open_store(folder, sealed);
    const std::string image(kImageBytes, 'i');
    std::vector<std::unique_ptr<ShardLog>> logs;
    const auto size = static_cast<std::uint8_t>(256 / shards);
    for (std::size_t i = 0; i < shards; ++i) {
      const auto first = static_cast<std::uint8_t>(i * size);
      logs.push_back(*store->open_shard({first, static_cast<std::uint8_t>(first + size - 1)}, [] {}));
    }
    for (std::uint64_t number = 0; number < count;) {
      for (std::size_t i = 0; i < shards; ++i) {
        Batch batch;
        for (int n = 0; n < 100; ++n, ++number) {
          batch.add(record(number, static_cast<std::uint8_t>(i * size), 1, false, image));
        }
        logs[i]->append(std::move(batch));
      }
      while (logs[0]->queued_bytes() > 8 << 20) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
  double cpu = cpu_seconds();
  const auto begin = Clock::now();
  const auto store = open_store(folder, sealed);
  const double opened = since(begin);
  std::atomic<std::uint64_t> loaded = 0;
  std::vector<std::thread> threads;
  const auto size = static_cast<std::uint8_t>(256 / shards);
  for (std::size_t i = 0; i < shards; ++i) {
    threads.emplace_back([&, i] {
      const auto first = static_cast<std::uint8_t>(i * size);
      const auto log = *store->open_shard({first, static_cast<std::uint8_t>(first + size - 1)}, [] {});
      std::uint64_t own = 0;
      (void)log->load([&](const ExecutionRecord& record) -> Status {
        own += record.revision;
        return {};
      });
      loaded += own;
    });
  }
  for (std::thread& thread : threads) thread.join();
  fmt::print("load {} of {} MB, {} shard(s){}: opened in {:.0f} ms, loaded in {:.0f} ms, {:.0f} ms CPU\n",
             loaded.load(), store->sizes().log_bytes >> 20, shards, sealed ? ", sealed" : "", opened * 1e3,
             (since(begin) - opened) * 1e3, (cpu_seconds() - cpu) * 1e3);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view what = argc > 1 ? argv[1] : "all";
  for (const bool sealed : {false, true}) {
    if (what == "append" || what == "all") {
      for (const std::size_t shards : {1, 2}) {
        for (const std::size_t records : {1, 10, 100}) append(shards, records, sealed);
      }
    }
    if (what == "index" || what == "all") index(1'000'000, 300'000, sealed);
    if (what == "load" || what == "all") {
      for (const std::size_t shards : {1, 2}) load(1'000'000, shards, sealed);
    }
  }
  return 0;
}
