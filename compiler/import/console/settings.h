// Settings of foreign nodes as values: whichever way a library or the console writes them.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/import/json.h"

namespace flow::importing::console {

using Keys = std::initializer_list<std::string_view>;  // squeezed

bool is_one_of(std::string_view text, Keys all);

// The first member of one of these names that is not null. Null: none.
const Json* find_member(const Json& object, Keys keys);
// It as a text, if it is a text, a number or a truth; empty: none.
std::string member_text(const Json& object, Keys keys);
// A text, or the one within {"text": …}, {"body": …}, {"value": …}, {"url": …} and the like. Null: none.
const Json* text_within(const Json& json, Keys members);

// A text, a number or a truth, as a text; empty: something else.
std::string plain_text(const Json& json);
// 12, "12", 12.5: a decimal number of the language; empty: none.
std::string decimal(const Json& json);

// A switch: true, "on", "Yes"; nothing: neither on nor off.
std::optional<bool> switched(const Json* json);

// A time that something takes, with its switch.
struct Timer {
  enum class State { none, off, set, unknown } state = State::none;
  std::int64_t ms = 0;
};
// 30, "30", "30s", "5 minutes", {"enabled": true, "duration": 5, "unit": "minutes"}, {"minutes": 5}; null: none. An
// object with a member that is not known is not. `unit_ms` is that of a bare number.
Timer read_timer(const Json* json, std::int64_t unit_ms = 1000);
// Milliseconds of "seconds", "min", …; nothing: no unit of the console.
std::optional<std::int64_t> unit_of(std::string_view squeezed_unit);

// A list of keys and values: [{"key": …, "value": …}], or an object. Nothing: neither, or
// one of them is switched off.
std::optional<std::vector<std::pair<std::string, const Json*>>> pairs(const Json& json);

// Whether a setting of this name holds what nobody may see.
bool is_secret(std::string_view squeezed_key);

// Host of an address that is written out; empty: none.
std::string host_of(std::string_view url);

}  // namespace flow::importing::console
