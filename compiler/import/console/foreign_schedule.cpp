#include "compiler/import/console/foreign_schedule.h"

#include <array>
#include <cctype>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "compiler/import/console/foreign_shape.h"
#include "compiler/import/console/foreign_ways.h"
#include "compiler/import/console/foreign_words.h"
#include "compiler/import/fidelity/words.h"

namespace flow::importing::console::foreign {
namespace {

using Bounds = std::pair<std::int64_t, std::int64_t>;

constexpr std::string_view kUnknown = "*";

bool excludes(const Json& json) {
  if (!json.is_object()) return false;
  if (const Json* said = member(json, {"exclude", "isexclude"})) return switched(said) == true;
  const std::string word = letters(member_words(
      json, {"mode", "include", "includeorexclude", "includeexclude", "matchtype", "rule", "logic", "type"}));
  return is_one(word, {"exclude", "excluded", "not", "false"});
}

// The milliseconds of a day at "9:00".
std::optional<std::int64_t> clock_of(const std::string& text) {
  int hour = -1;
  int minute = -1;
  int second = 0;
  int end = 0;
  if (std::sscanf(text.c_str(), "%2d:%2d%n", &hour, &minute, &end) != 2 || hour < 0 || minute < 0) return std::nullopt;
  const bool more = static_cast<std::size_t>(end) < text.size();
  if (more && (std::sscanf(text.c_str() + end, ":%2d", &second) != 1 || second != 0)) return std::nullopt;
  return hour > 24 || minute > 59 ? std::nullopt : std::optional(((hour % 24 * 60) + minute) * std::int64_t{60'000});
}

// The number of a day.
std::optional<std::int64_t> date_of(const std::string& text) {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  if (text.size() != 10 || std::sscanf(text.c_str(), "%4d-%2u-%2u", &year, &month, &day) != 3) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count();
}

std::optional<std::size_t> weekday_of(const std::string& name) {
  constexpr std::array<std::string_view, 7> kDays = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
  const std::string word = letters(name);
  for (std::size_t i = 0; i < kDays.size(); ++i)
    if (word.starts_with(kDays[i]) && (word.size() == 3 || word.ends_with("day"))) return i;
  return std::nullopt;
}

// Two texts: of a list, of an object, or with a sign between them.
std::optional<std::pair<std::string, std::string>> two_of(const Json& json, std::string_view sign) {
  if (json.is_array() && json.size() == 2) return std::pair(plain(json[0]), plain(json[1]));
  const std::string from = member_words(json, {"start", "from", "begin", "starttime", "startdate"});
  const std::string to = member_words(json, {"end", "to", "endtime", "enddate", "until"});
  if (!from.empty() && !to.empty()) return std::pair(from, to);
  if (!json.is_string()) return std::nullopt;
  const std::string text = json.get<std::string>();
  const std::size_t at = text.find(sign);
  if (at == std::string::npos || text.find(' ') != std::string::npos) return std::nullopt;
  return std::pair(text.substr(0, at), text.substr(at + sign.size()));
}

class Rule {
 public:
  explicit Rule(const std::string& zone)
      : today_(fmt::format("date_in({}, {})", fidelity::value("now"), fidelity::quoted(zone))),
        time_(fmt::format("time_in({}, {})", fidelity::value("now"), fidelity::quoted(zone))) {}

  // False: it is not followed.
  bool read(const Json& rule) {
    const bool whole = excludes(rule);
    for (const auto& [name, value] : rule.items()) {
      const std::string key = letters(name);
      if (value.is_null()) continue;
      const bool out = whole || excludes(value);
      if (is_one(key, {"timerange", "time", "times", "hours", "timeperiod"})) {
        const Json* inner = member(value, {"range", "value", "values"});
        if (out || !read_hours(inner == nullptr ? value : *inner)) return false;
      } else if (is_one(key, {"starttime", "start", "from"})) {
        if (out || !read_hours(rule)) return false;
      } else if (is_one(key, {"weekdays", "weekday", "week", "days", "daysofweek", "dayofweek"})) {
        if (!read_week(value, out)) return false;
      } else if (is_one(key, {"dates", "date", "specificdates", "daterange", "dateperiod"})) {
        if (!read_dates(value, is_one(key, {"daterange", "dateperiod"}), out)) return false;
      }
    }
    return !(week_ && !dates_.empty());  // dates of a list that are such days
  }

  std::string words() const {
    std::vector<std::string> any;
    if (!dates_.empty()) {
      for (const Bounds& one : dates_) add(one, true, any);
    } else if (week_ || !hours_) {
      for (std::size_t i = 0; i < 7; ++i) {
        if (!on(i)) continue;
        const std::size_t first = i;
        while (i < 6 && on(i + 1)) ++i;
        add(Bounds(first, i), false, any);
      }
    } else {
      add(std::nullopt, false, any);
    }
    return any.empty() ? std::string(kUnknown) : fidelity::any_of(any);
  }
  std::string excluded() const {
    std::vector<std::string> any;
    for (const Bounds& one : excluded_) any.push_back(fidelity::all_of(days(one, true, 0)));
    return any.empty() ? std::string(kUnknown) : fidelity::any_of(any);
  }

 private:
  bool on(std::size_t day) const { return !week_ || (*week_)[day]; }

  bool read_hours(const Json& json) {
    const auto both = two_of(json, "-");
    const auto from = both ? clock_of(both->first) : std::nullopt;
    const auto to = both ? clock_of(both->second) : std::nullopt;
    if (!from || !to || hours_) return false;
    hours_ = Bounds(*from, *to);
    return true;
  }
  bool read_week(const Json& json, bool out) {
    const Json* inner = member(json, {"days", "values", "value", "weekdays", "list"});
    const Json& list = inner == nullptr ? json : *inner;
    if (!list.is_array() || week_) return false;
    std::array<bool, 7> week{};
    week.fill(out);
    for (const Json& one : list) {
      const auto day = weekday_of(one.is_object() ? member_words(one, {"value", "name", "day"}) : plain(one));
      if (!day) return false;
      week[*day] = !out;
    }
    week_ = week;
    return true;
  }
  bool read_dates(const Json& json, bool one_range, bool out) {
    const Json* inner = member(json, {"dates", "values", "value", "list", "range"});
    const Json& list = inner == nullptr ? json : *inner;
    const Json alone = Json::array({list});
    for (const Json& one : one_range || !list.is_array() ? alone : list) {
      const auto day = one.is_string() ? date_of(one.get<std::string>()) : std::nullopt;
      const auto both = two_of(one, "/");
      const auto from = day ? day : both ? date_of(both->first) : std::nullopt;
      const auto to = day ? day : both ? date_of(both->second) : std::nullopt;
      if (!from || !to) return false;
      (out ? excluded_ : dates_).emplace_back(*from, *to);
    }
    return true;
  }

  // `shift`: 1 for the day before.
  std::vector<std::string> days(const Bounds& bounds, bool dates, std::int64_t shift) const {
    const std::string day = dates ? today_ : fmt::format("weekday({})", today_);
    const std::int64_t first = dates ? bounds.first + shift : (bounds.first + shift) % 7;
    const std::int64_t last = dates ? bounds.second + shift : (bounds.second + shift) % 7;
    if (bounds.first == bounds.second) return {fmt::format("{} == {}", day, first)};
    const std::vector<std::string> both = {fmt::format("{} >= {}", day, first), fmt::format("{} <= {}", day, last)};
    return first > last ? std::vector<std::string>{fidelity::any_of(both)} : both;
  }

  void add(const std::optional<Bounds>& bounds, bool dates, std::vector<std::string>& any) const {
    const auto with = [&](std::int64_t shift, std::vector<std::string> more) {
      std::vector<std::string> all = bounds ? days(*bounds, dates, shift) : std::vector<std::string>();
      all.insert(all.end(), more.begin(), more.end());
      return fidelity::all_of(all);
    };
    if (!hours_) return any.push_back(with(0, {}));
    const std::string begun = fmt::format("{} >= {}", time_, hours_->first);
    const std::string open = fmt::format("{} < {}", time_, hours_->second);
    if (hours_->first < hours_->second) return any.push_back(with(0, {begun, open}));
    any.push_back(with(0, {begun}));
    any.push_back(with(1, {open}));
  }

  std::string today_;
  std::string time_;
  std::optional<Bounds> hours_;
  std::optional<std::array<bool, 7>> week_;
  std::vector<Bounds> dates_;
  std::vector<Bounds> excluded_;
};

}  // namespace

bool excludes_dates(const Json& rule) {
  const Json* dates = member(rule, {"dates", "date", "specificdates", "daterange", "dateperiod"});
  return dates != nullptr && (excludes(*dates) || excludes(rule));
}

std::string times_of(const Json& rule, const std::string& zone) {
  Rule read(zone);
  return !zone.empty() && rule.is_object() && read.read(rule) ? read.words() : std::string(kUnknown);
}

std::string excluded_dates_of(const Json& rule, const std::string& zone) {
  Rule read(zone);
  return !zone.empty() && rule.is_object() && read.read(rule) ? read.excluded() : std::string(kUnknown);
}

}  // namespace flow::importing::console::foreign
