#include "compiler/import/console/settings.h"

#include <algorithm>

#include "base/limits.h"
#include "compiler/import/console/canvas.h"

namespace flow::importing::console {
namespace {

constexpr std::size_t kDigitsMax = 12;  // of a number of the language

bool all_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

Timer timer_of(std::int64_t count, std::int64_t unit) {
  const bool sound = count > 0 && count <= limits::kExpiresMsMax / unit;
  return sound ? Timer{Timer::State::set, count * unit} : Timer{Timer::State::unknown, 0};
}

Timer timer_of(const std::string& text, std::int64_t unit) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  if (digits == 0 || digits > 9) return {Timer::State::unknown, 0};
  const std::string word = squeezed(std::string_view(text).substr(digits));
  const auto named = word.empty() ? std::optional(unit) : unit_of(word);
  return named ? timer_of(std::stoll(text.substr(0, digits)), *named) : Timer{Timer::State::unknown, 0};
}

// {"minutes": 2, "seconds": 30}, or a value with perhaps its unit; nothing: it has a member that is neither.
Timer timer_within(const Json& json, std::int64_t unit_ms) {
  constexpr Timer kUnknown{Timer::State::unknown, 0};
  const Json* value = nullptr;
  std::string unit;
  std::int64_t sum = 0;
  for (const auto& [member, each] : json.items()) {
    const std::string key = squeezed(member);
    if (each.is_null() || is_one_of(key, {"enabled", "enable", "on", "checked", "switch", "open"})) continue;
    const auto part = unit_of(key);
    if (part) {
      const Timer timer = read_timer(&each, *part);
      if (timer.state == Timer::State::unknown || each.is_structured()) return kUnknown;
      sum += timer.ms;
    } else if (is_one_of(key, {"unit", "timeunit", "durationunit"}) && unit.empty() && each.is_string()) {
      unit = squeezed(plain_text(each));
    } else if (is_one_of(key, {"duration", "value", "time", "timeout", "number", "after"}) && value == nullptr) {
      value = &each;
    } else {
      return kUnknown;
    }
  }
  if (sum > 0) return value == nullptr && unit.empty() ? timer_of(sum, 1) : kUnknown;
  const auto named = unit.empty() ? std::optional(unit_ms) : unit_of(unit);
  return named && value != nullptr && !value->is_object() ? read_timer(value, *named) : kUnknown;
}

}  // namespace

bool is_one_of(std::string_view text, Keys all) {
  return std::find(all.begin(), all.end(), text) != all.end();
}

const Json* find_member(const Json& object, Keys keys) {
  if (!object.is_object()) return nullptr;
  std::vector<std::pair<std::string, const Json*>> members;
  for (const auto& [member, value] : object.items())
    if (!value.is_null()) members.emplace_back(squeezed(member), &value);
  for (const std::string_view key : keys)
    for (const auto& [member, value] : members)
      if (member == key) return value;
  return nullptr;
}

std::string member_text(const Json& object, Keys keys) {
  const Json* found = find_member(object, keys);
  return found == nullptr ? std::string() : plain_text(*found);
}

const Json* text_within(const Json& json, Keys members) {
  if (json.is_string()) return &json;
  const Json* found = find_member(json, members);
  return found != nullptr && found->is_string() ? found : nullptr;
}

std::string plain_text(const Json& json) {
  if (json.is_string()) return json.get<std::string>();
  return json.is_number() || json.is_boolean() ? json.dump() : std::string();
}

std::string decimal(const Json& json) {
  const std::string text = plain_text(json);
  std::string_view rest = text;
  if (json.is_boolean()) return {};
  if (rest.starts_with('-')) rest.remove_prefix(1);
  const std::size_t point = std::min(rest.find('.'), rest.size());
  const std::string_view whole = rest.substr(0, point);
  const bool fraction = point == rest.size() || (rest.size() - point - 1 <= 6 && all_digits(rest.substr(point + 1)));
  return all_digits(whole) && whole.size() <= kDigitsMax && fraction ? text : std::string();
}

std::optional<bool> switched(const Json* json) {
  if (json == nullptr) return std::nullopt;
  if (json->is_boolean()) return json->get<bool>();
  if (json->is_object()) return switched(find_member(*json, {"enabled", "enable", "on", "checked", "switch", "open"}));
  const std::string word = squeezed(plain_text(*json));
  if (is_one_of(word, {"true", "on", "yes", "enabled", "enable", "1", "open"})) return true;
  if (is_one_of(word, {"false", "off", "no", "disabled", "disable", "0", "close", "closed"})) return false;
  return std::nullopt;
}

std::optional<std::int64_t> unit_of(std::string_view unit) {
  if (is_one_of(unit, {"seconds", "second", "sec", "secs", "s"})) return 1000;
  if (is_one_of(unit, {"minutes", "minute", "min", "mins", "m"})) return 60'000;
  if (is_one_of(unit, {"hours", "hour", "h"})) return 3'600'000;
  if (is_one_of(unit, {"days", "day", "d"})) return 86'400'000;
  if (is_one_of(unit, {"milliseconds", "millisecond", "ms"})) return 1;
  return std::nullopt;
}

Timer read_timer(const Json* json, std::int64_t unit_ms) {
  if (json == nullptr || json->is_null()) return {};
  if (json->is_boolean()) return {json->get<bool>() ? Timer::State::unknown : Timer::State::off, 0};
  if (json->is_number_integer()) {
    return *json == 0 ? Timer{Timer::State::off, 0} : timer_of(json->get<std::int64_t>(), unit_ms);
  }
  if (json->is_string()) {
    const std::string& text = json->get_ref<const std::string&>();
    return text.empty() ? Timer{} : timer_of(text, unit_ms);
  }
  if (!json->is_object()) return {Timer::State::unknown, 0};
  if (switched(json) == false) return {Timer::State::off, 0};
  return timer_within(*json, unit_ms);
}

std::optional<std::vector<std::pair<std::string, const Json*>>> pairs(const Json& json) {
  std::vector<std::pair<std::string, const Json*>> out;
  if (json.is_object()) {
    for (const auto& [key, value] : json.items()) out.emplace_back(key, &value);
    return out;
  }
  if (!json.is_array()) return std::nullopt;
  for (const Json& each : json) {
    const std::string key = member_text(each, {"key", "name", "variable", "variablename", "field", "parameter"});
    // What is switched off is for people to look at.
    const bool off = switched(find_member(each, {"enabled", "active"})) == false ||
                     switched(find_member(each, {"disabled"})) == true;
    if (key.empty() || off) return std::nullopt;
    out.emplace_back(key, find_member(each, {"value", "content", "val", "expression"}));
  }
  return out;
}

bool is_secret(std::string_view key) {
  for (const std::string_view part :
       {"apikey", "apisecret", "secret", "password", "accesskey", "accesstoken", "authtoken", "credential"})
    if (key.find(part) != std::string_view::npos) return true;
  return key == "token";
}

std::string host_of(std::string_view url) {
  const std::size_t begin = url.find("://");
  if (begin == std::string_view::npos) return {};
  std::string_view host = url.substr(begin + 3);
  host = host.substr(0, host.find_first_of("/?#"));
  return host.find_first_of("{}@ ") == std::string_view::npos ? std::string(host) : std::string();
}

}  // namespace flow::importing::console
