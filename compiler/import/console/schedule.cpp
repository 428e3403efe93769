// Branching by Date/Time as `schedule`.
#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compiler/import/console/steps.h"

namespace flow::importing::console {
namespace {

constexpr std::size_t kNone = std::string::npos;
constexpr std::size_t kBranchesMax = 100;
constexpr std::size_t kDatesMax = 400;
constexpr auto kDays = std::to_array<std::string_view>({"mon", "tue", "wed", "thu", "fri", "sat", "sun"});
using Week = std::array<bool, 7>;
using Dates = std::vector<std::pair<std::string, std::string>>;  // from, to

const Keys kModes = {"mode", "include", "includeorexclude", "includeexclude", "matchtype", "rule", "logic"};

// What a rule says of one kind of thing.
template <typename Value>
struct Part {
  bool excluded = false;
  std::optional<Value> value;
};
using Hours = std::pair<std::string, std::string>;

struct Rule {
  Part<Hours> hours;
  Part<Week> week;
  Part<Dates> dates;
};

// "9:00", "09:00:00"; nothing: no clock time. 24:00 is 00:00.
std::optional<std::string> clock(const Json* json) {
  const std::string text = json == nullptr ? std::string() : plain_text(*json);
  const std::size_t colon = text.find(':');
  if (colon == kNone || colon == 0 || colon > 2 || text.size() < colon + 3) return std::nullopt;
  if (text.size() != colon + 3 && text.substr(colon + 3) != ":00") return std::nullopt;
  const std::string digits = text.substr(0, colon) + text.substr(colon + 1, 2);
  if (digits.find_first_not_of("0123456789") != kNone) return std::nullopt;
  const int hour = std::stoi(text.substr(0, colon));
  const int minute = std::stoi(text.substr(colon + 1, 2));
  if (hour > 24 || minute > 59 || (hour == 24 && minute != 0)) return std::nullopt;
  return fmt::format("{:02}:{:02}", hour % 24, minute);
}

std::optional<std::chrono::sys_days> day_of(const std::string& text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  const char* begin = text.data();
  const bool sound = std::from_chars(begin, begin + 4, year).ptr == begin + 4 &&
                     std::from_chars(begin + 5, begin + 7, month).ptr == begin + 7 &&
                     std::from_chars(begin + 8, begin + 10, day).ptr == begin + 10;
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
  if (!sound || !date.ok()) return std::nullopt;
  return std::chrono::sys_days(date);
}

std::string date_text(std::chrono::sys_days day) {
  const std::chrono::year_month_day date(day);
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

std::optional<std::size_t> weekday(const Json& json) {
  const std::string word = squeezed(json.is_object() ? member_text(json, {"value", "name", "day"}) : plain_text(json));
  constexpr auto kLong =
      std::to_array<std::string_view>({"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"});
  for (std::size_t i = 0; i < kDays.size(); ++i)
    if (word == kDays[i] || word == kLong[i]) return i;
  return std::nullopt;
}

// Two values of a range: [a, b], {"start": a, "end": b}, "a-b".
std::optional<std::pair<Json, Json>> range(const Json& json, std::string_view between) {
  if (json.is_array() && json.size() == 2 && json[0].is_string() && json[1].is_string())
    return std::pair(json[0], json[1]);
  if (json.is_object()) {
    const Json* from = find_member(json, {"start", "from", "begin", "starttime", "startdate"});
    const Json* to = find_member(json, {"end", "to", "endtime", "enddate", "until"});
    if (from != nullptr && to != nullptr) return std::pair(*from, *to);
  }
  if (!json.is_string()) return std::nullopt;
  const std::string& text = json.get_ref<const std::string&>();
  for (const std::string_view sign : {std::string_view("~"), between, std::string_view(" to ")}) {
    const std::size_t at = sign.empty() ? kNone : text.find(sign);
    if (at == kNone) continue;
    const auto trimmed = [](std::string part) {
      part.erase(0, std::min(part.find_first_not_of(' '), part.size()));
      part.resize(part.find_last_not_of(' ') + 1);
      return Json(part);
    };
    return std::pair(trimmed(text.substr(0, at)), trimmed(text.substr(at + sign.size())));
  }
  return std::nullopt;
}

// "Include", "Exclude", true, false; nothing: something else. None of them means included.
std::optional<bool> excludes(const Json& json) {
  if (!json.is_object()) return false;
  if (const Json* said = find_member(json, {"exclude", "isexclude"})) return switched(said);
  const Json* said = find_member(json, kModes);
  if (said == nullptr) return is_one_of(squeezed(member_text(json, {"type"})), {"exclude", "excluded"});
  const std::string word = squeezed(plain_text(*said));
  if (is_one_of(word, {"exclude", "excluded", "not", "false"})) return true;
  if (is_one_of(word, {"include", "included", "in", "true"})) return false;
  return std::nullopt;
}

std::optional<Hours> read_hours(const Json& json) {
  const Json* inner = find_member(json, {"range", "value", "values"});
  const auto both = range(inner == nullptr ? json : *inner, "-");
  if (!both) return std::nullopt;
  const auto from = clock(&both->first);
  const auto to = clock(&both->second);
  if (!from || !to) return std::nullopt;
  return Hours(*from, *to);
}

std::optional<Week> read_week(const Json& json) {
  const Json* inner = find_member(json, {"days", "values", "value", "weekdays", "list"});
  const Json& list = inner == nullptr ? json : *inner;
  Week week{};
  if (!list.is_array() || list.empty()) return std::nullopt;
  for (const Json& each : list) {
    const auto day = weekday(each);
    if (!day) return std::nullopt;
    week[*day] = true;
  }
  return week;
}

std::optional<Dates> read_dates(const Json& json, bool one_range) {
  const Json* inner = find_member(json, {"dates", "values", "value", "list", "range"});
  const Json& list = inner == nullptr ? json : *inner;
  Dates out;
  const auto add = [&](const Json& from, const Json& to) {
    const auto first = day_of(plain_text(from));
    const auto last = day_of(plain_text(to));
    if (!first || !last || *last < *first) return false;
    out.emplace_back(date_text(*first), date_text(*last));
    return true;
  };
  const auto add_one = [&](const Json& each) {
    if (each.is_string() && day_of(each.get<std::string>())) return add(each, each);
    const auto both = range(each, "/");
    return both && add(both->first, both->second);
  };
  if (one_range || !list.is_array()) return add_one(list) ? std::optional(out) : std::nullopt;
  for (const Json& each : list)
    if (out.size() == kDatesMax || !add_one(each)) return std::nullopt;
  return out.empty() ? std::nullopt : std::optional(out);
}

class RuleReader {
 public:
  // Nothing: it says something that is not known.
  std::optional<Rule> read(const Json& json) {
    if (!json.is_object()) return std::nullopt;
    const auto whole = excludes(json);
    if (!whole) return std::nullopt;
    std::size_t parts = 0;
    for (const auto& [member, value] : json.items()) {
      if (value.is_null() || (value.is_structured() && value.empty())) continue;
      const auto added = part(squeezed(member), value, json);
      if (!added) return std::nullopt;
      parts += *added ? 1 : 0;
    }
    if (parts == 0 || (*whole && parts > 1)) return std::nullopt;
    if (*whole) rule_.hours.excluded = rule_.week.excluded = rule_.dates.excluded = true;
    return rule_;
  }

 private:
  template <typename Value>
  static bool put(Part<Value>& part, std::optional<Value> value, const Json& json) {
    const auto excluded = excludes(json);
    if (!value || !excluded || part.value) return false;
    part.value = std::move(value);
    part.excluded = *excluded;
    return true;
  }

  // Whether it was one; nothing: it is not understood.
  std::optional<bool> part(const std::string& key, const Json& value, const Json& rule) {
    const auto checked = [](bool sound) { return sound ? std::optional(true) : std::nullopt; };
    if (is_one_of(key, {"timerange", "time", "times", "hours", "timeperiod"}))
      return checked(put(rule_.hours, read_hours(value), value));
    if (is_one_of(key, {"starttime", "start", "from"})) return checked(put(rule_.hours, read_hours(rule), Json()));
    if (is_one_of(key, {"weekdays", "weekday", "week", "days", "daysofweek", "dayofweek"}))
      return checked(put(rule_.week, read_week(value), value));
    if (is_one_of(key, {"dates", "date", "specificdates"}))
      return checked(put(rule_.dates, read_dates(value, false), value));
    if (is_one_of(key, {"daterange", "dateperiod"})) return checked(put(rule_.dates, read_dates(value, true), value));
    const bool known =
        is_one_of(key, kModes) ||
        is_one_of(key, {"endtime", "end", "to", "id", "key", "name", "exclude", "isexclude", "type", "timezone",
                        "label", "port", "next", "target", "zone", "tz", "title", "branchname"});
    return known ? std::optional(false) : std::nullopt;
  }

  Rule rule_;
};

// Hours of a day, without those that are excluded; one empty text: the whole day. Nothing: not to be said with days.
std::optional<std::vector<std::string>> hours_of(const Rule& rule) {
  if (!rule.hours.value) return std::vector<std::string>{""};
  const auto& [from, to] = *rule.hours.value;
  const bool days = rule.week.value.has_value() || rule.dates.value.has_value();
  const bool over_midnight = to < from && to != "00:00";
  if (from == to || (over_midnight && days)) return std::nullopt;
  if (!rule.hours.excluded) return std::vector<std::string>{from + ".." + to};
  std::vector<std::string> out;
  if (from != "00:00" && !over_midnight) out.push_back("00:00.." + from);
  if (to != "00:00") out.push_back(over_midnight ? to + ".." + from : to + "..00:00");
  return out;
}

// `mon..fri`, `sun`.
std::vector<std::string> days_of(const Week& week) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < week.size(); ++i) {
    if (!week[i]) continue;
    std::size_t last = i;
    while (last + 1 < week.size() && week[last + 1]) ++last;
    out.push_back(last == i ? std::string(kDays[i]) : fmt::format("{}..{}", kDays[i], kDays[last]));
    i = last;
  }
  return out;
}

std::vector<std::string> words_of(const Dates& dates) {
  std::vector<std::string> out;
  for (const auto& [from, to] : dates) out.push_back(from == to ? from : from + ".." + to);
  return out;
}

// Dates of the list that are such weekdays, one by one. Nothing: too many.
std::optional<std::vector<std::string>> dates_on(const Dates& dates, const Week& week) {
  std::vector<std::string> out;
  for (const auto& [from, to] : dates) {
    for (auto day = *day_of(from); day <= *day_of(to); day += std::chrono::days(1)) {
      if (out.size() == kDatesMax) return std::nullopt;
      const std::size_t which = std::chrono::weekday(day).iso_encoding() - 1;
      if (week[which]) out.push_back(date_text(day));
    }
  }
  return out;
}

// The arm of what a rule includes; empty: nothing; no value: not to be said.
std::optional<std::string> arm_of(const Rule& rule) {
  Week week{};
  week.fill(true);
  if (rule.week.value) week = *rule.week.value;
  if (rule.week.value && rule.week.excluded)
    for (bool& day : week) day = !day;
  std::optional<std::vector<std::string>> days;
  if (rule.dates.value && !rule.dates.excluded) {
    days = rule.week.value ? dates_on(*rule.dates.value, week) : words_of(*rule.dates.value);
  } else if (rule.week.value || !rule.hours.value) {
    days = days_of(week);
  } else {
    days = {""};
  }
  const auto hours = hours_of(rule);
  if (!days || !hours) return std::nullopt;
  std::string out;
  for (const std::string& day : *days)
    for (const std::string& hour : *hours)
      out += (out.empty() ? "" : ", ") + day + (day.empty() || hour.empty() ? "" : " ") + hour;
  return out;
}

const Json* rules_of(const Json& branch) {
  return find_member(branch, {"rules", "orrules", "rulelist", "conditions", "timerules", "or"});
}

}  // namespace

