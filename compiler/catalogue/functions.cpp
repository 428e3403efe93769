// Functions. A function of an absent value is absent.
#include <array>

#include "compiler/catalogue/catalogue.h"

namespace flow::catalogue {
namespace {

using enum Support;
using enum program::ValueType;
using Id = program::FunctionId;

constexpr FunctionEntry special(Special which, std::string_view name, std::string_view form, program::ValueType result,
                                std::string_view doc) {
  return {name, std::nullopt, supported, 1, {}, result, "", doc, which, form};
}

constexpr auto kFunctions = std::to_array<FunctionEntry>({
    {"days", Id::days, supported, 1, {duration}, number, "", "A duration in days, to 6 decimals."},
    {"hours", Id::hours, supported, 1, {duration}, number, "", "A duration in hours, to 6 decimals."},
    {"minutes", Id::minutes, supported, 1, {duration}, number, "", "A duration in minutes, to 6 decimals."},
    {"seconds", Id::seconds, supported, 1, {duration}, number, "", "A duration in seconds, to 6 decimals."},
    {"lower", Id::lower, supported, 1, {text}, text, "", "In lower case."},
    {"upper", Id::upper, supported, 1, {text}, text, "", "In upper case."},
    {"trim", Id::trim, supported, 1, {text}, text, "", "Without outer space."},
    {"left", Id::left, supported, 2, {text, number}, text, "", "The first characters."},
    {"right", Id::right, supported, 2, {text, number}, text, "", "The last characters."},
    {"round", Id::round, supported, 1, {number}, number, "", "To a whole number, half away from zero."},
    {"length", Id::length, supported, 1, {text}, number, "", "How many characters."},
    {"number", Id::read_number, supported, 1, {text}, number, "", "A text read as a number; absent when it is none."},
    {"date", Id::date_in, supported, 1, {datetime}, date, "z", "The day of a point in time, in the flow's zone."},
    {"date",
     Id::read_date,
     supported,
     1,
     {text},
     date,
     "",
     "A text such as `2026-12-25` read as a date; absent when it is none."},
    {"time",
     Id::time_in,
     supported,
     1,
     {datetime},
     time,
     "z",
     "The clock time of a point in time, in the flow's zone."},
    {"time",
     Id::read_time,
     supported,
     1,
     {text},
     time,
     "",
     "A text such as `09:00` read as a clock time; absent when it is none."},
    {"datetime",
     Id::read_instant,
     supported,
     1,
     {text},
     datetime,
     "",
     "A text such as `2026-12-25T09:00:00+08:00` read as a point in time; absent when it is none."},
    {"at",
     Id::at,
     supported,
     2,
     {date, time},
     datetime,
     "z",
     "A day and a clock time in the flow's zone as a point in time."},
    {"format",
     Id::format_date,
     supported,
     2,
     {date, text},
     text,
     "l",
     "A date by a pattern such as `d MMM yyyy`, in the flow's language."},
    {"format", Id::format_time, supported, 2, {time, text}, text, "l", "A clock time by a pattern such as `HH:mm`."},
    {"format",
     Id::format_instant,
     supported,
     2,
     {datetime, text},
     text,
     "zl",
     "A point in time by a pattern, in the flow's zone and language."},
    {"format", Id::format_number, supported, 2, {number, text}, text, "l", "A number by a pattern such as `#,##0.00`."},
    {"format",
     Id::format_number,
     supported,
     2,
     {money, text},
     text,
     "l",
     "An amount by such a pattern, without its currency."},

    special(Special::reveal, "reveal", "reveal(x)", text,
            "A secret as an ordinary value of its type; every report lists it."),
    special(Special::json, "json", "json(name: x, \"x-tags\": [\"a\", \"b\"])", json,
            "A JSON object of its members; what is absent becomes `null`, points in time are in UTC."),
    special(Special::form, "form", "form(name: x)", text, "The body of a form: `name=x&…`."),

    special(Special::each, "each", "each(xs, \"{{position}}. {{item.day}}\\n\")", text,
            "The text once for each item of a list, in which `item` is the item and `position` its place from 1."),
    special(Special::item, "item", "item(xs, n)", text,
            "The item at a place, counted from 1, of its own type; absent when there is none."),
    special(Special::count, "count", "count(xs)", number, "How many items a list has."),
});

}  // namespace

std::span<const FunctionEntry> functions() {
  return kFunctions;
}

}  // namespace flow::catalogue
