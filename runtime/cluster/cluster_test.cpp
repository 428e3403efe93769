// Nodes in one thread, on a virtual clock, over a network that loses and delays, while shards change hands: each call
// is answered once, and nothing begins twice.
#include "runtime/cluster/cluster_service.h"

#include <gtest/gtest.h>

#include <map>
#include <queue>
#include <random>
#include <set>

#include "base/limits.h"
#include "runtime/cluster/shard_mover.h"
#include "tests/support/long_run.h"

namespace flow::cluster {
namespace {

using namespace service;
using std::chrono::milliseconds;

constexpr int kShards = 4;

store::SlotRange range_of(int shard) {
  return {static_cast<std::uint8_t>(shard * 64), static_cast<std::uint8_t>(shard * 64 + 63)};
}

// Everything that nodes share: time, the network's temper, who owns what, and what is durable.
struct World {
  struct Event {
    std::int64_t at = 0;
    std::uint64_t number = 0;
    std::shared_ptr<std::move_only_function<void()>> run;
    bool operator>(const Event& other) const { return std::tie(at, number) > std::tie(other.at, other.number); }
  };

  explicit World(std::uint64_t seed) : random(seed) {}

  void after(std::int64_t delay, std::move_only_function<void()> run) {
    events.push({now + delay, next++, std::make_shared<std::move_only_function<void()>>(std::move(run))});
  }
  bool step() {
    if (events.empty()) return false;
    const Event event = events.top();
    events.pop();
    now = event.at;
    (*event.run)();
    return true;
  }
  std::int64_t below(std::int64_t bound) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(bound));
  }
  bool percent(int chance) { return below(100) < chance; }

  std::mt19937_64 random;
  std::int64_t now = 0;
  std::uint64_t next = 0;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events;
  int lost_percent = 0;
  store::ClusterView view;
  std::map<std::string, core::ExecutionId> by_key;  // durable
  std::vector<InboundMessage> inbound;              // taken
  std::map<std::string, int> begun;                 // by inputs
  std::map<core::ExecutionId, std::set<std::string>> signals;
};

// A service as one node has it: it does things for slots that are open.
class FakeLocal final : public Service {
 public:
  explicit FakeLocal(World& world) : world_(world) {}

  std::set<int> open;

  bool has(std::uint8_t slot) const { return open.contains(slot / 64); }
  static Fault not_here(std::uint8_t slot) {
    return Fault{Problem::not_owner, {ErrorCode::unavailable, "elsewhere"}, 0, slot};
  }
  // Done now, answered later; the shard may be lost meanwhile.
  template <typename T>
  void later(std::uint8_t slot, Done<T> done, T value) {
    world_.after(1 + world_.below(5), [this, slot, done = std::move(done), value = std::move(value)]() mutable {
      if (has(slot)) return done(std::move(value));
      done(std::unexpected(Fault{Problem::not_owner, {ErrorCode::unavailable, "lost"}}));
    });
  }

