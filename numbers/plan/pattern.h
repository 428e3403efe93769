// The regular expressions of the numbering plan as one non-deterministic automaton over digits.
//
// Runs while building. The dialect is what libphonenumber's metadata uses: digits, \d, sets, groups, alternatives, and
// the quantifiers ? {m} {m,n}; anything else ends the build with the pattern and the place.
#pragma once

#include <array>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace flow::numbers::plan {

class Automaton {
 public:
  using State = std::uint32_t;
  using States = std::set<State>;

  // Adds a pattern that is tried from the first digit; its accepting state. `prefix`: it stays accepted whatever
  // digits follow.
  State add(const std::string& pattern, bool prefix);

  States start() const { return closed(roots_); }
  States after(const States& states, int digit) const;

 private:
  friend class PatternReader;

  struct Node {
    std::array<std::vector<State>, 10> on;
    std::vector<State> empty;
  };

  State node();
  States closed(States states) const;

  std::vector<Node> nodes_;
  States roots_;
};

}  // namespace flow::numbers::plan
