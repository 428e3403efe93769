// What is known of a flow's variables at one point of an exploration, and expressions over it: three-valued, so that
// data from outside stays unknown and nothing is concluded from it.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/check/checked.h"

namespace flow::prove {

// `unknown` covers absent, too. A phone number is known by its region alone: `scalar` is the region's letters, 0 when
// it has none. `other` marks a region that stands for all those the flow does not name.
struct Value {
  enum class State : std::uint8_t { unknown, absent, present };
  State state = State::unknown;
  bool other = false;
  std::int64_t scalar = 0;
  std::string text;

  static Value known(std::int64_t value) { return {State::present, false, value, {}}; }
  static Value known(std::string value) { return {State::present, false, 0, std::move(value)}; }
  static Value none() { return {State::absent, false, 0, {}}; }
  bool is_present() const { return state == State::present; }
  bool is_unknown() const { return state == State::unknown; }
  friend auto operator<=>(const Value&, const Value&) = default;
};

// By variable.
using Valuation = std::vector<Value>;

// Sound: a known result is what every engine computes. What has no known result, or traps, is unknown.
Value evaluate(const check::Expr& expr, const Valuation& values);

// As a branch sees it: an absent condition is false; nothing when it cannot be told.
std::optional<bool> truth(const Value& value);

// The region of a number: its letters, or absent for none; unknown when it is not known.
Value region_of(const check::Expr& number, const Valuation& values);

// 0 to 99: where `key` falls in a step of `random`.
std::int64_t bucket(const check::Flow& flow, check::StepId step, std::string_view key);

}  // namespace flow::prove
