// The store on a disk that crashes, fails and lies, against a model of what was acknowledged.
#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "runtime/store/log/log.h"
#include "tests/support/simulated_disk.h"

namespace flow::store::log {
namespace {

using testing_support::SimulatedDisk;

constexpr std::size_t kShards = 2;
constexpr std::int64_t kTime = 1'000'000;

core::ExecutionId id_of(std::uint32_t name) {
  core::ExecutionId id;
  id.bytes[0] = static_cast<std::uint8_t>(name * 37);
  for (std::size_t i = 0; i < 4; ++i) id.bytes[12 + i] = static_cast<std::uint8_t>(name >> (8 * i));
  return id;
}

std::uint32_t name_of(const core::ExecutionId& id) {
  std::uint32_t name = 0;
  for (std::size_t i = 0; i < 4; ++i) name |= std::uint32_t{id.bytes[12 + i]} << (8 * i);
  return name;
}

std::size_t shard_of(std::uint32_t name) {
  return id_of(name).slot() < 128 ? 0 : 1;
}

std::string image_of(std::uint32_t name, std::uint32_t revision) {
  return fmt::format("image of {} at {} ", name, revision) + std::string(name * 13 % 300, 'x');
}

// What was appended, shard by shard, and what a store must say of it.
class World {
 public:
  World(std::uint64_t seed, bool sealed) : random_(seed), disk_(seed) {
    (void)disk_.make_folder("/d");
    options_.folder = "/d/data";
    options_.disk = &disk_;
    options_.threads = false;
    options_.segment_bytes = 8192;
    if (sealed) {
      options_.keys = std::make_shared<const crypto::Keyring>(
          *crypto::Keyring::make({{"k", std::string(crypto::kSealingKeyBytes, 'k')}}));
    }
  }
  ~World() { close(); }

  SimulatedDisk& disk() { return disk_; }
  bool is_open() const { return store_ != nullptr; }
  std::uint64_t pick(std::uint64_t below) { return random_() % below; }

  // Opens and compares; false when the disk refused.
  bool open() {
    Result<std::unique_ptr<Storage>> store = log::open(options_);
    if (!store) {
      refusal_ = store.error();
      return false;
    }
    store_ = *std::move(store);
    for (std::size_t i = 0; i < kShards; ++i) {
      const SlotRange slots = i == 0 ? SlotRange{0, 127} : SlotRange{128, 255};
      logs_[i] = *store_->open_shard(slots, [] {});
      batches_at_[i].clear();
    }
    return compare();
  }

  void close() {
    for (auto& log : logs_) log.reset();
    store_.reset();
  }

  const Error& refusal() const { return refusal_; }

  bool failed() const { return store_ != nullptr && logs_[0]->failure().has_value(); }

  // Some executions begin, go on, end, or change late.
  void append() {
    const std::size_t shard = pick(kShards);
    Batch batch;
    std::vector<Entry> entries;
    for (std::uint64_t count = 1 + pick(6); count > 0; --count) {
      std::uint32_t name = next_name_;
      if (pick(3) != 0 && next_name_ > 1) name = 1 + static_cast<std::uint32_t>(pick(next_name_ - 1));
      if (name == next_name_) ++next_name_;
      if (shard_of(name) != shard) continue;
      Execution& execution = executions_[name];
      const bool ended = execution.ended_at != 0 || pick(3) == 0;
      ++execution.appended;
      ++now_;
      if (ended && execution.ended_at == 0) execution.ended_at = kTime + now_;
      execution.ends[execution.appended] = execution.ended_at;
      add(batch, name, execution.appended, execution.ended_at);
      entries.push_back({name, execution.appended, false});
    }
    send(shard, std::move(batch), std::move(entries));
  }

  // What a shard does when it is asked to: all at once, or a part.
  void rewrite() {
    for (std::size_t shard = 0; shard < kShards; ++shard) {
      const std::uint64_t before = logs_[shard]->rewrite_before();
      if (before == 0) continue;
      Batch batch;
      std::vector<Entry> entries;
      bool all = true;
      for (auto& [name, execution] : executions_) {
        if (shard_of(name) != shard || execution.appended == 0 || execution.ended_at != 0) continue;
        if (batches_at_[shard][name] >= before) continue;
        if (entries.size() >= 5) {
          all = false;
          break;
        }
        add(batch, name, execution.appended, 0);
        entries.push_back({name, execution.appended, true});
      }
      send(shard, std::move(batch), std::move(entries));
      std::uint64_t live = 0;
      for (auto& [name, execution] : executions_) live += execution.ended_at == 0 ? 250 : 0;
      logs_[shard]->report(live, all ? before : 0);
    }
  }

