#include "runtime/program/functions.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "base/instant.h"
#include "base/limits.h"
#include "calendar/civil.h"
#include "calendar/format.h"
#include "calendar/zone.h"
#include "languages/languages.h"
#include "runtime/program/composite.h"
#include "runtime/program/escape.h"
#include "runtime/program/find.h"
#include "runtime/program/frame.h"
#include "runtime/program/money.h"
#include "runtime/program/number.h"
#include "runtime/program/pattern.h"
#include "runtime/program/text.h"

namespace flow::program {
namespace {

using calendar::kDayMs;
using calendar::Zone;

// What a body works on: operands by number, and the ways out.
class Call {
 public:
  Call(Arena& arena, const FlowValue* operands, FlowValue& out) : arena_(arena), operands_(operands), out_(out) {}

  std::int64_t integer(std::size_t i) const { return operands_[i].scalar; }
  // What only a damaged state could hold is brought into range, so that nothing overflows.
  std::int64_t a_date(std::size_t i) const { return std::clamp(integer(i), calendar::kDateMin, calendar::kDateMax); }
  std::int64_t a_time(std::size_t i) const { return std::clamp<std::int64_t>(integer(i), 0, kDayMs - 1); }
  std::int64_t an_instant(std::size_t i) const {
    return std::clamp(integer(i), calendar::kInstantMin, calendar::kInstantMax);
  }
  std::int64_t a_number(std::size_t i) const {
    return std::clamp(integer(i), -limits::kNumberUnitsMax, limits::kNumberUnitsMax);
  }
  std::string_view text(std::size_t i) const { return {operands_[i].text.data, operands_[i].text.size}; }

  CallStatus give(std::int64_t value) {
    out_.scalar = value;
    return kCallGood;
  }
  CallStatus give(std::optional<std::int64_t> value) { return give(value.value_or(kAbsentScalar)); }
  // A text that lives as long as the operands.
  CallStatus view(std::string_view text) {
    out_.text = {text.data() == nullptr ? "" : text.data(), text.size()};
    return kCallGood;
  }
  CallStatus copy(std::string_view text) {
    if (text.size() > limits::kTextValueBytesMax) return trapped(Trap::text_too_long);
    out_.text = arena_.copy(text);
    return kCallGood;
  }
  CallStatus none() {
    out_.text = {nullptr, 0};
    return kCallGood;
  }
  CallStatus number(bool fits, std::int64_t value) { return fits ? give(value) : trapped(Trap::number_left_range); }
  CallStatus date(std::int64_t value) {
    return calendar::is_date(value) ? give(value) : trapped(Trap::date_left_range);
  }
  CallStatus instant(std::int64_t value) {
    return calendar::is_instant(value) ? give(value) : trapped(Trap::date_left_range);
  }

