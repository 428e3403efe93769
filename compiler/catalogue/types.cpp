// Types, units of quantities and operators.
#include <array>

#include "base/check.h"
#include "compiler/catalogue/catalogue.h"

namespace flow::catalogue {
namespace {

using enum Support;
using program::ValueType;

constexpr auto kTypes = std::to_array<TypeEntry>({
    {"text", "text(4..8)", supported, ValueType::text, false, "Characters; the range bounds their number."},
    {"number", "number", supported, ValueType::number, false, "Exact: 12 digits before and 6 after the point."},
    {"bool", "bool", supported, ValueType::boolean, false, "`true` or `false`."},
    {"duration", "duration", supported, ValueType::duration, false, "A span of time: `1h30m`."},
    {"phone", "phone", supported, ValueType::phone, true, "A phone number in E.164."},
    {"region", "region", supported, ValueType::region, false, "A region code of ISO 3166-1: `PH`."},
    {"language", "language", supported, ValueType::language, false, "A language tag of BCP 47: `en`, `\"zh-Hant\"`."},
    {"oneof", "oneof(\"a\", \"b\")", supported, ValueType::text, false, "One of these texts."},
    {"date", "date", supported, ValueType::date, false, "A day: `2026-12-25`."},
    {"time", "time", supported, ValueType::time, false, "A clock time: `09:00`."},
    {"datetime", "datetime", supported, ValueType::datetime, false,
     "A point in time: `2026-12-25T09:00`, by the clocks of the flow's zone."},
    {"zone", "zone", supported, ValueType::zone, false, "A time zone: `\"Asia/Manila\"`."},
    {"money", "money(USD)", supported, ValueType::money, false, "An amount of one currency of ISO 4217: `10USD`."},
    {"email", "email", supported, ValueType::email, true, "An email address."},
    {"url", "url", supported, ValueType::url, false, "An address on the web, `https` or `http`."},
    {"list", "list(T, ..9)", supported, ValueType::list, false,
     "So many values of a type at most, none of them absent; of plain values or of records."},
    {"record", "record(day: text, note: text?)", supported, ValueType::record, false,
     "Plain values by name: `shift.day`."},
    {"json", "json", supported, ValueType::json, false, "Any JSON, made by `json(…)`."},
});

constexpr std::int64_t kSecond = 1000;
constexpr std::int64_t kMinute = 60 * kSecond;
constexpr std::int64_t kHour = 60 * kMinute;

constexpr auto kUnits = std::to_array<Unit>({
    {"ms", 1, supported, "milliseconds"},
    {"s", kSecond, supported, "seconds"},
    {"m", kMinute, supported, "minutes"},
    {"h", kHour, supported, "hours"},
    {"d", 24 * kHour, supported, "days of 24 hours"},
    {"%", 0, supported, "percentages: the shares of `random`"},
});

constexpr auto kOperators = std::to_array<Operator>({
    {"or", supported, "bool, bool", "bool", "Either; the right side is looked at only when the left is false."},
    {"and", supported, "bool, bool", "bool", "Both; the right side is looked at only when the left is true."},
    {"not", supported, "bool", "bool", "The opposite."},
    {"is set", supported, "any", "bool", "There is a value; also `is not set`."},
    {"is blank", supported, "a text", "bool", "Absent, or only space; also `is not blank`."},
    {"==", supported, "two of one type", "bool", "Exactly equal."},
    {"!=", supported, "two of one type", "bool", "Not exactly equal."},
    {"~=", supported, "two texts, or a text and a list", "bool",
     "Equal but for case and outer space; with a list, equal to any of it."},
    {"<", supported, "two of one type with an order", "bool", "Less."},
    {"<=", supported, "two of one type with an order", "bool", "Less or equal."},
    {">", supported, "two of one type with an order", "bool", "Greater."},
    {">=", supported, "two of one type with an order", "bool",
     "Greater or equal. Numbers, durations, amounts of one currency, dates, clock times, points in time."},
    {"in", supported, "a value and a list", "bool", "Exactly equal to any of the list."},
    {"not in", supported, "a value and a list", "bool", "Not exactly equal to any of the list."},
    {"contains", supported, "two texts", "bool", "The second is somewhere in the first."},
    {"starts with", supported, "two texts", "bool", "The first begins with the second."},
    {"ends with", supported, "two texts", "bool", "The first ends with the second."},
    {"contains", supported, "a text and a regular expression", "bool", "It matches somewhere in the text: `/\\d{4}/`."},
    {"matches", supported, "a text and a regular expression", "bool", "It matches the whole text."},
    {"??", supported, "two of one type", "their type", "The first, or the second when the first is absent."},
    {"+", supported, "two numbers, durations or amounts", "their type", "The sum."},
    {"+", supported, "a date or point in time, and a duration", "the first's type", "Later; a date by whole days."},
    {"-", supported, "two numbers, durations or amounts", "their type", "The difference; spaces round it."},
    {"-", supported, "a date or point in time, and a duration", "the first's type", "Earlier."},
    {"-", supported, "two dates, or two points in time", "duration", "How far the first is after the second."},
    {"*", supported, "two numbers", "number", "The product."},
    {"*", supported, "an amount and a number", "money", "So many times the amount."},
});

}  // namespace

std::span<const TypeEntry> types() {
  return kTypes;
}
std::span<const Unit> units() {
  return kUnits;
}
std::span<const Operator> operators() {
  return kOperators;
}

std::string_view name_of(ValueType type) {
  for (const TypeEntry& entry : kTypes)
    if (entry.type == type) return entry.name;
  FLOW_CHECK(false, "value type {} has no entry", static_cast<int>(type));
  return {};
}

}  // namespace flow::catalogue
