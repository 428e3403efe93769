// The regular expressions of numbering plans as one non-deterministic automaton over digits.
//
// Runs while building. The dialect is what libphonenumber's metadata uses: digits, \d, sets, groups, alternatives, the
// quantifiers ? {m} {m,n}, and $ at the end; anything else ends the build with the pattern and the place.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace flow::numbers::plan {

class Automaton {
 public:
  using State = std::uint32_t;
  using States = std::vector<State>;  // ascending, none twice

  // What leads on without a digit, in the order in which a backtracking matcher tries it.
  struct Edge {
    enum class Kind : std::uint8_t { empty, open, close, end } kind;  // of a capturing group; of the text
    std::uint8_t group;                                               // 1…; 0: no capturing group
    State to;
  };
  // Either has `edges`, or goes on to `next` with a digit of `digits` (bit d); neither: it accepts.
  struct Node {
    std::uint16_t digits = 0;
    State next = 0;
    std::vector<Edge> edges;
  };

  struct Pattern {
    State root = 0;
    State accepts = 0;
    unsigned groups = 0;
  };

  // Adds a pattern that is tried from the first digit. `prefix`: it stays accepted whatever digits follow. One that was
  // added before is the same states.
  Pattern add(const std::string& pattern, bool prefix);

  const Node& node(State state) const { return nodes_[state]; }

  // For patterns without $: the states after no digit at all, and after one more. Groups capture nothing here.
  States start() const { return closed(roots_); }
  States after(const States& states, unsigned digit) const;

 private:
  friend class PatternReader;

  State fresh();
  States closed(std::vector<State> waiting) const;

  std::vector<Node> nodes_;
  std::vector<State> roots_;
  std::map<std::pair<std::string, bool>, Pattern> known_;
};

}  // namespace flow::numbers::plan
