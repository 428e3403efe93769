#include "numbers/plan/pattern.h"

#include <algorithm>
#include <array>

#include "base/check.h"

namespace flow::numbers::plan {

using State = Automaton::State;
using Edge = Automaton::Edge;

namespace {

constexpr std::uint16_t kAnyDigit = 0x3ff;

}  // namespace

// Recursive descent, building the automaton on the way: each part leads from one state to another, and what is tried
// first is linked first. A quantified part is built as often as it may occur.
class PatternReader {
 public:
  PatternReader(Automaton& automaton, const std::string& pattern) : automaton_(automaton), pattern_(pattern) {}

  State whole(State from) {
    const State to = alternatives(from);
    FLOW_CHECK(at_ == pattern_.size(), "{} in `{}`", at_, pattern_);
    return to;
  }
  unsigned groups() const { return groups_; }

 private:
  bool more() const { return at_ < pattern_.size(); }
  bool take(char c) {
    if (!more() || pattern_[at_] != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) { FLOW_CHECK(take(c), "no `{}` at {} in `{}`", c, at_, pattern_); }

  State alternatives(State from) {
    const State to = automaton_.fresh();
    do {
      const State begin = automaton_.fresh();
      link(from, begin);
      link(sequence(begin), to);
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
    unsigned low = 1;
    unsigned high = 1;
    if (take('?')) {
      low = 0;
    } else if (take('{')) {
      low = high = number();
      if (take(',')) high = number();
      expect('}');
    }
    FLOW_CHECK(high >= 1 && low <= high && high <= 20, "quantifier at {} in `{}`", end, pattern_);
    const std::size_t rest = at_;
    const State to = automaton_.fresh();
    if (low == 0) link(from, to);
    State last = once;
    for (unsigned count = 1; count < high; ++count) {
      at_ = begin;
      const State more = atom(last);
      if (count >= low) link(last, to);
      last = more;
    }
    link(last, to);
    at_ = rest;
    return to;
  }

  State atom(State from) {
    if (take('(')) return group(from);
    const State to = automaton_.fresh();
    if (take('$')) {
      link(from, to, Edge::Kind::end);
      return to;
    }
    std::uint16_t digits = 0;
    if (take('[')) {
      while (!take(']')) digits |= one_or_range();
    } else {
      digits = one_or_range();
    }
    const State begin = automaton_.fresh();
    link(from, begin);
    automaton_.nodes_[begin].digits = digits;
    automaton_.nodes_[begin].next = to;
    return to;
  }

  State group(State from) {
    if (take('?')) {
      expect(':');
      const State to = alternatives(from);
      expect(')');
      return to;
    }
    const auto group = static_cast<std::uint8_t>(++groups_);
    const State inside = automaton_.fresh();
    const State to = automaton_.fresh();
    link(from, inside, Edge::Kind::open, group);
    const State end = alternatives(inside);
    expect(')');
    link(end, to, Edge::Kind::close, group);
    return to;
  }

  // A digit, \d, or, within a set, a range of digits.
  std::uint16_t one_or_range() {
    if (take('\\')) {
      expect('d');
      return kAnyDigit;
    }
    const unsigned first = digit();
    const unsigned last = take('-') ? digit() : first;
    unsigned digits = 0;
    for (unsigned value = first; value <= last; ++value) digits |= 1U << value;
    return static_cast<std::uint16_t>(digits);
  }

  unsigned digit() {
    FLOW_CHECK(more() && pattern_[at_] >= '0' && pattern_[at_] <= '9', "no digit at {} in `{}`", at_, pattern_);
    return static_cast<unsigned>(pattern_[at_++] - '0');
  }

  unsigned number() {
    unsigned value = digit();
    while (more() && pattern_[at_] >= '0' && pattern_[at_] <= '9') value = 10 * value + digit();
    return value;
  }

  void link(State from, State to, Edge::Kind kind = Edge::Kind::empty, std::uint8_t group = 0) {
    automaton_.nodes_[from].edges.push_back({kind, group, to});
  }

  Automaton& automaton_;
  const std::string& pattern_;
  std::size_t at_ = 0;
  unsigned groups_ = 0;
};

State Automaton::fresh() {
  nodes_.emplace_back();
  return static_cast<State>(nodes_.size() - 1);
}

Automaton::Pattern Automaton::add(const std::string& pattern, bool prefix) {
  const auto [known, is_new] = known_.try_emplace({pattern, prefix});
  if (!is_new) return known->second;
  Pattern made;
  made.root = fresh();
  PatternReader reader(*this, pattern);
  made.accepts = reader.whole(made.root);
  made.groups = reader.groups();
  if (prefix) {  // the end leads back to itself, by way of any digit
    const State loop = made.accepts;
    made.accepts = fresh();
    const State any = fresh();
    nodes_[any] = {.digits = kAnyDigit, .next = loop, .edges = {}};
    nodes_[loop].edges = {{Edge::Kind::empty, 0, made.accepts}, {Edge::Kind::empty, 0, any}};
  }
  roots_.push_back(made.root);
  return known->second = made;
}

Automaton::States Automaton::after(const States& states, unsigned digit) const {
  std::vector<State> next;
  for (const State state : states)
    if ((nodes_[state].digits >> digit & 1) != 0) next.push_back(nodes_[state].next);
  return closed(std::move(next));
}

// Only the states that take a digit or accept: the others say nothing more.
Automaton::States Automaton::closed(std::vector<State> waiting) const {
  States reached;
  std::vector<bool> seen(nodes_.size());
  while (!waiting.empty()) {
    const State state = waiting.back();
    waiting.pop_back();
    if (seen[state]) continue;
    seen[state] = true;
    if (nodes_[state].edges.empty()) reached.push_back(state);
    for (const Edge& edge : nodes_[state].edges) {
      FLOW_CHECK(edge.kind != Edge::Kind::end, "$ in a pattern for the whole number");
      waiting.push_back(edge.to);
    }
  }
  std::ranges::sort(reached);
  return reached;
}

}  // namespace flow::numbers::plan
