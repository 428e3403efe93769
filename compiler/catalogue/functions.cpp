// Functions. A function of an absent value is absent.
#include <array>

#include "compiler/catalogue/catalogue.h"

namespace flow::catalogue {
namespace {

using enum Support;
using enum program::ValueType;

constexpr FunctionEntry later(std::string_view name, std::string_view doc) {
  return {name, FunctionId::none, not_yet, 0, {}, text, doc};
}

constexpr auto kFunctions = std::to_array<FunctionEntry>({
    {"days", FunctionId::days, supported, 1, {duration}, number, "A duration in days, to 6 decimals."},
    {"hours", FunctionId::hours, supported, 1, {duration}, number, "A duration in hours, to 6 decimals."},
    {"minutes", FunctionId::minutes, supported, 1, {duration}, number, "A duration in minutes, to 6 decimals."},
    {"seconds", FunctionId::seconds, supported, 1, {duration}, number, "A duration in seconds, to 6 decimals."},
    {"lower", FunctionId::lower, supported, 1, {text}, text, "In lower case."},
    {"upper", FunctionId::upper, supported, 1, {text}, text, "In upper case."},
    {"trim", FunctionId::trim, supported, 1, {text}, text, "Without outer space."},
    {"left", FunctionId::left, supported, 2, {text, number}, text, "The first characters."},
    {"round", FunctionId::round, supported, 1, {number}, number, "To a whole number, half away from zero."},
    {"length", FunctionId::length, supported, 1, {text}, number, "How many characters."},

    later("reveal", "A secret as an ordinary value; every report lists it."),
    later("each", "A list rendered as a text."),
    later("item", "One of a list."),
    later("count", "How many a list has."),
    later("format", "A date, time, number or amount as a text."),
    later("at", "A day and a clock time as an instant."),
    later("date", "A text read as a date."),
    later("number", "A text read as a number."),
    later("json", "A JSON body."),
    later("form", "A form body."),
});

}  // namespace

std::span<const FunctionEntry> functions() {
  return kFunctions;
}

}  // namespace flow::catalogue