 private:
  Arena& arena_;
  const FlowValue* operands_;
  FlowValue& out_;
};

CallStatus duration_units(Call& call, std::int64_t unit_ms) {
  std::int64_t out = 0;
  const bool fits = duration_in(call.integer(0), unit_ms, out);
  return call.number(fits, out);
}

CallStatus call_days(Call& call) {
  return duration_units(call, kDayMs);
}
CallStatus call_hours(Call& call) {
  return duration_units(call, 3'600'000);
}
CallStatus call_minutes(Call& call) {
  return duration_units(call, 60'000);
}
CallStatus call_seconds(Call& call) {
  return duration_units(call, 1000);
}

CallStatus call_lower(Call& call) {
  std::string text;
  append_lower(text, call.text(0));
  return call.copy(text);
}
CallStatus call_upper(Call& call) {
  std::string text;
  append_upper(text, call.text(0));
  return call.copy(text);
}
CallStatus call_trim(Call& call) {
  return call.view(trim(call.text(0)));
}

std::uint64_t whole_count(std::int64_t number) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(number / limits::kNumberScale, 0));
}

CallStatus call_left(Call& call) {
  return call.view(left_characters(call.text(0), whole_count(call.integer(1))));
}
CallStatus call_right(Call& call) {
  const std::string_view text = call.text(0);
  const std::uint64_t all = count_characters(text);
  const std::uint64_t wanted = std::min(whole_count(call.integer(1)), all);
  return call.view(text.substr(left_characters(text, all - wanted).size()));
}
CallStatus call_round(Call& call) {
  std::int64_t out = 0;
  const bool fits = number_round(call.a_number(0), out);
  return call.number(fits, out);
}
CallStatus call_length(Call& call) {
  return call.give(static_cast<std::int64_t>(count_characters(call.text(0))) * limits::kNumberScale);
}

// ---- Dates. Durations beside a date count their whole days.

CallStatus call_date_add(Call& call) {
  return call.date(call.a_date(0) + call.a_number(1) / kDayMs);
}
CallStatus call_date_subtract(Call& call) {
  return call.date(call.a_date(0) - call.a_number(1) / kDayMs);
}
CallStatus call_date_between(Call& call) {
  return call.give((call.a_date(0) - call.a_date(1)) * kDayMs);
}
CallStatus call_instant_add(Call& call) {
  return call.instant(call.an_instant(0) + call.a_number(1));
}
CallStatus call_instant_subtract(Call& call) {
  return call.instant(call.an_instant(0) - call.a_number(1));
}

CallStatus call_at(Call& call) {
  const Zone* zone = Zone::find(call.text(2));
  if (zone == nullptr) return trapped(Trap::zone_unknown);
  return call.instant(zone->instant_of(call.a_date(0) * kDayMs + call.a_time(1)));
}

// The local time of an instant; nothing when the zone is not known here.
std::optional<std::int64_t> local(std::int64_t at_ms, std::string_view name) {
  const Zone* zone = Zone::find(name);
  return zone == nullptr ? std::nullopt : std::optional(at_ms + zone->offset_ms(at_ms));
}

CallStatus call_date_in(Call& call) {
  const auto local_ms = local(call.an_instant(0), call.text(1));
  return local_ms ? call.give(calendar::date_of_local(*local_ms)) : trapped(Trap::zone_unknown);
}
CallStatus call_time_in(Call& call) {
  const auto local_ms = local(call.an_instant(0), call.text(1));
  if (!local_ms) return trapped(Trap::zone_unknown);
  return call.give(*local_ms - calendar::date_of_local(*local_ms) * kDayMs);
}

CallStatus call_weekday(Call& call) {
  return call.give(std::int64_t{calendar::weekday_of(call.a_date(0))} * limits::kNumberScale);
}

// The first point in time, not before one, at which the clocks show a time; but no more than so many ms later, whatever
// the zones' database says.
CallStatus call_next_time(Call& call) {
  const Zone* zone = Zone::find(call.text(2));
  if (zone == nullptr) return trapped(Trap::zone_unknown);
  const std::int64_t now = call.an_instant(0);
  const std::int64_t latest = now + std::clamp<std::int64_t>(call.integer(3), 0, limits::kExpiresMsMax);
  std::int64_t day = calendar::date_of_local(now + zone->offset_ms(now));
  // A day that comes twice (the date line, crossed eastwards) may take a second try.
  for (int i = 0; i < 3; ++i, ++day) {
    const std::int64_t at = zone->instant_of(day * kDayMs + call.a_time(1));
    if (at >= now) return call.instant(std::min(at, latest));
  }
  return call.instant(now);
}

// ---- What is found in texts; nothing found is absent.

CallStatus found(Call& call, std::string_view text) {
  return text.empty() ? call.none() : call.copy(text);
}
CallStatus call_find_email(Call& call) {
  return found(call, find_email(call.text(0)));
}
CallStatus call_find_phone(Call& call) {
  return found(call, find_phone(call.text(0)));
}
CallStatus call_language_of(Call& call) {
  return found(call, languages::detect(call.text(0)));
}

// ---- Texts read as values: outer space is ignored, what is none is absent.

CallStatus call_read_number(Call& call) {
  const auto number = parse_number(trim(call.text(0)));
  return call.give(number ? std::optional(*number) : std::nullopt);
}
CallStatus call_read_date(Call& call) {
  return call.give(calendar::parse_date(trim(call.text(0))));
}
CallStatus call_read_time(Call& call) {
  return call.give(calendar::parse_time(trim(call.text(0))));
}
CallStatus call_read_instant(Call& call) {
  const auto instant = parse_instant(trim(call.text(0)));
  return call.give(instant && calendar::is_instant(*instant) ? std::optional(*instant) : std::nullopt);
}

// ---- Values as texts

CallStatus call_text_of_date(Call& call) {
  char out[calendar::kWrittenBytesMax];
  return call.copy({out, calendar::write_date(out, call.a_date(0))});
}
CallStatus call_text_of_time(Call& call) {
  char out[calendar::kWrittenBytesMax];
  return call.copy({out, calendar::write_time(out, call.a_time(0))});
}
CallStatus call_text_of_instant(Call& call) {
  const auto local_ms = local(call.an_instant(0), call.text(1));
  if (!local_ms) return trapped(Trap::zone_unknown);
  char out[calendar::kWrittenBytesMax];
  return call.copy({out, calendar::write_local(out, *local_ms)});
}
CallStatus call_text_of_money(Call& call) {
  char out[kValueTextBytesMax];
  return call.copy({out, write_money(out, call.integer(0), static_cast<Currency>(call.integer(1)))});
}

CallStatus call_format_number(Call& call) {
  std::string text;
  calendar::append_formatted_number(text, call.integer(0), call.text(1), call.text(2));
  return call.copy(text);
}
CallStatus call_format_date(Call& call) {
  std::string text;
  calendar::append_formatted(text, call.a_date(0) * kDayMs, call.text(1), call.text(2));
  return call.copy(text);
}
CallStatus call_format_time(Call& call) {
  std::string text;
  calendar::append_formatted(text, call.a_time(0), call.text(1), call.text(2));
  return call.copy(text);
}
CallStatus call_format_instant(Call& call) {
  const auto local_ms = local(call.an_instant(0), call.text(2));
  if (!local_ms) return trapped(Trap::zone_unknown);
  std::string text;
  calendar::append_formatted(text, *local_ms, call.text(1), call.text(3));
  return call.copy(text);
}

// ---- Regular expressions

CallStatus call_text_matches(Call& call) {
  return call.give(matches_whole(call.text(0), call.text(1)) ? 1 : 0);
}
CallStatus call_text_finds(Call& call) {
  return call.give(matches_part(call.text(0), call.text(1)) ? 1 : 0);
}

// ---- Texts put into other notations

CallStatus call_text_of_instant_utc(Call& call) {
  return call.copy(instant_text(call.integer(0)));
}
CallStatus escaped(Call& call, void (*append)(std::string&, std::string_view)) {
  std::string text;
  append(text, call.text(0));
  return call.copy(text);
}
CallStatus call_escape_json(Call& call) {
  return escaped(call, append_json_escaped);
}
CallStatus call_escape_url(Call& call) {
  return escaped(call, append_url_escaped);
}
CallStatus call_escape_html(Call& call) {
  return escaped(call, append_html_escaped);
}
CallStatus call_escape_header(Call& call) {
  return escaped(call, append_header_escaped);
}

CallStatus call_json_quote(Call& call) {
  std::string text = "\"";
  append_json_escaped(text, call.text(0));
  return call.copy(text + '"');
}

CallStatus call_text_of_number(Call& call) {
  char out[kValueTextBytesMax];
  return call.copy({out, write_number(out, call.integer(0))});
}
CallStatus call_text_of_boolean(Call& call) {
  return call.view(call.integer(0) != 0 ? "true" : "false");
}
CallStatus call_text_of_duration(Call& call) {
  char out[kValueTextBytesMax];
  return call.copy({out, write_duration(out, call.integer(0))});
}
CallStatus call_text_of_region(Call& call) {
  char out[kValueTextBytesMax];
  return call.copy({out, write_region(out, call.integer(0))});
}

// ---- Languages: the place of the best of some, which stand in one text and end with line ends

CallStatus call_choose_language(Call& call) {
  std::vector<std::string_view> languages;
  for (std::string_view rest = call.text(0); !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    languages.push_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (languages.empty()) return call.give(0);
  return call.give(static_cast<std::int64_t>(choose_language(languages, call.text(1))));
}

// ---- Lists and records (composite.h)

using Json = std::optional<std::string_view>;

Json the_item(const Call& call) {
  const std::int64_t number = call.integer(1);
  if (number < limits::kNumberScale || number % limits::kNumberScale != 0) return std::nullopt;
  return find_item(call.text(0), static_cast<std::uint64_t>(number / limits::kNumberScale - 1));
}
Json the_member(const Call& call) {
  return find_member(call.text(0), call.text(1));
}
CallStatus text_or_none(Call& call, const Json& found) {
  return found ? call.copy(text_of_json(*found)) : call.none();
}
CallStatus scalar_or_none(Call& call, const Json& found) {
  return call.give(found ? scalar_of_json(*found, call.integer(2)) : std::nullopt);
}

CallStatus call_list_count(Call& call) {
  return call.give(static_cast<std::int64_t>(count_items(call.text(0))) * limits::kNumberScale);
}
CallStatus call_list_text(Call& call) {
  return text_or_none(call, the_item(call));
}
CallStatus call_list_scalar(Call& call) {
  return scalar_or_none(call, the_item(call));
}
CallStatus call_record_text(Call& call) {
  return text_or_none(call, the_member(call));
}
CallStatus call_record_scalar(Call& call) {
  return scalar_or_none(call, the_member(call));
}
// Of members that are always there.
CallStatus call_member_text(Call& call) {
  const Json found = the_member(call);
  return found ? call.copy(text_of_json(*found)) : call.view("");
}
CallStatus call_member_scalar(Call& call) {
  const Json found = the_member(call);
  const auto scalar = found ? scalar_of_json(*found, call.integer(2)) : std::nullopt;
  return call.give(scalar.value_or(0));
}

using Body = CallStatus (*)(Call&);
constexpr Body kBodies[] = {
#define FLOW_FUNCTION(name, signature, marks) call_##name,
#include "runtime/program/functions.def"
#undef FLOW_FUNCTION
};

}  // namespace

std::optional<FunctionId> find_function(std::string_view name) {
  for (std::size_t i = 0; i < kFunctionCount; ++i)
    if (kFunctions[i].name == name) return static_cast<FunctionId>(i);
  return std::nullopt;
}

CallStatus call_function(FunctionId function, Arena& arena, const FlowValue* operands, FlowValue& out) {
  Call call(arena, operands, out);
  return kBodies[static_cast<std::size_t>(function)](call);
}

}  // namespace flow::program
