// Lists and records, written from docs/semantics.md alone: the whole JSON is read, then looked at.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tests/oracle/values.h"

namespace flow::oracle {

std::int64_t count_items(const std::string& list);

// A part as JSON; empty when there is none, or null. `number`: the place, as a number of the language.
std::string item_json(const std::string& list, std::int64_t number);
std::string member_json(const std::string& record, const std::string& name);

std::optional<Value> text_at(const std::string& json);
std::optional<Value> scalar_at(const std::string& json, std::int64_t code);

// The item of a list at a place, from 1.
std::optional<Value> item_of(const std::string& list, std::int64_t place, const check::Type& type);

}  // namespace flow::oracle
