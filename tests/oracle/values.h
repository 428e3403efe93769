// Values, and what can be done with them: texts, numbers, durations. Written from docs/semantics.md alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "compiler/check/checked.h"

namespace flow::oracle {

// As FlowField has it: a text, or a scalar.
using Value = std::variant<std::int64_t, std::string>;

// A value left its range: the execution ends with this reason. Thrown and caught inside the oracle.
struct Trap {
  const char* reason;
};

std::string lower(std::string_view text);  // throws Trap, as upper does
std::string upper(std::string_view text);
std::string trim(std::string_view text);
std::string left(std::string_view text, std::int64_t number);
std::string right(std::string_view text, std::int64_t number);
std::optional<std::int64_t> read_number(std::string_view text);
std::int64_t length(std::string_view text);  // a number
bool fold_equal(std::string_view a, std::string_view b);
bool is_blank(std::string_view text);
std::string concatenate(const std::vector<std::string>& parts);  // throws Trap

std::int64_t add(std::int64_t a, std::int64_t b);  // throw Trap
std::int64_t subtract(std::int64_t a, std::int64_t b);
std::int64_t multiply(std::int64_t a, std::int64_t b);
std::int64_t round_number(std::int64_t number);
std::int64_t duration_in(std::int64_t ms, std::int64_t unit_ms);

// Of an E.164 number.
std::int64_t calling_code(std::string_view number);

// 0 to 99: where the key falls in a step of `random`.
std::uint64_t chance(const std::string& flow, const std::string& step, const std::string& key);

std::string to_text(const Value& value, program::ValueType type);

}  // namespace flow::oracle