  void start(StartRequest request, Done<StartAnswer> done) override {
    const std::string& name = request.inputs_json.empty() ? request.idempotency_key : request.inputs_json;
    const std::uint8_t slot = core::slot_of(name);
    if (!has(slot)) return done(std::unexpected(not_here(slot)));
    StartAnswer answer;
    const auto known = world_.by_key.find(request.idempotency_key);
    if (!request.idempotency_key.empty() && known != world_.by_key.end()) {
      answer.execution = known->second;
      answer.repeated = true;
    } else {
      std::array<std::uint8_t, 15> bytes{};
      for (auto& byte : bytes) byte = static_cast<std::uint8_t>(world_.random());
      answer.execution = core::make_execution_id(slot, bytes);
      if (!request.idempotency_key.empty()) world_.by_key[request.idempotency_key] = answer.execution;
      ++world_.begun[request.inputs_json];
    }
    later(slot, std::move(done), std::move(answer));
  }
  void signal(core::ExecutionId execution, std::string name, Done<SignalAnswer> done) override {
    if (!has(execution.slot())) return done(std::unexpected(not_here(execution.slot())));
    world_.signals[execution].insert(name);
    later(execution.slot(), std::move(done), SignalAnswer{true});
  }
  void receipt(ReceiptReport report, Done<ReceiptVerdict> done) override {
    if (!has(report.execution.slot())) return done(std::unexpected(not_here(report.execution.slot())));
    later(report.execution.slot(), std::move(done), ReceiptVerdict::applied);
  }
  void contact(ContactRequest request, Done<ContactAnswer> done) override {
    const std::uint8_t slot = core::slot_of(request.address);
    if (!has(slot)) return done(std::unexpected(not_here(slot)));
    later(slot, std::move(done), ContactAnswer{{request.address, std::nullopt}, request.unsubscribed.value_or(false)});
  }
  void child_ended(core::ExecutionId execution, std::uint32_t, Done<bool> done) override {
    if (!has(execution.slot())) return done(std::unexpected(not_here(execution.slot())));
    later(execution.slot(), std::move(done), true);
  }
  void inbound(InboundMessage message, Done<InboundVerdict> done) override {
    const std::uint8_t slot = core::slot_of(message.sender);
    if (!has(slot)) return done(std::unexpected(not_here(slot)));
    world_.inbound.push_back(std::move(message));
    later(slot, std::move(done), InboundVerdict::taken);
  }
  void inspect(core::ExecutionId execution, Done<RawView> done) override {
    if (!has(execution.slot())) return done(std::unexpected(not_here(execution.slot())));
    RawView raw;
    raw.view.summary.execution = execution;
    later(execution.slot(), std::move(done), std::move(raw));
  }
  void read(core::ExecutionId, Done<ExecutionView>) override {}
  void list(ListQuery query, Done<ListPage> done) override {
    ListPage page;
    const auto& source = query.ended == true ? ended : running;
    for (const ExecutionSummary& each : source) {
      if (!query.cursor.empty() && query.cursor[0] == 'r' && each.order >= std::stoull(query.cursor.substr(1)))
        continue;
      if (page.executions.size() == query.limit) {
        page.next_cursor = "r" + std::to_string(page.executions.back().order);
        break;
      }
      page.executions.push_back(each);
    }
    done(std::move(page));
  }
  void shards(Done<std::vector<ShardView>> done) override {
    std::vector<ShardView> views;
    for (const int shard : open)
      views.push_back({.first_slot = range_of(shard).first, .last_slot = range_of(shard).last});
    done(std::move(views));
  }
  void erase_party(std::string e164, Done<EraseAnswer> done) override {
    const std::uint8_t slot = core::slot_of(e164);
    if (!has(slot)) return done(std::unexpected(not_here(slot)));
    done(EraseAnswer{1, 2});
  }
  void deploy(std::string, Done<DeployAnswer> done) override { done(DeployAnswer{}); }
  void bundles(Done<std::vector<BundleView>> done) override { done(std::vector<BundleView>{}); }
  void publish(std::string flow, std::string, Done<PublishedFlow> done) override { done(PublishedFlow{flow, "", 0}); }
  void unpublish(std::string flow, Done<PublishedFlow> done) override { done(PublishedFlow{flow, "", 0}); }
  void published(Done<std::vector<PublishedFlow>> done) override { done(std::vector<PublishedFlow>{}); }
  void start_batch(std::vector<StartRequest>, Done<std::vector<Outcome<StartAnswer>>> done) override {
    done(std::unexpected(Fault{Problem::invalid_request, {ErrorCode::invalid_argument, "too many"}}));
  }
  std::vector<MetricSample> metrics() const override { return {}; }
  bool ready() const override { return true; }

  std::vector<ExecutionSummary> running;  // the youngest first
  std::vector<ExecutionSummary> ended;

 private:
  World& world_;
};

class FakeMembership final : public store::Membership {
 public:
  FakeMembership(World& world, store::NodeId self) : world_(world), self_(self) {}
  void watch(store::ClusterWatcher given) override { watcher = std::move(given); }
  void unwatch() override { watcher = {}; }
  void drain() override { draining = true; }
  void look() override {}
  std::shared_ptr<const store::ClusterView> view() const override {
    auto view = std::make_shared<store::ClusterView>(world_.view);
    view->self = self_;
    return view;
  }
  milliseconds lease() const override { return milliseconds(1000); }
  bool connected() const override { return is_connected; }

  store::ClusterWatcher watcher;
  bool draining = false;
  bool is_connected = true;

 private:
  World& world_;
  store::NodeId self_;
};

