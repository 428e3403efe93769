#include "tests/simulation/node.h"

#include <algorithm>

#include "tests/differential/generate.h"

namespace flow::simulation {

namespace {

constexpr std::int64_t kDownMsMax = 20'000;
constexpr std::int64_t kJumpMsMax = 7'200'000;
constexpr std::int64_t kSkewMsMax = 300;
constexpr std::int64_t kRetentionMs = 400LL * 24 * 3600 * 1000;
// A node that nothing wakes looks after its house so often.
constexpr std::int64_t kIdleMs = 60'000;

}  // namespace

Node::Node(Stage& stage, Judge& judge, Taker& taker, Home& home, std::uint32_t number, std::optional<Canary> canary)
    : stage_(stage),
      judge_(judge),
      taker_(taker),
      home_(home),
      number_(number),
      canary_(canary),
      clock_(stage.agenda),
      line_(*this),
      ways_(*this),
      loader_(canary),
      random_(stage.random.next()) {}

Node::~Node() {
  up_ = false;
  home_.cut();
  service_.reset();
  seam_.reset();
  home_.close();
}

void Node::start() {
  if (up_) return;
  service_.reset();
  seam_.reset();
  home_.close();
  if (open()) return;
  stage_.note({.what = "cannot start", .node = number_});
  if (!starting_) start_in(stage_.healed ? 100 : 1000);
}

void Node::start_in(std::int64_t ms) {
  starting_ = true;
  stage_.agenda.in(ms, [this] {
    starting_ = false;
    start();
  });
}

bool Node::open() {
  life_ = stage_.next_life();
  open_shards_.clear();
  // Machines that share a database agree about time, nearly.
  if (home_.shards() == 0) {
    if (stage_.strikes(Fault::clock_drift)) clock_.offset_ms = stage_.chance.between(-kSkewMsMax, kSkewMsMax);
  } else if (deaths_ > 0 && stage_.strikes(Fault::clock_jump)) {
    clock_.offset_ms += stage_.chance.between(-kJumpMsMax, kJumpMsMax);
  }
  const auto wake = [this, life = life_] {
    if (is(life)) this->wake();
  };
  up_ = true;
  auto storage = home_.open(wake, [this, life = life_] {
    if (is(life)) kill("dies at its disk");
  });
  const auto give_up = [this] {
    if (up_) home_.cut();
    up_ = false;
    return false;
  };
  if (!storage && up_ && stage_.healed) judge_.fail("a store cannot be opened: " + storage.error().message);
  if (!storage || !up_) return give_up();
  const std::int64_t real = stage_.agenda.now_ms() + clock_.offset_ms;
  clock_.base = core::continue_clock((*storage)->registry().saved_clock(), real, 1, (*storage)->last_change_ms());
  if (Status saved = (*storage)->registry().save_clock(clock_.base); !saved || !up_) return give_up();
  seam_ = std::make_unique<Seam>(stage_, **storage, canary_, wake);
  auto opened = service::LocalService::open(
      {.storage = *seam_,
       .clock = clock_,
       .random = random_,
       .transport = line_,
       .loader = loader_,
       .region_of = generate::region_of},
      {.retention_ms = kRetentionMs,
       .seals = true,
       .shards = home_.shards(),
       .threads = false,
       .on_failure =
           [this, life = life_](const Error&) {
             if (is(life)) kill("its store failed");
           },
       .on_lost =
           [this, life = life_](store::SlotRange slots) {
             if (!is(life)) return;
             stage_.note({.what = "has lost a shard", .node = number_, .value = slots.first});
             open_shards_.erase(slots.first);
           }});
  if (!opened && up_) judge_.fail("a node cannot start: " + opened.error().message);
  if (!opened || !up_) return give_up();
  service_ = *std::move(opened);
  service_->asks_through(&ways_);
  stage_.note({.what = "starts", .node = number_});
  wake_ms_ = INT64_MAX;
  wake_at(stage_.agenda.now_ms());
  join_cluster();
  return true;
}

// Flows of the simulation start no others.
void Node::Ways::start(service::StartRequest request, service::Done<service::StartAnswer> done) {
  node_.service_->start(std::move(request), std::move(done));
}

void Node::Ways::contact(service::ContactRequest request, service::Done<service::ContactAnswer> done) {
  node_.taker_.contact(node_, std::move(request), std::move(done));
}

void Node::Ways::child_ended(core::ExecutionId execution, std::uint32_t operation, service::Done<bool> done) {
  node_.service_->child_ended(execution, operation, std::move(done));
}

void Node::join_cluster() {
  store::Membership* membership = home_.membership();
  if (membership == nullptr) return;
  const auto later = [this, life = life_](store::SlotRange slots, bool take) {
    stage_.agenda.in(0, [this, life, slots, take] {
      if (is(life)) reach([this, slots, take] { change_shard(slots, take); });
    });
  };
  membership->watch({.take = [later](store::SlotRange slots) { later(slots, true); },
                     .give_back = [later](store::SlotRange slots) { later(slots, false); },
                     .changed = {}});
}

void Node::change_shard(store::SlotRange slots, bool take) {
  if (open_shards_.contains(slots.first) == take) return;
  const Status done = take ? service_->open_shard(slots) : service_->close_shard(slots);
  if (take && done) open_shards_.insert(slots.first);
  if (!take) open_shards_.erase(slots.first);
  stage_.note({.what = !done  ? "is refused a shard"
                       : take ? "takes a shard"
                              : "gives back a shard",
               .node = number_,
               .value = slots.first});
  wake();
}

void Node::kill(const char* why) {
  if (!up_) return;
  stage_.note({.what = why, .node = number_});
  up_ = false;
  ++deaths_;
  home_.cut();
  judge_.died(life_);
  const std::int64_t down = stage_.healed ? 10 : stage_.chance.between(1, stage_.chance.chance(70) ? 200 : kDownMsMax);
  start_in(down);
}

void Node::restart() {
  if (!up_) return;
  stage_.note({.what = "is stopped", .node = number_});
  const Life life = life_;
  service_->stop(std::chrono::milliseconds(0));
  if (is(life)) kill("has stopped");
}

void Node::pause(std::int64_t ms) {
  if (!up_ || pausing()) return;
  stage_.note({.what = "stands still", .node = number_, .value = ms});
  paused_until_ms_ = stage_.agenda.now_ms() + ms;
  home_.stand_still(true);
  stage_.agenda.at(paused_until_ms_, [this] {
    home_.stand_still(false);
    wake();
  });
}

void Node::reach(std::function<void()> action) {
  if (!pausing()) return action();
  stage_.agenda.at(paused_until_ms_, [this, life = life_, action = std::move(action)] {
    if (is(life)) action();
  });
}

void Node::wake_at(std::int64_t at_ms) {
  if (!up_ || at_ms >= wake_ms_) return;
  wake_ms_ = at_ms;
  stage_.agenda.at(at_ms, [this, life = life_, at_ms] {
    if (!is(life) || wake_ms_ != at_ms) return;
    wake_ms_ = INT64_MAX;
    if (pausing()) return wake_at(paused_until_ms_);
    run();
  });
}

void Node::run() {
  if (may_die() && stage_.strikes(Fault::crash)) return kill("dies");
  const Life life = life_;
  service_->pump();
  if (!is(life)) return;
  if (seam_->quiet()) judge_.settled(life_);
  const std::int64_t now = clock_.now_ms();
  const std::int64_t next = std::min(service_->next_ms(), now + kIdleMs);
  wake_at(stage_.agenda.now_ms() + std::max<std::int64_t>(next - now, 1));
}

std::optional<outbox::ChannelPolicy> Node::Line::policy(std::string_view channel) const {
  if (channel == "viber_otp") return node_.taker_.policy(program::ChannelKind::viber);
  if (channel == "waba_otp") return node_.taker_.policy(program::ChannelKind::whatsapp);
  if (channel == "sms_otp") return node_.taker_.policy(program::ChannelKind::sms);
  return std::nullopt;
}

void Node::Line::hand_over(outbox::SendRequest request, outbox::SendDone done) {
  if (!node_.up_) return;
  if (node_.may_die() && node_.stage_.strikes(Fault::crash_at_effect) && node_.stage_.chance.chance(50))
    return node_.kill("dies before it hands over");
  if (!node_.home_.owns(request.execution.slot()))
    node_.judge_.fail(fmt::format("message {} was handed over by a node that had lost the shard", request.message),
                      node_.judge_.number_of(request.execution));
  node_.taker_.take(node_, std::move(request), std::move(done));
  if (node_.may_die() && node_.stage_.strikes(Fault::crash_at_effect)) node_.kill("dies after it handed over");
}

}  // namespace flow::simulation