  void purge() { (void)logs_[pick(kShards)]->purge(); }

  void deploy() {
    const std::string version = fmt::format("bundle {}", pick(20));
    bool known = false;
    const auto done = store_->registry().deploy(version, version + " bytes", {"a", version}, ++now_, &known);
    if (done) deployed_[version] = done->number;
    maybe_deployed_.insert(version);
  }

  void pump() {
    store_->pump();
    acknowledge();
  }

  void look() {
    if (next_name_ == 1) return;
    const auto name = 1 + static_cast<std::uint32_t>(pick(next_name_ - 1));
    const Execution& execution = executions_[name];
    const Result<std::optional<EndedRow>> row = ended(name);
    if (!row) return;  // the disk refused
    // Durable before it was asked for: seen.
    const bool must = execution.durable > 0 && execution.ends.at(execution.durable) != 0;
    EXPECT_TRUE(!must || (*row && (*row)->revision >= execution.durable)) << name;
    if (*row) EXPECT_EQ((*row)->image, image_of(name, (*row)->revision));
  }

  void crash(bool power) {
    // Whatever it still tries is refused.
    disk_.fail_changes_from(1);
    close();
    if (power) {
      disk_.crash();
    } else {
      disk_.kill();
    }
  }

  std::size_t executions() const { return executions_.size(); }
  std::uint64_t log_bytes() const { return store_->sizes().log_bytes; }

 private:
  struct Execution {
    std::uint32_t appended = 0;  // revisions
    std::uint32_t durable = 0;
    std::int64_t ended_at = 0;
    std::map<std::uint32_t, std::int64_t> ends;  // by revision: ended_at_ms
  };
  struct Entry {
    std::uint32_t name = 0;
    std::uint32_t revision = 0;
    bool again = false;
  };
  struct Sent {
    std::uint64_t sequence = 0;
    std::vector<Entry> entries;
    bool acknowledged = false;
  };

  void add(Batch& batch, std::uint32_t name, std::uint32_t revision, std::int64_t ended_at) {
    const std::string image = image_of(name, revision);
    ExecutionRecord record;
    record.id = id_of(name);
    record.revision = revision;
    record.bundle = record.flow = 1 + name % 3;
    record.order = name;
    // Now and then a late change comes in the very millisecond of the end.
    record.changed_at_ms = ended_at != 0 && pick(4) == 0 ? ended_at : kTime + now_;
    record.ended_at_ms = ended_at;
    record.party = 1 + name % 5;
    record.key = 1000 + name;
    record.image = image;
    batch.add(record);
  }

  void send(std::size_t shard, Batch batch, std::vector<Entry> entries) {
    if (batch.empty()) return;
    const std::uint64_t sequence = logs_[shard]->append(std::move(batch));
    for (const Entry& entry : entries) batches_at_[shard][entry.name] = sequence;
    sent_[shard].push_back({sequence, std::move(entries), false});
  }

  void acknowledge() {
    for (std::size_t shard = 0; shard < kShards; ++shard) {
      for (Sent& sent : sent_[shard]) {
        if (sent.sequence > logs_[shard]->durable_through()) break;
        sent.acknowledged = true;
        for (const Entry& entry : sent.entries) {
          Execution& execution = executions_[entry.name];
          execution.durable = std::max(execution.durable, entry.revision);
        }
      }
    }
  }

  Result<std::optional<EndedRow>> ended(std::uint32_t name) {
    std::optional<Result<std::optional<EndedRow>>> answer;
    store_->lookups().execution(id_of(name), [&](Result<std::optional<EndedRow>> row) { answer = std::move(row); });
    store_->pump();
    if (!answer) return fail(ErrorCode::internal, "no answer");
    return *std::move(answer);
  }