class FakeRegistry final : public store::Registry {
 public:
  Result<std::vector<store::RegisteredBundle>> bundles() override { return std::vector<store::RegisteredBundle>{}; }
  Result<std::vector<store::PublishedFlow>> published() override { return std::vector<store::PublishedFlow>{}; }
  Result<std::string> bundle_bytes(std::uint32_t) override { return ""; }
  Result<store::RegisteredBundle> deploy(std::string_view, std::string_view, const std::vector<std::string>&,
                                         std::int64_t, bool*) override {
    return store::RegisteredBundle{};
  }
  Status publish(const store::PublishedFlow&) override { return {}; }
  std::uint64_t version() const override { return 7; }
  std::uint64_t read_version() const override { return read; }
  std::array<std::uint8_t, 16> hash_key() const override { return {}; }
  core::ClockBase saved_clock() const override { return {}; }
  Status save_clock(const core::ClockBase&) override { return {}; }

  std::uint64_t read = 7;
};

struct Net;

class FakePeers final : public Peers {
 public:
  FakePeers(World& world, Net& net) : world_(world), net_(net) {}
  void send(const std::string& address, std::string calls, milliseconds patience,
            std::move_only_function<void(PeerOutcome)> done) override;
  void after(milliseconds delay, std::move_only_function<void()> task) override {
    world_.after(delay.count(), std::move(task));
  }
  milliseconds now() const override { return milliseconds(world_.now); }

 private:
  World& world_;
  Net& net_;
};

struct FakeNode {
  FakeNode(World& world, Net& net, std::uint8_t number)
      : id{number}, local(world), membership(world, id), peers(world, net) {
    cluster = ClusterService::join({.local = local,
                                    .open_shard = [](store::SlotRange) -> Status { return {}; },
                                    .close_shard = [](store::SlotRange) -> Status { return {}; },
                                    .membership = membership,
                                    .registry = registry,
                                    .peers = peers,
                                    .metrics = metrics});
  }

  store::NodeId id;
  core::MetricSet metrics;
  FakeLocal local;
  FakeMembership membership;
  FakeRegistry registry;
  FakePeers peers;
  std::unique_ptr<ClusterService> cluster;
};

struct Net {
  explicit Net(World& of) : world(of) {
    for (std::uint8_t i = 0; i < 3; ++i) {
      nodes.push_back(std::make_unique<FakeNode>(world, *this, i));
      world.view.nodes.push_back({.id = nodes.back()->id,
                                  .name = "n",
                                  .address = std::string(1, static_cast<char>('0' + i)),
                                  .format = 1,
                                  .alive = true,
                                  .draining = false,
                                  .registry = 7});
    }
    world.view.generation = 1;
    for (int shard = 0; shard < kShards; ++shard) {
      world.view.shards.push_back({.slots = range_of(shard), .token = 1, .owner = {}, .format = 1});
      move(shard, shard % 3);
    }
  }

  // To another node, or to none (-1). The view says so a moment later.
  void move(int shard, int to) {
    for (const auto& node : nodes) node->local.open.erase(shard);
    if (to >= 0) nodes[static_cast<std::size_t>(to)]->local.open.insert(shard);
    world.after(world.below(30), [this, shard, to] {
      auto& entry = world.view.shards[static_cast<std::size_t>(shard)];
      entry.owner = to < 0 ? std::nullopt : std::optional(nodes[static_cast<std::size_t>(to)]->id);
      for (const auto& node : nodes) {
        if (node->membership.watcher.changed) node->membership.watcher.changed();
      }
    });
  }

  World& world;
  std::vector<std::unique_ptr<FakeNode>> nodes;
};

void FakePeers::send(const std::string& address, std::string calls, milliseconds patience,
                     std::move_only_function<void(PeerOutcome)> done) {
  auto kept = std::make_shared<std::move_only_function<void(PeerOutcome)>>(std::move(done));
  const auto fail_later = [this, kept](std::int64_t delay, bool sent) {
    world_.after(
        delay, [kept, sent] { (*kept)(std::unexpected(PeerFailure{{ErrorCode::unavailable, "the network"}, sent})); });
  };
  if (world_.percent(world_.lost_percent)) return fail_later(world_.below(50), world_.percent(50));
  const bool answer_lost = world_.percent(world_.lost_percent);
  world_.after(1 + world_.below(20),
               [this, address, calls = std::move(calls), kept, fail_later, answer_lost, patience] {
                 net_.nodes[static_cast<std::size_t>(address[0] - '0')]->cluster->answer_peer(
                     calls, [this, kept, fail_later, answer_lost, patience](std::optional<std::string> answers) {
                       if (answer_lost) return fail_later(world_.below(patience.count()), true);
                       world_.after(1 + world_.below(20), [kept, answers = std::move(answers)]() mutable {
                         if (answers) return (*kept)(std::move(*answers));
                         (*kept)(std::unexpected(PeerFailure{{ErrorCode::unavailable, "400"}, false}));
                       });
                     });
               });
}

