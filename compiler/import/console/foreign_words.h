// Values, times and conditions of a canvas's settings in the words of graphs, for foreign_graphs.h.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/import/json.h"

namespace flow::importing::console::foreign {

using Keys = std::initializer_list<std::string_view>;

// The first of these members, whose names' case and signs do not count; null: none.
const Json* member(const Json& object, Keys names);
// It as a text, of a number its digits; empty: none.
std::string member_words(const Json& object, Keys names);
std::string plain(const Json& value);
bool contains(std::string_view text, std::string_view part);

// What `{{` and `}}` stand around, where it is a name; else empty.
std::string name_in(std::string_view inside);
// A variable, with or without braces.
std::string variable_of(std::string_view written);
std::string words_of_text(std::string_view text);
std::string words_of(const Json& value);  // a number or a truth is its digits

// Names and values of a list of them, or of an object's members. Nothing: it is none.
std::optional<std::vector<std::pair<std::string, const Json*>>> pairs(const Json& json);

struct Time {
  std::optional<std::int64_t> ms;  // nothing: it is off, or not said
  bool understood = true;
};
Time time_of(const Json* json, std::int64_t unit_ms = 1000);
std::optional<std::int64_t> unit_of(std::string_view word);
std::optional<bool> switched(const Json* json);

// Of a branch: rules and groups of rules. Nothing: it is not understood.
std::optional<std::string> condition(const Json& json, int depth = 0);

}  // namespace flow::importing::console::foreign
