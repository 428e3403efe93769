#include "numbers/plan/pattern.h"

#include "base/check.h"

namespace flow::numbers::plan {

using State = Automaton::State;

// Recursive descent, building the automaton on the way: each part leads from one state to another. A quantified part is
// built as often as it may occur.
class PatternReader {
 public:
  PatternReader(Automaton& automaton, const std::string& pattern) : automaton_(automaton), pattern_(pattern) {}

  State whole(State from) {
    const State to = alternatives(from);
    FLOW_CHECK(at_ == pattern_.size(), "{} in `{}`", at_, pattern_);
    return to;
  }

 private:
  bool more() const { return at_ < pattern_.size(); }
  bool take(char c) {
    if (!more() || pattern_[at_] != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) { FLOW_CHECK(take(c), "no `{}` at {} in `{}`", c, at_, pattern_); }

  State alternatives(State from) {
    const State to = automaton_.node();
    do {
      link(sequence(from), to);
    } while (take('|'));
    return to;
  }

  State sequence(State from) {
    State last = from;
    while (more() && pattern_[at_] != '|' && pattern_[at_] != ')') last = quantified(last);
    return last;
  }

  State quantified(State from) {
    const std::size_t begin = at_;
    const State once = atom(from);
    const std::size_t end = at_;
    int low = 1;
    int high = 1;
    if (take('?')) {
      low = 0;
    } else if (take('{')) {
      low = high = number();
      if (take(',')) high = number();
      expect('}');
    }
    FLOW_CHECK(high >= 1 && low <= high && high <= 20, "quantifier at {} in `{}`", end, pattern_);
    const std::size_t rest = at_;
    const State to = automaton_.node();
    if (low == 0) link(from, to);
    State last = once;
    for (int count = 1; count < high; ++count) {
      if (count >= low) link(last, to);
      at_ = begin;
      last = atom(last);
    }
    link(last, to);
    at_ = rest;
    return to;
  }

  State atom(State from) {
    if (take('(')) {
      if (take('?')) expect(':');
      const State to = alternatives(from);
      expect(')');
      return to;
    }
    std::array<bool, 10> digits{};
    if (take('[')) {
      while (!take(']')) one_or_range(digits);
    } else {
      one_or_range(digits);
    }
    const State to = automaton_.node();
    for (std::size_t digit = 0; digit < digits.size(); ++digit) {
      if (digits[digit]) automaton_.nodes_[from].on[digit].push_back(to);
    }
    return to;
  }

  // A digit, \d, or, within a set, a range of digits.
  void one_or_range(std::array<bool, 10>& digits) {
    if (take('\\')) {
      expect('d');
      digits.fill(true);
      return;
    }
    const int first = digit();
    const int last = take('-') ? digit() : first;
    for (int value = first; value <= last; ++value) digits[static_cast<std::size_t>(value)] = true;
  }

  int digit() {
    FLOW_CHECK(more() && pattern_[at_] >= '0' && pattern_[at_] <= '9', "no digit at {} in `{}`", at_, pattern_);
    return pattern_[at_++] - '0';
  }

  int number() {
    int value = digit();
    while (more() && pattern_[at_] >= '0' && pattern_[at_] <= '9') value = 10 * value + digit();
    return value;
  }

  void link(State from, State to) { automaton_.nodes_[from].empty.push_back(to); }

  Automaton& automaton_;
  const std::string& pattern_;
  std::size_t at_ = 0;
};

State Automaton::node() {
  nodes_.emplace_back();
  return static_cast<State>(nodes_.size() - 1);
}

State Automaton::add(const std::string& pattern, bool prefix) {
  const State root = node();
  roots_.insert(root);
  const State end = PatternReader(*this, pattern).whole(root);
  if (!prefix) return end;
  for (auto& on : nodes_[end].on) on.push_back(end);
  return end;
}

Automaton::States Automaton::after(const States& states, int digit) const {
  States next;
  for (const State state : states) {
    const auto& to = nodes_[state].on[static_cast<std::size_t>(digit)];
    next.insert(to.begin(), to.end());
  }
  return closed(std::move(next));
}

Automaton::States Automaton::closed(States states) const {
  std::vector<State> waiting(states.begin(), states.end());
  while (!waiting.empty()) {
    const State state = waiting.back();
    waiting.pop_back();
    for (const State next : nodes_[state].empty) {
      if (states.insert(next).second) waiting.push_back(next);
    }
  }
  return states;
}

}  // namespace flow::numbers::plan
