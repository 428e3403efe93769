// Three flowds on one PostgreSQL under load, while nodes are killed, stopped, cut off from the database and restarted,
// and the database itself restarts: nothing acknowledged is lost, nothing begins twice, and a message is repeated only
// where a fault came between its being taken and its acceptance being committed.
//
// FLOW_TEST_SEED replays a run's choices; FLOW_TEST_LONG=1 has at least fifty kills and as much of the rest.
#include <algorithm>
#include <cstdlib>
#include <map>
#include <random>
#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "runtime/core/clock.h"
#include "tests/cluster/stage.h"
#include "tests/support/long_run.h"

namespace flow::cluster_test {
namespace {

using namespace std::chrono_literals;

constexpr Milliseconds kLease{1000};
constexpr std::size_t kOpen = 6;
// From a provider's answer to its being durable, on a slow machine; and from a send to the provider's log.
constexpr std::int64_t kWriteMsMost = 2000;
constexpr std::int64_t kTransitMsMost = 1500;

// Filipinos never hear on Viber: their timers must fire.
constexpr const char* kScript = R"(
[[rules]]
channel = "viber"
number = "+63917*"
reports = []
[[rules]]
channel = "whatsapp"
reports = [{ status = "sent", after = "500ms" }, { status = "delivered", after = "1s" }]
[[rules]]
reports = [{ status = "sent", after = "300ms" }]
)";

enum class Fault { kill, pause, partition, cut, drain, database_stop, database_kill };

struct Window {  // of a fault
  std::int64_t from_ms = 0;
  std::int64_t to_ms = 0;
};

class ClusterFaults : public testing::Test {
 protected:
  ClusterFaults()
      : stage_({.nodes = 3, .shards = 16, .lease = kLease, .clock_rate = 1.5, .script = kScript}),
        long_(testing_support::long_run()) {
    const char* given = std::getenv("FLOW_TEST_SEED");
    const std::uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
    fmt::print("FLOW_TEST_SEED={}\n", seed);
    random_.seed(seed);
  }

  std::size_t below(std::size_t bound) { return random_() % bound; }

  void carry_out(Fault fault);
  void judge();