  bool compare() {
    std::map<std::uint32_t, std::uint32_t> running;
    for (auto& log : logs_) {
      const Status loaded = log->load([&](const ExecutionRecord& record) -> Status {
        const std::uint32_t name = name_of(record.id);
        EXPECT_EQ(record.image, image_of(name, record.revision));
        running[name] = record.revision;
        if (record.ended_at_ms != 0) running.erase(name);
        return {};
      });
      if (!loaded) {
        refusal_ = loaded.error();
        close();
        return false;
      }
    }
    for (auto& [name, execution] : executions_) {
      const auto runs = running.find(name);
      std::uint32_t revision = runs == running.end() ? 0 : runs->second;
      if (revision == 0) {
        const Result<std::optional<EndedRow>> row = ended(name);
        if (!row) {
          refusal_ = row.error();
          close();
          return false;
        }
        if (*row) {
          revision = (*row)->revision;
          EXPECT_EQ((*row)->image, image_of(name, revision));
          EXPECT_NE(execution.ends[revision], 0) << "execution " << name << " runs";
        }
      } else {
        EXPECT_EQ(execution.ends[revision], 0) << "execution " << name << " has ended at revision " << revision;
      }
      EXPECT_GE(revision, execution.durable) << "execution " << name << " lost what was acknowledged";
      EXPECT_LE(revision, execution.appended) << "execution " << name;
      execution.durable = execution.appended = revision;
      execution.ends.erase(execution.ends.upper_bound(revision), execution.ends.end());
      execution.ended_at = revision == 0 ? 0 : execution.ends[revision];
      running.erase(name);
    }
    EXPECT_TRUE(running.empty());
    // Batches are there or not, as a whole and in order.
    for (auto& sent : sent_) {
      bool gone = false;
      for (const Sent& each : sent) {
        for (const Entry& entry : each.entries) {
          const bool there = executions_[entry.name].appended >= entry.revision;
          if (!entry.again && !there) gone = true;
          EXPECT_FALSE(gone && there && !entry.again) << "a batch was torn, or came without the one before";
        }
      }
      sent.clear();
    }
    const auto bundles = store_->registry().bundles();
    if (bundles) {
      std::set<std::string> there;
      for (const RegisteredBundle& bundle : *bundles) there.insert(bundle.version);
      for (const auto& [version, number] : deployed_) EXPECT_TRUE(there.contains(version)) << version;
      for (const std::string& version : there) EXPECT_TRUE(maybe_deployed_.contains(version));
    }
    return true;
  }

