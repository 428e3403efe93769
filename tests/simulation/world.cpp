#include "tests/simulation/world.h"

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include <fmt/format.h>

#include "base/check.h"
#include "tests/simulation/clients.h"
#include "tests/simulation/database_home.h"
#include "tests/simulation/doors.h"
#include "tests/simulation/log_home.h"
#include "tests/simulation/provider.h"

namespace flow::simulation {

namespace {

constexpr std::uint32_t kOrders = 100;
constexpr std::size_t kTimelineLines = 120;
constexpr int kTroubles = 3;  // of each kind, of one node with its database, at most
constexpr std::int64_t kMinuteMs = 60'000;
// Looked at so long after the healing: nothing in these flows takes longer than two days.
constexpr std::array<std::int64_t, 6> kLookMs = {15 * kMinuteMs,   70 * kMinuteMs,   200 * kMinuteMs,
                                                 1500 * kMinuteMs, 1500 * kMinuteMs, 1500 * kMinuteMs};

Catalogue some_flows(generate::Random& random) {
  Catalogue catalogue;
  if (random.chance(60)) catalogue.flows.push_back(0);
  for (std::size_t i = 1 + random.below(3); i > 0; --i) {
    const std::size_t number = 1 + random.below(kFlows - 1);
    const auto same_name = [&](std::size_t other) { return other % kNames == number % kNames; };
    if (std::ranges::none_of(catalogue.flows, same_name)) catalogue.flows.push_back(number);
  }
  std::vector<std::size_t> flows = catalogue.flows;
  catalogue.versions.push_back(bundle_of(flows));
  std::ranges::reverse(flows);
  catalogue.versions.push_back(bundle_of(flows));
  return catalogue;
}

class World {
 public:
  explicit World(const Plan& plan)
      : stage_(plan.seed), doors_(stage_), provider_(stage_, judge_, doors_), orders_(plan.orders) {
    generate::Random random(generate::derive(plan.seed, 4));
    stage_.faults = Faults::draw(random);
    if (plan.faults) stage_.faults = *plan.faults;
    if (plan.without) stage_.faults.set(*plan.without, 0);
    if (orders_ == 0) orders_ = kOrders;
    catalogue_ = some_flows(random);
    clients_.emplace(stage_, judge_, doors_, catalogue_);
    over_ms_ = random.pick(std::vector<std::int64_t>{1000, 10'000, 60'000, 600'000});
    const bool others = random.chance(40);
    nodes_ = others ? 2 + static_cast<std::uint32_t>(random.below(2)) : 1;
    disk_ = !others && random.chance(40);
    if (plan.nodes != 0) nodes_ = plan.nodes;
    if (plan.disk) disk_ = *plan.disk;
    make_nodes(random, plan.canary);
  }

  Verdict run() {
    for (const auto& node : doors_.nodes) node->start();
    deploy();
    run_until(stage_.agenda.now_ms() + 10 * kMinuteMs, [this] { return deployed_; });
    if (!judge_.failure() && !deployed_) judge_.fail("the flows could not be deployed within ten minutes");
    // Every node looks at what others have deployed.
    if (!disk_) run_until(stage_.agenda.now_ms() + lease_ms_, [] { return false; });
    clients_->begin(orders_, over_ms_);
    if (!disk_) disturb();
    if (stage_.faults.has(Fault::publish_other)) publish_others();
    run_until(stage_.agenda.now_ms() + over_ms_ + 2 * kMinuteMs, [] { return false; });
    heal();
    finish();
    return verdict();
  }

 private:
  template <typename Done>
  void run_until(std::int64_t until_ms, const Done& done) {
    while (!judge_.failure() && !done() && stage_.agenda.run_next(until_ms)) {
    }
  }

  void make_nodes(generate::Random& random, std::optional<Canary> canary) {
    if (disk_) {
      nodes_ = 1;
      log_home_ = std::make_unique<LogHome>(stage_, random);
      doors_.nodes.push_back(std::make_unique<Node>(stage_, judge_, provider_, *log_home_, 0, canary));
      return;
    }
    lease_ms_ = random.pick(std::vector<std::int64_t>{60'000, 300'000});
    database_.emplace(stage_, 3 + static_cast<int>(random.below(6)), lease_ms_);
    database_->checks_fencing = canary != Canary::fencing_not_checked;
    database_->taken_over = [this](store::SlotRange slots, const store::NodeId& from) {
      for (std::size_t i = 0; i < homes_.size(); ++i)
        if (homes_[i]->self() == from) judge_.lost(doors_.nodes[i]->life(), slots);
    };
    for (std::uint32_t i = 0; i < nodes_; ++i) {
      const double rate =
          stage_.strikes(Fault::clock_drift) ? 1 + static_cast<double>(stage_.chance.between(-40, 40)) / 1000 : 1;
      homes_.push_back(std::make_unique<DatabaseHome>(stage_, *database_, i, lease_ms_, rate, nodes_ == 1));
      doors_.nodes.push_back(std::make_unique<Node>(stage_, judge_, provider_, *homes_.back(), i, canary));
    }
  }

  // Between the nodes and their database.
  void disturb() {
    for (std::uint32_t i = 0; i < nodes_; ++i) {
      homes_[i]->road.delay_ms_max = stage_.chance.pick(std::vector<std::int64_t>{1, 5, 50});
      for (int times = 0; times < kTroubles; ++times) disturb(i);
    }
    if (!stage_.strikes(Fault::database_down)) return;
    const Span span = some_span();
    for (const auto& home : homes_) cut(home->road, span);
  }
  void disturb(std::uint32_t node) {
    Road& road = homes_[node]->road;
    if (stage_.strikes(Fault::partition)) cut(road, some_span());
    if (stage_.strikes(Fault::lease_lost)) lose_renewals(road, some_span());
    if (!stage_.strikes(Fault::pause)) return;
    const Span span = some_span();
    stage_.agenda.in(span.in_ms, [this, node, span] {
      if (!stage_.healed) doors_.nodes[node]->pause(span.for_ms);
    });
  }
  struct Span {
    std::int64_t in_ms = 0;
    std::int64_t for_ms = 0;
  };
  // Drawn one after the other: the order of a call's arguments is each compiler's own.
  Span some_span() {
    Span span;
    span.in_ms = stage_.chance.between(0, over_ms_ + kMinuteMs);
    span.for_ms = stage_.chance.between(lease_ms_ / 20, lease_ms_ * 2);
    return span;
  }
  void cut(Road& road, Span span) {
    stage_.agenda.in(span.in_ms, [this, &road, span] {
      if (stage_.healed) return;
      stage_.note({.what = "no road to the database", .value = span.for_ms});
      road.cut = true;
      stage_.agenda.in(span.for_ms, [&road] { road.cut = false; });
    });
  }
  void lose_renewals(Road& road, Span span) {
    stage_.agenda.in(span.in_ms, [this, &road, span] {
      if (stage_.healed) return;
      stage_.note({.what = "no renewals", .value = span.for_ms});
      road.renewals_lost = true;
      stage_.agenda.in(span.for_ms, [&road] { road.renewals_lost = false; });
    });
  }

  void deploy() {
    if (deployed_) return;
    if (Node* node = doors_.any()) {
      node->service().deploy(catalogue_.versions[0], node->guard<service::DeployAnswer>([this](auto answer) {
        if (answer) publish(0, answer->bundle.version);
      }));
      node->wake();
    }
    stage_.agenda.in(2000, [this] { deploy(); });
  }

  void publish(std::size_t flow, const std::string& version) {
    Node* node = doors_.any();
    if (node == nullptr) return;
    node->service().publish(subject(catalogue_.flows[flow]).flow->name, version,
                            node->guard<service::PublishedFlow>([this, flow, version](auto answer) {
                              if (!answer) return;
                              if (flow + 1 == catalogue_.flows.size()) {
                                deployed_ = true;
                              } else {
                                publish(flow + 1, version);
                              }
                            }));
    node->wake();
  }

  // Operators who change their minds.
  void publish_others() {
    for (int i = 0; i < 4; ++i) {
      stage_.agenda.in(stage_.random.between(0, over_ms_), [this] {
        Node* node = doors_.any();
        if (node == nullptr) return;
        const std::string& bundle = stage_.random.pick(catalogue_.versions);
        node->service().deploy(bundle, node->guard<service::DeployAnswer>([this](auto answer) {
          Node* next = doors_.any();
          if (!answer || next == nullptr) return;
          const std::size_t flow = stage_.random.below(catalogue_.flows.size());
          next->service().publish(subject(catalogue_.flows[flow]).flow->name, answer->bundle.version,
                                  next->template guard<service::PublishedFlow>([](auto) {}));
          next->wake();
        }));
        node->wake();
      });
    }
  }

  void heal() {
    stage_.healed = true;
    stage_.note({.what = "from here on nothing goes wrong"});
    for (const auto& home : homes_) home->road.cut = home->road.renewals_lost = false;
    for (const auto& node : doors_.nodes) node->start();
    std::int64_t latest = 0;
    for (const auto& node : doors_.nodes) latest = std::max(latest, node->service_ms());
    judge_.healed(latest + kMinuteMs + (disk_ ? 0 : 4 * lease_ms_));
  }

  // Progress: everything comes to its end, and all of it is looked at.
  void finish() {
    for (const std::int64_t look_ms : kLookMs) {
      const std::int64_t until = stage_.agenda.now_ms() + look_ms;
      run_until(until, [] { return false; });
      if (judge_.failure()) return;
      if (clients_->waiting() > 0 || provider_.owed() > 0 || running_executions() > 0) continue;
      read_all();
      if (!judge_.failure()) judge_.close_all();
      return;
    }
    if (judge_.failure()) return;
    judge_.fail(fmt::format("no end: {} requests and {} reports are not answered, {} executions run",
                            clients_->waiting(), provider_.owed(), running_executions()));
    read_all();
  }

  // What the service answers when nothing goes wrong.
  template <typename T, typename Ask>
  std::optional<T> answer_to(Node& node, const Ask& ask) {
    std::optional<T> got;
    bool answered = false;
    if (!node.up()) {
      judge_.fail("a node does not come up again");
      return std::nullopt;
    }
    ask(node.service(), node.guard<T>([&](service::Outcome<T> outcome) {
      answered = true;
      if (outcome) {
        got = *std::move(outcome);
      } else {
        judge_.fail("a question was refused: " + outcome.error().error.message);
      }
    }));
    node.wake();
    run_until(stage_.agenda.now_ms() + kMinuteMs, [&] { return answered; });
    if (!answered) judge_.fail("a question was not answered within a minute");
    return got;
  }

  std::size_t running_executions() {
    std::size_t count = 0;
    for (const auto& node : doors_.nodes) {
      const auto page = answer_to<service::ListPage>(*node, [](service::Service& service, auto done) {
        service.list({.flow = "", .bundle = "", .ended = false, .limit = 200, .cursor = ""}, std::move(done));
      });
      count += page ? page->executions.size() : 1;
    }
    return count;
  }

  void read_all() {
    for (const auto& node : doors_.nodes) {
      std::string cursor;
      do {
        const auto page = answer_to<service::ListPage>(*node, [&](service::Service& service, auto done) {
          service.list({.flow = "", .bundle = "", .ended = std::nullopt, .limit = 200, .cursor = cursor},
                       std::move(done));
        });
        if (!page) return;
        for (const service::ExecutionSummary& each : page->executions) {
          if (judge_.is_closed(each.execution)) continue;
          Node* owner = owner_of(each.execution);
          const auto view = answer_to<service::ExecutionView>(
              *owner, [&](service::Service& service, auto done) { service.read(each.execution, std::move(done)); });
          if (view) judge_.close(*view);
          if (judge_.failure()) return;
        }
        cursor = page->next_cursor;
      } while (!cursor.empty());
    }
  }

  Node* owner_of(const core::ExecutionId& id) {
    for (std::size_t i = 0; i < homes_.size(); ++i)
      if (homes_[i]->owns(id.slot())) return doors_.nodes[i].get();
    return doors_.nodes.front().get();
  }

  Verdict verdict() {
    Verdict made;
    made.failure = judge_.failure();
    made.faults = stage_.faults;
    made.orders = orders_;
    made.nodes = nodes_;
    made.disk = disk_;
    made.executions = judge_.executions();
    made.sends = judge_.sends();
    made.repeats = judge_.repeats();
    for (const auto& node : doors_.nodes) made.deaths += node->deaths();
    made.events = stage_.trace.size();
    made.hash = stage_.trace.hash();
    if (made.failure) made.timeline = stage_.trace.text(made.failure->execution, made.failure->order, kTimelineLines);
    return made;
  }

  Stage stage_;
  Judge judge_;
  std::uint32_t nodes_ = 1;
  bool disk_ = false;
  std::int64_t lease_ms_ = 0;
  std::optional<Database> database_;
  std::vector<std::unique_ptr<DatabaseHome>> homes_;
  std::unique_ptr<LogHome> log_home_;  // of one alone
  Doors doors_;
  Provider provider_;
  std::uint32_t orders_;
  Catalogue catalogue_;
  std::optional<Clients> clients_;
  std::int64_t over_ms_ = 0;
  bool deployed_ = false;
};

}  // namespace

Verdict simulate(const Plan& plan) {
  return World(plan).run();
}

Plan shrink(Plan plan) {
  const Verdict first = simulate(plan);
  FLOW_CHECK(first.failure.has_value(), "seed {} does not fail", plan.seed);
  plan.faults = first.faults;
  plan.orders = first.orders;
  plan.nodes = first.nodes;
  plan.disk = first.disk;
  const auto still_fails = [](const Plan& smaller) { return simulate(smaller).failure.has_value(); };
  for (std::size_t i = 0; i < kFaults; ++i) {
    const Fault fault = static_cast<Fault>(i);
    if (!plan.faults->has(fault)) continue;
    Plan smaller = plan;
    smaller.faults->set(fault, 0);
    if (still_fails(smaller)) plan = smaller;
  }
  for (std::uint32_t orders : {1U, 2U, 4U, 8U, 16U, 32U, 64U}) {
    Plan smaller = plan;
    smaller.orders = orders;
    if (orders >= plan.orders || !still_fails(smaller)) continue;
    plan = smaller;
    break;
  }
  return plan;
}

std::string replay_command(const Plan& plan) {
  std::string text = fmt::format("--seed {}", plan.seed);
  if (plan.orders != 0) text += fmt::format(" --orders {}", plan.orders);
  if (plan.disk.value_or(false)) text += " --disk";
  if (plan.nodes != 0 && !plan.disk.value_or(false)) text += fmt::format(" --nodes {}", plan.nodes);
  if (plan.canary) text += fmt::format(" --canary {}", name_of(*plan.canary));
  if (plan.faults) text += fmt::format(" --faults \"{}\"", plan.faults->text());
  return text;
}

}  // namespace flow::simulation
