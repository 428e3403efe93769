// The national prefix that libphonenumber strips from what follows a calling code (`+63 0917…`), or transforms, by
// pattern: which of the ways of a backtracking matcher wins is kept in order, digit by digit. Runs while building.
#pragma once

#include <optional>
#include <string>

#include "numbers/plan/direct.h"

namespace flow::numbers::plan {

// What becomes of the digits: `insert`, then `take` digits after the first `skip`, then all after `drop` more.
struct Rewriting {
  std::string insert;
  std::uint8_t skip = 0;
  std::uint8_t take = 0;
  std::uint8_t drop = 0;
  auto operator<=>(const Rewriting&) const = default;
};

class Prefix {
 public:
  // `direct` reads what a rewriting leaves. REQUIRES: it outlives this.
  Prefix(const Direct::Metadata& metadata, Direct& direct);

  struct Stripped {
    Rewriting rewriting;
    Direct::State state = 0;
    auto operator<=>(const Stripped&) const = default;
  };
  // A way through the pattern that is not at its end yet.
  struct Thread {
    Automaton::State at = 0;
    bool at_end = false;  // goes on only when the text ends
    int open = -1;        // where the group begins and ends that the transformation keeps
    int close = -1;
    Direct::State kept = 0;  // reads what is inserted and what the group holds so far
    auto operator<=>(const Thread&) const = default;
  };
  struct State {
    std::vector<Thread> threads;      // what a backtracking matcher prefers first
    std::optional<Stripped> matched;  // that which wins when none of them does
    auto operator<=>(const State&) const = default;
  };

  State start();
  // `digits`: how many were read before this one.
  State after(const State& state, unsigned digit, std::size_t digits);
  // What would be stripped when the number ends here; none: nothing.
  std::optional<Stripped> result(const State& state, std::size_t digits);

 private:
  struct Step;
  void follow(Step& step, Thread thread);
  Stripped stripped(const Thread& thread, std::size_t digits);

  Direct& direct_;
  Automaton automaton_;
  std::optional<Automaton::Pattern> pattern_;
  std::string insert_;
  bool transforms_ = false;
  unsigned group_ = 0;
};

}  // namespace flow::numbers::plan
