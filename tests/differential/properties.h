// What holds for every execution whatever its flow is: checked on the oracle's answers, hence (by the differential
// test) on every engine's.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/differential/events.h"

namespace flow::differential {

class Properties {
 public:
  explicit Properties(const check::Flow& flow) : flow_(flow) {}

  // After each event, in order. What does not hold, in words; empty when all does.
  std::string check(const Event& event, program::Verdict verdict, const std::vector<program::Effect>& effects,
                    const oracle::State& state);

 private:
  std::string check_effect(const Event& event, const program::Effect& effect);
  std::string check_rest(const oracle::State& state) const;

  const check::Flow& flow_;
  std::size_t ends_ = 0;
  std::uint32_t sent_ = 0;
  std::uint32_t requested_ = 0;  // messages so far
  std::set<std::uint32_t> withdrawn_;
  std::set<std::uint32_t> handed_over_;  // reported sent or failed
  std::optional<oracle::State> before_;
};

}  // namespace flow::differential