int rounds() {
  return flow::testing_support::long_run() ? 2000 : 60;
}

TEST(Cluster, EachCallIsAnsweredOnceAndNothingBeginsTwice) {
  for (int seed = 1; seed <= rounds(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    World world(static_cast<std::uint64_t>(seed));
    Net net(world);
    world.lost_percent = seed % 4 * 10;
    const bool shards_move = seed % 3 != 0;
    std::map<std::string, int> answered;
    std::map<std::string, core::ExecutionId> acknowledged;
    std::set<std::string> unsure;
    constexpr int kStarts = 60;
    for (int i = 0; i < kStarts; ++i) {
      world.after(world.below(3000), [&, i] {
        StartRequest request;
        request.inputs_json = "request " + std::to_string(i);
        if (i % 2 == 0) request.idempotency_key = "key " + std::to_string(i);
        const std::string name = request.inputs_json;
        net.nodes[static_cast<std::size_t>(world.below(3))]->cluster->start(
            request, [&, name](Outcome<StartAnswer> answer) {
              ++answered[name];
              if (!answer) {
                EXPECT_TRUE(answer.error().problem == Problem::not_owner ||
                            answer.error().problem == Problem::storage_failed);
                if (answer.error().problem == Problem::storage_failed) unsure.insert(name);
                return;
              }
              acknowledged[name] = answer->execution;
              const core::ExecutionId id = answer->execution;
              net.nodes[static_cast<std::size_t>(world.below(3))]->cluster->signal(
                  id, "cancel", [&, id](Outcome<SignalAnswer> signalled) {
                    if (signalled) EXPECT_TRUE(world.signals[id].contains("cancel"));
                  });
              net.nodes[static_cast<std::size_t>(world.below(3))]->cluster->read(id, [id](Outcome<ExecutionView> view) {
                if (view) EXPECT_EQ(view->summary.execution, id);
              });
            });
      });
    }
    if (shards_move) {
      for (int i = 0; i < 12; ++i) {
        world.after(world.below(3000),
                    [&] { net.move(static_cast<int>(world.below(kShards)), static_cast<int>(world.below(4)) - 1); });
      }
      world.after(3500, [&] {
        for (int shard = 0; shard < kShards; ++shard) net.move(shard, shard % 3);
      });
    }
    while (world.step()) {
    }
    EXPECT_EQ(answered.size(), static_cast<std::size_t>(kStarts));
    for (const auto& [name, count] : answered) EXPECT_EQ(count, 1) << name;
    for (const auto& [name, count] : world.begun) EXPECT_EQ(count, 1) << name;
    for (const auto& [name, id] : acknowledged) EXPECT_EQ(world.begun[name], 1) << name;
    if (!shards_move && world.lost_percent == 0) EXPECT_EQ(acknowledged.size(), static_cast<std::size_t>(kStarts));
  }
}

TEST(Cluster, WhatNobodyHasIsRefusedAfterAWhile) {
  World world(1);
  Net net(world);
  for (int shard = 0; shard < kShards; ++shard) net.move(shard, -1);
  std::optional<Outcome<StartAnswer>> answer;
  StartRequest request;
  request.inputs_json = "i";
  net.nodes[0]->cluster->start(request, [&](Outcome<StartAnswer> given) { answer = given; });
  while (world.step()) {
  }
  ASSERT_TRUE(answer);
  ASSERT_FALSE(*answer);
  EXPECT_EQ(answer->error().problem, Problem::not_owner);
  EXPECT_GT(answer->error().retry_after_ms, 0);
  EXPECT_LT(world.now, 4'000);
}

TEST(Cluster, AContactIsAskedOfTheNodeOfItsSlot) {
  World world(1);
  Net net(world);
  std::size_t answered = 0;
  for (auto& node : net.nodes) {
    node->cluster->contact({.address = "+639171234567",
                            .reads = {"tier"},
                            .sets = {{"a", "b"}},
                            .tags = {"vip"},
                            .untags = {},
                            .unsubscribed = true},
                           [&](const Outcome<ContactAnswer>& answer) {
                             ASSERT_TRUE(answer);
                             EXPECT_EQ(answer->values,
                                       (std::vector<std::optional<std::string>>{"+639171234567", std::nullopt}));
                             EXPECT_TRUE(answer->unsubscribed);
                             ++answered;
                           });
  }
  while (world.step()) {
  }
  EXPECT_EQ(answered, net.nodes.size());
}

TEST(Cluster, WhatSomebodyWritesReachesTheNodeOfTheirSlot) {
  World world(1);
  Net net(world);
  int taken = 0;
  for (auto& node : net.nodes) {
    node->cluster->inbound({.channel = "viber_otp", .sender = "+639171234567", .message_id = "m", .reply = {}},
                           [&](const Outcome<InboundVerdict>& verdict) { taken += verdict == InboundVerdict::taken; });
  }
  while (world.step()) {
  }
  EXPECT_EQ(taken, static_cast<int>(net.nodes.size()));
  EXPECT_EQ(world.inbound.size(), net.nodes.size());
}

TEST(Cluster, WaitingCallsAreBounded) {
  World world(1);
  Net net(world);
  for (int shard = 0; shard < kShards; ++shard) net.move(shard, -1);
  while (world.now < 100 && world.step()) {
  }
  std::size_t overloaded = 0;
  std::size_t answered = 0;
  for (std::size_t i = 0; i < limits::kForwardsMax + 5; ++i) {
    net.nodes[0]->cluster->receipt({}, [&](Outcome<ReceiptVerdict> verdict) {
      ++answered;
      if (!verdict && verdict.error().problem == Problem::overloaded) ++overloaded;
    });
  }
  EXPECT_EQ(overloaded, 5U);
  while (world.step()) {
  }
  EXPECT_EQ(answered, limits::kForwardsMax + 5);
}

TEST(Cluster, ListsAreMergedFromAllNodes) {
  World world(1);
  Net net(world);
  std::uint64_t order = 100;
  for (int i = 0; i < 10; ++i) {
    ExecutionSummary summary;
    summary.order = order--;
    summary.flow = "running";
    net.nodes[static_cast<std::size_t>(i * i % 3)]->local.running.push_back(summary);
  }
  for (const auto& node : net.nodes) node->local.ended.resize(2);
  std::vector<std::uint64_t> orders;
  std::size_t ended = 0;
  ListQuery query{.flow = "", .bundle = "", .party = "", .ended = {}, .limit = 3, .cursor = ""};
  for (int page = 0; page < 10; ++page) {
    std::optional<ListPage> got;
    net.nodes[1]->cluster->list(query, [&](Outcome<ListPage> given) { got = given.value_or(ListPage{}); });
    while (!got && world.step()) {
    }
    ASSERT_TRUE(got);
    ASSERT_LE(got->executions.size(), 3U);
    for (const ExecutionSummary& each : got->executions) {
      if (each.flow == "running")
        orders.push_back(each.order);
      else
        ++ended;
    }
    query.cursor = got->next_cursor;
    if (query.cursor.empty()) break;
  }
  EXPECT_EQ(orders, (std::vector<std::uint64_t>{100, 99, 98, 97, 96, 95, 94, 93, 92, 91}));
  EXPECT_EQ(ended, 2U);
}

TEST(Cluster, ShardsOfAllNodesAreShownAndErasingGoesToTheOwner) {
  World world(1);
  Net net(world);
  std::optional<std::vector<ShardView>> views;
  std::optional<EraseAnswer> erased;
  net.nodes[2]->cluster->shards([&](Outcome<std::vector<ShardView>> given) { views = *given; });
  net.nodes[2]->cluster->erase_party("+639171234567", [&](Outcome<EraseAnswer> given) { erased = *given; });
  while (world.step()) {
  }
  ASSERT_TRUE(views);
  ASSERT_EQ(views->size(), static_cast<std::size_t>(kShards));
  EXPECT_EQ(views->back().last_slot, 255);
  ASSERT_TRUE(erased);
  EXPECT_EQ(erased->erased, 2U);
}

TEST(Cluster, APublicationIsAnsweredWhenEveryNodeHasReadIt) {
  World world(1);
  Net net(world);
  while (world.step()) {
  }
  const auto look = [&] {
    ++world.view.generation;
    net.nodes[0]->membership.watcher.changed();
  };
  bool answered = false;
  const auto publish = [&] {
    answered = false;
    net.nodes[0]->cluster->publish("otp", "v1", [&](Outcome<PublishedFlow> flow) { answered = flow.has_value(); });
  };
  world.view.nodes[2].registry = 6;
  publish();
  for (int i = 0; i < 5; ++i) look();
  EXPECT_FALSE(answered);
  world.view.nodes[2].registry = 7;
  look();
  EXPECT_TRUE(answered);
  // What had been asked for before the change may lack a node that joins meanwhile.
  store::ClusterNode joining = world.view.nodes[2];
  world.view.nodes.pop_back();
  publish();
  EXPECT_FALSE(answered);
  look();
  EXPECT_FALSE(answered);
  joining.registry = 6;
  world.view.nodes.push_back(joining);
  look();
  EXPECT_FALSE(answered);
  world.view.nodes[2].registry = 7;
  look();
  EXPECT_TRUE(answered);
  // A node that is lost is not waited for.
  world.view.nodes[2].registry = 6;
  world.view.nodes[2].alive = false;
  publish();
  look();
  look();
  EXPECT_TRUE(answered);
}

TEST(Cluster, ANodeIsReadyWhenTheOthersKnowOfItAndItHasReadTheRegistry) {
  World world(1);
  Net net(world);
  while (world.step()) {
  }
  world.view.generation = 0;
  net.nodes[0]->registry.read = 6;
  EXPECT_FALSE(net.nodes[0]->cluster->ready());
  world.view.generation = 1;
  EXPECT_FALSE(net.nodes[0]->cluster->ready());
  net.nodes[0]->registry.read = 7;
  EXPECT_TRUE(net.nodes[0]->cluster->ready());
  net.nodes[0]->registry.read = 6;  // later changes it reads while it serves: who makes them waits
  EXPECT_TRUE(net.nodes[0]->cluster->ready());
}

TEST(Cluster, AfterStoppingEverythingIsRefused) {
  World world(1);
  Net net(world);
  while (world.step()) {
  }
  int refused = 0;
  const auto count = [&](Outcome<ReceiptVerdict> verdict) { refused += verdict ? 0 : 1; };
  ReceiptReport report;
  report.execution.bytes[0] = 70;  // node 1's
  net.nodes[0]->cluster->receipt(report, count);
  net.nodes[0]->cluster->stop(milliseconds(1));
  EXPECT_EQ(refused, 1);
  EXPECT_TRUE(net.nodes[0]->membership.draining);
  EXPECT_FALSE(net.nodes[0]->cluster->ready());
  net.nodes[0]->cluster->receipt(report, count);
  EXPECT_EQ(refused, 2);
}

TEST(Mover, DoesEachThingOnceAndKeepsLosses) {
  std::mutex mutex;
  std::condition_variable changed;
  int opened = 0;
  int closed = 0;
  bool hold = true;
  ShardMover mover(
      [&](store::SlotRange) -> Status {
        std::unique_lock lock(mutex);
        ++opened;
        changed.notify_all();
        changed.wait(lock, [&] { return !hold; });
        return {};
      },
      [&](store::SlotRange) -> Status {
        const std::scoped_lock lock(mutex);
        ++closed;
        return {};
      });
  mover.take(range_of(0));
  {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return opened == 1; });
  }
  mover.take(range_of(0));
  mover.lost(range_of(0));  // while it is being opened
  {
    const std::scoped_lock lock(mutex);
    hold = false;
    changed.notify_all();
  }
  EXPECT_TRUE(mover.wait_until_empty(milliseconds(60'000)));
  EXPECT_EQ(closed, 1);
  mover.take(range_of(0));
  mover.take(range_of(1));
  {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return opened == 3; });
  }
  while (mover.open_count() > 0) {
    mover.give_back(range_of(0));
    mover.give_back(range_of(1));
    mover.wait_until_empty(milliseconds(10));
  }
  EXPECT_EQ(opened, 3);
  EXPECT_EQ(closed, 3);
}

}  // namespace
}  // namespace flow::cluster
