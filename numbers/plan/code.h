// One calling code's part of the automaton: what follows it, digit by digit, as libphonenumber's parser and its
// questions about what it parsed treat it. Runs while building.
#pragma once

#include <map>
#include <utility>
#include <vector>

#include "numbers/plan/prefix.h"
#include "numbers/plan/table.h"

namespace flow::numbers::plan {

// An answer, before it has a number.
struct Answer {
  bool parsed = false;
  RegionAndType of;
  Rewriting rewriting;
  auto operator<=>(const Answer&) const = default;
};

// Numbers of answers; 0 is the one of what is no number at all.
class Answers {
 public:
  // `otherwise`: what the same number is when its count of digits does not fit.
  Table::Label add(const Answer& answer, const Answer& otherwise);
  const std::vector<Answer>& all() const { return all_; }
  Table::Label otherwise(Table::Label label) const { return otherwise_[label]; }

 private:
  Table::Label number(const Answer& answer);
  std::map<Answer, Table::Label> ids_{{Answer{}, 0}};
  std::vector<Answer> all_{Answer{}};
  std::vector<Table::Label> otherwise_{0};
};

class Code {
 public:
  // The main region first. `digits_max`: after the calling code.
  Code(const std::vector<const Direct::Metadata*>& regions, std::size_t digits_max, Answers& answers, Table& table);

  Table::Id root() { return node({direct_.start(), prefix_.start()}, 0); }
  Possibility possibility(std::size_t digits) const { return direct_.possibility(digits); }

 private:
  struct State {
    Direct::State unstripped;
    Prefix::State prefix;
    auto operator<=>(const State&) const = default;
  };

  Table::Id node(const State& state, std::size_t digits);
  Table::Label label(const State& state, std::size_t digits);

  Direct direct_;
  Prefix prefix_;
  std::size_t digits_max_;
  Answers& answers_;
  Table& table_;
  std::map<std::pair<std::size_t, State>, Table::Id> known_;
};

}  // namespace flow::numbers::plan