  std::mt19937_64 random_;
  SimulatedDisk disk_;
  Options options_;
  std::unique_ptr<Storage> store_;
  std::array<std::unique_ptr<ShardLog>, kShards> logs_;
  std::array<std::vector<Sent>, kShards> sent_;
  std::array<std::map<std::uint32_t, std::uint64_t>, kShards> batches_at_;
  std::map<std::uint32_t, Execution> executions_;
  std::uint32_t next_name_ = 1;
  std::int64_t now_ = 0;
  std::map<std::string, std::uint32_t> deployed_;
  std::set<std::string> maybe_deployed_;
  Error refusal_{};
};

void step(World& world) {
  switch (world.pick(16)) {
    case 0:
      world.deploy();
      break;
    case 1:
      if (world.pick(4) == 0) world.purge();
      break;
    case 2:
    case 3:
      world.look();
      break;
    case 4:
    case 5:
    case 6:
      world.rewrite();
      break;
    case 7:
    case 8:
    case 9:
    case 10:
      world.pump();
      break;
    default:
      world.append();
  }
}

std::uint64_t seeds() {
  const char* const more = std::getenv("FLOW_STORE_SEEDS");
  return more != nullptr ? std::strtoull(more, nullptr, 10) : 60;
}

TEST(LogFaults, NothingAcknowledgedIsLostInCrashes) {
  for (std::uint64_t seed = 1; seed <= seeds(); ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    World world(seed, seed % 3 == 0);
    for (int life = 0; life < 8; ++life) {
      // A crash may come while it is being opened, too.
      if (world.pick(3) == 0) world.disk().fail_changes_from(1 + world.pick(40));
      if (world.pick(2) == 0) world.disk().set_syncs_that_fail_forget(true);
      if (world.open()) {
        world.disk().fail_changes_from(world.pick(3) == 0 ? 0 : 1 + world.pick(150));
        for (int i = 0; i < 150 && !world.failed(); ++i) step(world);
      }
      if (world.pick(4) == 0) {
        world.disk().fail_changes_from(0);
        world.close();
        world.disk().crash();  // after an orderly end nothing may depend on it
      } else {
        world.crash(world.pick(4) != 0);
      }
      if (testing::Test::HasFailure()) return;
    }
    ASSERT_TRUE(world.open()) << world.refusal().message;
    if (testing::Test::HasFailure()) return;
  }
}

// A life that is the same each time.
void live(World& world, int steps) {
  for (int i = 0; i < steps && !world.failed(); ++i) step(world);
}

TEST(LogFaults, TheNthOperationFails) {
  for (const bool all_later : {false, true}) {
    for (std::uint64_t nth = 1;; ++nth) {
      SCOPED_TRACE(fmt::format("change {}{}", nth, all_later ? " and later ones" : ""));
      World world(7, false);
      const std::uint64_t before = world.disk().changes();
      if (all_later) {
        world.disk().fail_changes_from(nth);
      } else {
        world.disk().fail_change(nth);
      }
      world.disk().set_syncs_that_fail_forget(nth % 2 == 0);
      if (world.open()) live(world, 120);
      if (world.is_open()) world.pump();
      world.close();
      if (!world.open() && world.is_open()) FAIL();
      world.close();
      const bool reached = world.disk().changes() - before >= nth;
      nth % 3 == 0 ? world.disk().crash() : world.disk().kill();
      ASSERT_TRUE(world.open()) << world.refusal().message;
      live(world, 10);
      if (testing::Test::HasFailure()) return;
      if (!reached) break;
      ASSERT_LT(nth, 5000U);
    }
  }
}

// A sync fails, the disk forgets what it should have written, and the operating system shows it nonetheless. Only the
// process starts again, goes on, acknowledges more; then the power goes.
TEST(LogFaults, AFailedSyncThatTheDiskForgetsCostsNothingLater) {
  for (std::uint64_t seed = 1; seed <= 2; ++seed) {
    for (std::uint64_t nth = 1;; ++nth) {
      SCOPED_TRACE(fmt::format("seed {}, change {}", seed, nth));
      World world(seed, seed == 2);
      world.disk().set_syncs_that_fail_forget(true);
      const std::uint64_t before = world.disk().changes();
      world.disk().fail_change(nth);
      if (world.open()) live(world, 60);
      const bool reached = world.disk().changes() - before >= nth;
      if (world.failed()) {
        // Nothing is promised any more, whatever the disk says now.
        world.append();
        world.pump();
        EXPECT_TRUE(world.failed());
      }
      world.close();
      ASSERT_TRUE(world.open()) << world.refusal().message;
      live(world, 40);
      world.crash(true);
      ASSERT_TRUE(world.open()) << world.refusal().message;
      if (testing::Test::HasFailure()) return;
      if (!reached) break;
      ASSERT_LT(nth, 5000U);
    }
  }
}

TEST(LogFaults, TheNthLookFails) {
  for (std::uint64_t nth = 1;; ++nth) {
    SCOPED_TRACE(fmt::format("look {}", nth));
    World world(11, false);
    ASSERT_TRUE(world.open());
    live(world, 100);
    world.crash(false);
    const std::uint64_t before = world.disk().looks();
    world.disk().fail_look(nth);
    if (world.open()) live(world, 40);
    const bool reached = world.disk().looks() - before >= nth;
    world.crash(false);
    ASSERT_TRUE(world.open()) << world.refusal().message;
    if (testing::Test::HasFailure()) return;
    if (!reached) break;
    ASSERT_LT(nth, 5000U);
  }
}

TEST(LogFaults, AFullDiskLosesNothing) {
  for (std::uint64_t kib = 40; kib < 200; kib += 4) {
    SCOPED_TRACE(fmt::format("{} KiB", kib));
    World world(kib, false);
    world.disk().set_capacity(kib * 1024);
    if (world.open()) live(world, 200);
    world.crash(true);
    ASSERT_TRUE(world.open()) << world.refusal().message;
    live(world, 20);
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace flow::store::log
