// Replays what a proof claims through the oracle and the interpreter, and tries to exceed it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/prove/prove.h"
#include "tests/oracle/oracle.h"

namespace flow::prove {

// A phone number of a region, and back: not one that anybody has, and not libphonenumber's view of the world.
std::string number_of(std::int64_t region);
std::int64_t region_of_number(std::string_view e164);

// What an execution did so far.
struct Observed {
  std::int64_t messages = 0;
  std::int64_t cost = 0;  // of what has a price, each SMS with its most parts
  std::map<check::ChannelKind, std::int64_t> by_kind;
  std::int64_t last_send_ms = 0;
  std::int64_t end_ms = 0;
  std::set<std::size_t> entered;       // steps
  std::vector<std::int64_t> sends_ms;  // each message's time
  bool ended = false;

  friend bool operator==(const Observed&, const Observed&) = default;
};

class Replay {
 public:
  // `child`: what each flow that it starts does; null: nothing.
  Replay(const check::Workspace& workspace, const check::Flow& flow, const Reach* child = nullptr);

  // Feeds the witness. Nothing when an event was ignored: then the witness tells a story that does not happen.
  std::optional<Observed> run(const Witness& witness, std::string* problem) const;

  // The same with the IR interpreter, over the flow as lowered.
  std::optional<Observed> run_interpreted(const Witness& witness, std::string* problem) const;

  // Does what it can to exceed a bound: depth first over events, `budget` of them. With `through` false no message is
  // ever delivered and no signal comes. `visit` sees what each execution did, after each event.
  template <typename Visit>
  void attack(const std::vector<Input>& inputs, bool through, std::size_t budget, const Visit& visit) const {
    Attack attack{budget, through, {}};
    attack.visit = [&](const Observed& observed) { visit(observed); };
    begin_attack(inputs, attack);
  }

 private:
  struct Attack {
    std::size_t budget;
    bool through;
    std::function<void(const Observed&)> visit;
  };

  std::vector<std::optional<oracle::Value>> values(const std::vector<Input>& inputs) const;
  program::FlowEvent raw_event(const Event& event) const;
  void note_start(const program::Effect& effect, std::int64_t at_ms, Observed& observed) const;
  void note(const std::vector<program::Effect>& effects, std::int64_t at_ms, Observed& observed) const;
  bool feed(oracle::State& state, const Event& event, Observed& observed) const;
  std::vector<Event> choices(const oracle::State& state, std::int64_t now, bool through) const;
  void begin_attack(const std::vector<Input>& inputs, Attack& attack) const;
  void go_on(const oracle::State& state, const Observed& observed, std::int64_t now, int depth, Attack& attack) const;

  const check::Workspace& workspace_;
  const check::Flow& flow_;
  const Reach* child_;
  oracle::Oracle oracle_;
  mutable std::array<program::FlowField, program::kReplyValues> values_{};  // of the last reply that was fed
};

}  // namespace flow::prove