  Stage stage_;
  bool long_;
  std::mt19937_64 random_;
  std::vector<Window> windows_;
  std::map<Fault, int> count_;
  std::vector<Milliseconds> takeovers_;
};

void ClusterFaults::carry_out(Fault fault) {
  const std::size_t node = below(stage_.size());
  const Milliseconds long_enough = kLease + Milliseconds(300 + below(1500));
  ++count_[fault];
  Window window{core::real_now_ms(), 0};
  const auto load = [&](Milliseconds time) { stage_.load(time, kOpen); };
  switch (fault) {
    case Fault::kill: {
      stage_.kill(node);
      const auto taken = stage_.wait_until_served(node, 60s);
      ASSERT_TRUE(taken) << "the shards of a dead node were not taken over\n" << stage_.logs();
      takeovers_.push_back(*taken);
      load(Milliseconds(below(400)));
      stage_.launch(node);
      break;
    }
    case Fault::pause:
      stage_.pause(node, true);
      load(long_enough);
      stage_.pause(node, false);
      break;
    case Fault::partition:
      stage_.network(node).set(testing_support::TcpProxy::Mode::stall);
      load(long_enough);
      stage_.network(node).set(testing_support::TcpProxy::Mode::pass);
      break;
    case Fault::cut:
      stage_.network(node).set(testing_support::TcpProxy::Mode::swallow);
      load(Milliseconds(below(100)));
      stage_.network(node).cut();
      stage_.network(node).set(testing_support::TcpProxy::Mode::pass);
      break;
    case Fault::drain:
      EXPECT_EQ(stage_.stop(node), 0) << stage_.logs();
      load(Milliseconds(below(300)));
      stage_.launch(node);
      break;
    case Fault::database_stop:
    case Fault::database_kill:
      if (fault == Fault::database_stop)
        stage_.database().stop();
      else
        stage_.database().kill();
      load(Milliseconds(below(500)));
      stage_.database().start();
      break;
  }
  ASSERT_TRUE(stage_.wait_ready(node)) << stage_.logs();
  ASSERT_TRUE(stage_.wait_until_served(std::nullopt, 60s)) << stage_.logs();
  window.to_ms = core::real_now_ms();
  windows_.push_back(window);
  load(Milliseconds(200 + below(400)));
  for (std::size_t i = 0; i < stage_.size(); ++i)
    ASSERT_TRUE(stage_.running(i)) << "node " << i << "\n" << stage_.logs();
}

void ClusterFaults::judge() {
  ASSERT_EQ(stage_.finish(120s), 0U) << "not every execution ended\n" << stage_.logs();
  for (const std::string& fault : stage_.faults()) ADD_FAILURE() << fault;
  const auto orders = stage_.orders();
  EXPECT_EQ(stage_.sql("select count(*), count(distinct key), count(distinct id) from flowd.ended"),
            fmt::format("{0}|{0}|{0}\n", orders.size()))
      << "an order began twice, or was lost";
  std::map<std::pair<std::string, std::string>, LoggedMessage> last;
  std::map<std::string, std::set<std::string>> channels;
  int repeats = 0;
  for (const LoggedMessage& message : stage_.messages()) {
    channels[message.number].insert(message.channel);
    const auto [found, first] = last.try_emplace({message.channel, message.number}, message);
    if (first) continue;
    ++repeats;
    const LoggedMessage before = std::exchange(found->second, message);
    const bool excused = std::ranges::any_of(windows_, [&](const Window& window) {
      return window.to_ms >= before.taken_at_ms - kTransitMsMost && window.from_ms <= message.taken_at_ms &&
             (!before.answered_at_ms || window.from_ms <= *before.answered_at_ms + kWriteMsMost);
    });
    EXPECT_TRUE(excused) << message.channel << " to " << message.number << " was repeated without a fault between";
  }
  std::size_t lost = 0;
  for (const Order& order : orders) {
    if (order.execution.empty() || channels[order.number].empty()) ++lost;
    EXPECT_FALSE(order.execution.empty()) << order.key << " was never accepted";
    EXPECT_FALSE(channels[order.number].empty()) << order.key << " was accepted and not sent\n"
                                                 << stage_.timeline(order.execution);
    if (order.number.starts_with("+63917")) {
      EXPECT_GE(channels[order.number].size(), 2U) << order.key << ": its timer did not fire\n"
                                                   << stage_.timeline(order.execution);
    }
  }
  std::ranges::sort(takeovers_);
  fmt::print(
      "{} starts, {} lost, {} messages, {} repeated; {} kills, {} pauses, {} partitions, {} cuts, {} drains, {} "
      "database restarts; take-over after a kill: median {} ms, most {} ms (lease {} ms)\n",
      orders.size(), lost, last.size(), repeats, count_[Fault::kill], count_[Fault::pause], count_[Fault::partition],
      count_[Fault::cut], count_[Fault::drain], count_[Fault::database_stop] + count_[Fault::database_kill],
      takeovers_[takeovers_.size() / 2].count(), takeovers_.back().count(), kLease.count());
}

TEST_F(ClusterFaults, NothingIsLostAndNothingHappensTwice) {
  for (std::size_t i = 0; i < stage_.size(); ++i) stage_.launch(i);
  for (std::size_t i = 0; i < stage_.size(); ++i) ASSERT_TRUE(stage_.wait_ready(i)) << stage_.logs();
  ASSERT_TRUE(stage_.wait_until_served(std::nullopt, 60s)) << stage_.logs();
  stage_.deploy();
  stage_.load(500ms, kOpen);
  std::vector<Fault> faults = {Fault::kill,      Fault::kill, Fault::kill,  Fault::pause,         Fault::pause,
                               Fault::partition, Fault::cut,  Fault::drain, Fault::database_stop, Fault::database_kill};
  const int times = long_ ? 17 : 1;
  for (int i = 0; i < times; ++i) {
    std::ranges::shuffle(faults, random_);
    for (const Fault fault : faults) {
      carry_out(fault);
      if (HasFatalFailure()) return;
    }
  }
  judge();
}

}  // namespace
}  // namespace flow::cluster_test