std::optional<DraftEntry> StepMaker::schedule(std::size_t node) {
  const Property* branches = take(node, {"branches", "branchlist", "conditions", "cases"});
  if (branches == nullptr || !branches->value->is_array() || branches->value->empty() ||
      branches->value->size() > kBranchesMax)
    return refuse("it has no list of branches");
  const Property* given = take(node, {"timezone", "zone", "tz"});
  std::string zone = given == nullptr ? std::string() : plain_text(*given->value);
  DraftEntry entry;
  entry.head = "schedule";
  entry.has_block = true;
  const std::string otherwise = behind(edge(node, Role::otherwise));
  bool last_excludes = false;
  for (const Json& branch : *branches->value) {
    const std::string own = member_text(branch, {"timezone", "zone", "tz"});
    if (!own.empty() && !zone.empty() && own != zone) return refuse("it has more than one time zone");
    if (zone.empty()) zone = own;
    const Json* rules = rules_of(branch);
    if (rules != nullptr && (!rules->is_array() || rules->empty()))
      return refuse("the rules of a branch are no list, or none");
    const std::string target = behind(edge_to(node, branch));
    const std::string comment = member_text(branch, {"name", "label", "title"});
    for (std::size_t i = 0; i < (rules == nullptr ? 1 : rules->size()); ++i) {
      const Json& written = rules == nullptr ? branch : (*rules)[i];
      const auto rule = RuleReader().read(written);
      if (!rule) return refuse("a rule of it is not understood");
      // Dates that are excluded go to what comes after: only Else is the same for all of them.
      if (last_excludes) return refuse("it excludes dates in a rule that is not its last");
      last_excludes = rule->dates.value && rule->dates.excluded;
      const auto arm = arm_of(*rule);
      if (!arm) return refuse("a rule of it has hours over midnight on certain days, or too many dates");
      if (arm->empty()) return refuse("a rule of it never holds");
      if (last_excludes)
        entry.block.push_back(line(fmt::format("{}", fmt::join(words_of(*rule->dates.value), ", ")), otherwise));
      entry.block.push_back(line(*arm, target));
      const auto lines = comment_lines(comment, 60);
      if (lines.size() == 1) entry.block.back().trailing_comment = lines[0];
    }
  }
  if (zone.empty()) return refuse("it says no time zone");
  if (!needs_.zone.empty() && needs_.zone != zone)
    return refuse(fmt::format("a flow has one time zone: `{}`, and this is `{}`", needs_.zone, shown(zone)));
  zone_ = zone;
  entry.block.push_back(line("else", otherwise));
  return entry;
}

}  // namespace flow::importing::console
