// One flowd: the real service core on a simulated machine. It can die at any time: then its memory is gone, what it
// still does reaches nobody, and its disk keeps what had been made durable, and perhaps more.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <utility>

#include "runtime/core/clock.h"
#include "runtime/service/local_service.h"
#include "tests/simulation/flows.h"
#include "tests/simulation/home.h"
#include "tests/simulation/judge.h"
#include "tests/simulation/seams.h"
#include "tests/simulation/stage.h"

namespace flow::simulation {

class Node;

// Who takes what nodes hand over.
class Taker {
 public:
  virtual ~Taker() = default;
  virtual outbox::ChannelPolicy policy(program::ChannelKind kind) const = 0;
  virtual void take(Node& node, outbox::SendRequest request, outbox::SendDone done) = 0;
  // Nodes ask each other about contacts.
  virtual void contact(Node& node, service::ContactRequest request, service::Done<service::ContactAnswer> done) = 0;
};

class Node {
 public:
  Node(Stage& stage, Judge& judge, Taker& taker, Home& home, std::uint32_t number, std::optional<Canary> canary);
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  // Now, or as soon as its store opens.
  void start();
  // Nothing that it does from here on is seen. It starts again by itself.
  void kill(const char* why);
  // Ends as an operator would end it, and starts again.
  void restart();
  // Stands still, and then goes on as if nothing had been.
  void pause(std::int64_t ms);

  bool up() const { return up_; }
  bool pausing() const { return stage_.agenda.now_ms() < paused_until_ms_; }
  Life life() const { return life_; }
  std::uint32_t number() const { return number_; }
  std::int64_t service_ms() const { return clock_.now_ms(); }
  std::uint64_t deaths() const { return deaths_; }
  bool owns(std::uint8_t slot) const { return home_.owns(slot); }
  // REQUIRES: up().
  service::Service& service() { return *service_; }
  // Something came in: it will run soon.
  void wake() { wake_at(stage_.agenda.now_ms() + static_cast<std::int64_t>(stage_.random.below(3))); }
  // Runs `action` when the node is not standing still, if this is still the same life.
  void reach(std::function<void()> action);

  // `done` in a form that is not called when this life is over by then. Where the node may die, it may die here.
  template <typename T, typename Run>
  service::Done<T> guard(Run run) {
    return [this, life = life_, run = std::move(run)](service::Outcome<T> outcome) mutable {
      if (!is(life)) return;
      if (may_die() && stage_.strikes(Fault::crash_at_effect) && stage_.chance.chance(50))
        return kill("dies before it answers");
      run(std::move(outcome));
      if (may_die() && stage_.strikes(Fault::crash_at_effect)) kill("dies after it answered");
    };
  }
  bool may_die() const { return deaths_ < kDeathsMax; }
  bool is(Life life) const { return up_ && life_ == life; }

 private:
  class MachineClock final : public core::Clock {
   public:
    explicit MachineClock(const Agenda& agenda) : agenda_(agenda) {}
    std::int64_t now_ms() const override { return base.at(agenda_.now_ms() + offset_ms); }
    core::ClockBase base;
    std::int64_t offset_ms = 0;  // of the machine's clock

   private:
    const Agenda& agenda_;
  };
  class Line final : public outbox::Transport {
   public:
    explicit Line(Node& node) : node_(node) {}
    std::optional<outbox::ChannelPolicy> policy(std::string_view channel) const override;
    void hand_over(outbox::SendRequest request, outbox::SendDone done) override;

   private:
    Node& node_;
  };

  // What its executions ask for that may be another node's.
  class Ways final : public service::Others {
   public:
    explicit Ways(Node& node) : node_(node) {}
    void start(service::StartRequest request, service::Done<service::StartAnswer> done) override;
    void contact(service::ContactRequest request, service::Done<service::ContactAnswer> done) override;
    void child_ended(core::ExecutionId execution, std::uint32_t operation, service::Done<bool> done) override;

   private:
    Node& node_;
  };

  static constexpr std::uint64_t kDeathsMax = 8;  // by chance, so that there is time for something else

  bool open();
  void start_in(std::int64_t ms);
  void join_cluster();
  void change_shard(store::SlotRange slots, bool take);
  void wake_at(std::int64_t at_ms);
  void run();

  Stage& stage_;
  Judge& judge_;
  Taker& taker_;
  Home& home_;
  const std::uint32_t number_;
  const std::optional<Canary> canary_;
  MachineClock clock_;
  Line line_;
  Ways ways_;
  Loader loader_;
  core::SeededRandom random_;
  std::unique_ptr<Seam> seam_;
  std::unique_ptr<service::LocalService> service_;
  bool up_ = false;
  bool starting_ = false;  // it is in the agenda
  Life life_ = 0;
  std::set<std::uint8_t> open_shards_;  // by first slot; where the home says which
  std::int64_t wake_ms_ = INT64_MAX;    // of the earliest run in the agenda
  std::int64_t paused_until_ms_ = INT64_MIN;
  std::uint64_t deaths_ = 0;
};

}  // namespace flow::simulation
