// Three flowds on one PostgreSQL under load, while nodes are killed, stopped, cut off from the database and restarted,
// and the database itself restarts: nothing acknowledged is lost, nothing begins twice, and a message is repeated only
// where a fault came between its being taken and its acceptance being committed.
//
// FLOW_TEST_SEED replays a run's choices; FLOW_TEST_LONG=1 has at least fifty kills and as much of the rest.
#include <algorithm>
#include <cstdlib>
#include <map>
#include <random>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "runtime/core/clock.h"
#include "tests/cluster/stage.h"
#include "tests/support/long_run.h"

namespace flow::cluster_test {
namespace {

using namespace std::chrono_literals;
using testing_support::LoggedMessage;
using testing_support::Order;

constexpr Milliseconds kLease{1000};
constexpr double kClockRate = 1.5;
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
      : stage_({.nodes = 3, .shards = 16, .lease = kLease, .clock_rate = kClockRate, .script = kScript}),
        long_(testing_support::long_run()) {
    const char* given = std::getenv("FLOW_TEST_SEED");
    const std::uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
    fmt::print("FLOW_TEST_SEED={}\n", seed);
    random_.seed(seed);
  }

  std::size_t below(std::size_t bound) { return random_() % bound; }

  void carry_out(Fault fault);
  bool delayed(const Order& order) const;
  bool interrupted(const LoggedMessage& before, const LoggedMessage& again) const;
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

// Whether a fault kept nodes from committing while its first messages were worth sending.
bool ClusterFaults::delayed(const Order& order) const {
  constexpr auto kHandOverMs = static_cast<std::int64_t>(20'000 / kClockRate);
  return std::ranges::any_of(windows_, [&](const Window& window) {
    return window.to_ms >= order.accepted_at_ms - kHandOverMs && window.from_ms <= order.accepted_at_ms + kHandOverMs;
  });
}

// A node that was stopped may hand over a copy after its lease went to another, so that faults count by their times.
bool ClusterFaults::interrupted(const LoggedMessage& before, const LoggedMessage& again) const {
  return std::ranges::any_of(windows_, [&](const Window& window) {
    return window.to_ms >= before.taken_at_ms - kTransitMsMost && window.from_ms <= again.taken_at_ms &&
           (!before.answered_at_ms || window.from_ms <= *before.answered_at_ms + kWriteMsMost);
  });
}

void ClusterFaults::judge() {
  ASSERT_EQ(stage_.finish(120s), 0U) << "not every execution ended\n" << stage_.logs();
  const std::size_t starts = stage_.orders().all().size();
  EXPECT_EQ(stage_.sql("select count(*), count(distinct key), count(distinct id) from flowd.ended"),
            fmt::format("{0}|{0}|{0}\n", starts))
      << "an order began twice, or was lost";
  const auto judgement = testing_support::judge(
      stage_.orders(), stage_.messages(),
      {.channels = [](const Order& order) { return order.number.starts_with("+63917") ? 2 : 1; },
       .delayed = [this](const Order& order) { return delayed(order); },
       .interrupted = [this](const auto& before, const auto& again) { return interrupted(before, again); }});
  for (const std::string& fault : judgement.faults) ADD_FAILURE() << fault;
  EXPECT_LE(judgement.too_late, starts / 50) << "more executions than a few missed their deadlines";
  std::ranges::sort(takeovers_);
  fmt::print(
      "{} starts, {} lost, {} too late to be sent and told so, {} messages, {} repeated, each of them announced in its "
      "timeline; {} kills, {} pauses, {} partitions, {} cuts, {} drains, {} database restarts; take-over after a kill: "
      "median {} ms, most {} ms (lease {} ms)\n",
      starts, judgement.lost, judgement.too_late, judgement.messages, judgement.repeats, count_[Fault::kill],
      count_[Fault::pause], count_[Fault::partition], count_[Fault::cut], count_[Fault::drain],
      count_[Fault::database_stop] + count_[Fault::database_kill], takeovers_[takeovers_.size() / 2].count(),
      takeovers_.back().count(), kLease.count());
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
