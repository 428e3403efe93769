#include "calendar/zone.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <shared_mutex>

#include "calendar/civil.h"

namespace flow::calendar {
namespace {

constexpr std::size_t kNameBytesMax = 64;
constexpr std::size_t kFileBytesMax = 1 << 20;
constexpr std::size_t kHeaderBytes = 44;

// Letters, digits and what names have besides; no way out of the database's folder.
bool is_name(std::string_view name) {
  if (name.empty() || name.size() > kNameBytesMax || name.find("..") != std::string_view::npos) return false;
  if (name.front() == '/' || name.back() == '/' || name.starts_with("posix") || name.starts_with("right/"))
    return false;
  if (name == "localtime") return false;
  return std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' || c == '_' ||
           c == '-' || c == '+';
  });
}

std::string file_bytes(std::string_view name) {
  std::ifstream file("/usr/share/zoneinfo/" + std::string(name), std::ios::binary);
  std::string bytes;
  if (!file) return bytes;
  bytes.resize(kFileBytesMax);
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
  return bytes;
}

std::int64_t big_endian(std::string_view bytes, std::size_t size) {
  std::uint64_t value = (static_cast<unsigned char>(bytes[0]) & 0x80U) != 0 ? ~std::uint64_t{0} : 0;
  for (std::size_t i = 0; i < size; ++i) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return static_cast<std::int64_t>(value);
}

// The six counts of a TZif header, and how long the block behind it is.
struct Header {
  std::uint64_t is_ut = 0, is_standard = 0, leaps = 0, times = 0, types = 0, letters = 0;

  std::uint64_t block_bytes(std::uint64_t time_bytes) const {
    return times * time_bytes + times + types * 6 + letters + leaps * (time_bytes + 4) + is_standard + is_ut;
  }
};

std::optional<Header> read_header(std::string_view bytes) {
  if (bytes.size() < kHeaderBytes || !bytes.starts_with("TZif")) return std::nullopt;
  const auto count = [&](std::size_t i) { return static_cast<std::uint64_t>(big_endian(bytes.substr(20 + 4 * i), 4)); };
  const Header header{count(0), count(1), count(2), count(3), count(4), count(5)};
  for (const std::uint64_t one :
       {header.is_ut, header.is_standard, header.leaps, header.times, header.types, header.letters})
    if (one > kFileBytesMax) return std::nullopt;
  return header;
}

bool take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<int> take_number(std::string_view& text, int most) {
  int value = 0;
  std::size_t digits = 0;
  while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9' && digits < 4)
    value = value * 10 + (text[digits++] - '0');
  text.remove_prefix(digits);
  return digits == 0 || value > most ? std::nullopt : std::optional(value);
}

// `2`, `-1:30`, `+02:00:00` as seconds.
std::optional<std::int64_t> take_time(std::string_view& text) {
  const bool minus = take(text, '-');
  if (!minus) take(text, '+');
  const auto hours = take_number(text, 167);
  if (!hours) return std::nullopt;
  std::int64_t seconds = *hours * 3600LL;
  for (const int unit : {60, 1}) {
    if (!take(text, ':')) break;
    const auto part = take_number(text, 59);
    if (!part) return std::nullopt;
    seconds += *part * unit;
  }
  return minus ? -seconds : seconds;
}

// `PST` or `<+08>`.
bool take_abbreviation(std::string_view& text) {
  if (take(text, '<')) {
    const std::size_t end = text.find('>');
    if (end == std::string_view::npos) return false;
    text.remove_prefix(end + 1);
    return true;
  }
  std::size_t letters = 0;
  while (letters < text.size() &&
         ((text[letters] >= 'a' && text[letters] <= 'z') || (text[letters] >= 'A' && text[letters] <= 'Z')))
    ++letters;
  text.remove_prefix(letters);
  return letters >= 3;
}

int year_of(std::int64_t local_s) {
  const std::int64_t date = date_of_local(local_s * 1000);
  return civil_of(std::clamp(date, kDateMin, kDateMax)).year;
}

}  // namespace

const Zone* Zone::find(std::string_view name) {
  static std::shared_mutex mutex;
  static std::map<std::string, std::unique_ptr<Zone>, std::less<>> known;
  {
    const std::shared_lock lock(mutex);
    if (const auto found = known.find(name); found != known.end()) return found->second.get();
  }
  if (!is_name(name)) return nullptr;
  std::unique_ptr<Zone> zone = read(file_bytes(name));
  if (zone == nullptr) return nullptr;  // not kept: there is no end of names that are none
  const std::unique_lock lock(mutex);
  return known.try_emplace(std::string(name), std::move(zone)).first->second.get();
}

std::unique_ptr<Zone> Zone::read(std::string_view bytes) {
  const auto old = read_header(bytes);
  if (!old || bytes[4] < '2') return nullptr;  // version 1 has no years after 2037
  const std::uint64_t skipped = kHeaderBytes + old->block_bytes(4);
  if (bytes.size() < skipped) return nullptr;
  bytes.remove_prefix(skipped);
  const auto header = read_header(bytes);
  if (!header || bytes.size() < kHeaderBytes + header->block_bytes(8) || header->types == 0) return nullptr;
  bytes.remove_prefix(kHeaderBytes);
  const std::string_view times = bytes.substr(0, header->times * 8);
  const std::string_view kinds = bytes.substr(times.size(), header->times);
  const std::string_view types = bytes.substr(times.size() + kinds.size(), header->types * 6);
  const auto offset = [&](std::size_t type) {
    return static_cast<std::int32_t>(big_endian(types.substr(type * 6), 4));
  };
  auto zone = std::make_unique<Zone>();
  zone->first_offset_ = offset(0);
  for (std::size_t i = 0; i < header->times; ++i) {
    const auto kind = static_cast<unsigned char>(kinds[i]);
    const std::int64_t at = big_endian(times.substr(i * 8), 8);
    if (kind >= header->types || (i > 0 && at <= zone->transitions_.back())) return nullptr;
    zone->transitions_.push_back(at);
    zone->offsets_.push_back(offset(kind));
  }
  std::string_view footer = bytes.substr(header->block_bytes(8));
  if (!take(footer, '\n')) return nullptr;
  footer = footer.substr(0, footer.find('\n'));
  if (footer.empty()) return zone;
  zone->rule_ = read_rule(footer);
  return zone->rule_ ? std::move(zone) : nullptr;
}

std::optional<Zone::Rule> Zone::read_rule(std::string_view text) {
  Rule rule;
  if (!take_abbreviation(text)) return std::nullopt;
  const auto standard = take_time(text);
  if (!standard) return std::nullopt;
  rule.standard_s = -*standard;  // POSIX counts what is west
  if (text.empty()) return rule;
  rule.has_summer = true;
  rule.summer_s = rule.standard_s + 3600;
  if (!take_abbreviation(text)) return std::nullopt;
  if (!text.empty() && text.front() != ',') {
    const auto summer = take_time(text);
    if (!summer) return std::nullopt;
    rule.summer_s = -*summer;
  }
  for (Day* day : {&rule.begin, &rule.end}) {
    if (!take(text, ',')) return std::nullopt;
    if (take(text, 'M')) {
      const auto month = take_number(text, 12);
      if (!month || !take(text, '.')) return std::nullopt;
      const auto week = take_number(text, 5);
      if (!week || !take(text, '.')) return std::nullopt;
      const auto weekday = take_number(text, 6);
      if (!weekday || *month == 0 || *week == 0) return std::nullopt;
      *day = {Day::Kind::month_week_day, *month, *week, *weekday, 7200};
    } else {
      const bool julian = take(text, 'J');
      const auto number = take_number(text, 365);
      if (!number || (julian && *number == 0)) return std::nullopt;
      *day = {julian ? Day::Kind::julian : Day::Kind::day_of_year, 0, 0, *number, 7200};
    }
    if (take(text, '/')) {
      const auto time = take_time(text);
      if (!time) return std::nullopt;
      day->time_s = *time;
    }
  }
  return text.empty() ? std::optional(rule) : std::nullopt;
}

std::int64_t Zone::rule_offset_s(std::int64_t at_s) const {
  const Rule& rule = *rule_;
  if (!rule.has_summer) return rule.standard_s;
  const int year = year_of(at_s + rule.standard_s);
  // Local seconds of a change in that year.
  const auto change = [&](const Day& day) {
    std::int64_t date = date_of({year, 1, 1});
    if (day.kind == Day::Kind::day_of_year) {
      date += day.day;
    } else if (day.kind == Day::Kind::julian) {
      const bool leap = is_civil({year, 2, 29});
      date += day.day - 1 + (leap && day.day >= 60 ? 1 : 0);  // counts no leap day
    } else {
      date = date_of({year, day.month, 1});
      const int first = (weekday_of(date) + 1) % 7;  // 0: Sunday
      date += (day.day - first + 7) % 7 + 7LL * (day.week - 1);
      while (civil_of(date).month != day.month) date -= 7;  // the fifth is the last
    }
    return date * 86'400 + day.time_s;
  };
  const std::int64_t begin = change(rule.begin) - rule.standard_s;
  const std::int64_t end = change(rule.end) - rule.summer_s;
  const bool summer = begin < end ? at_s >= begin && at_s < end : at_s < end || at_s >= begin;
  return summer ? rule.summer_s : rule.standard_s;
}

std::int64_t Zone::offset_ms(std::int64_t at_ms) const {
  const std::int64_t at_s = at_ms / 1000 - (at_ms % 1000 < 0 ? 1 : 0);
  const auto next = std::ranges::upper_bound(transitions_, at_s);
  if (next == transitions_.end() && rule_) return rule_offset_s(at_s) * 1000;
  if (next == transitions_.begin()) return std::int64_t{first_offset_} * 1000;
  return std::int64_t{offsets_[static_cast<std::size_t>(next - transitions_.begin()) - 1]} * 1000;
}

std::int64_t Zone::set_back_ms(std::int64_t at_ms) const {
  std::int64_t most_s = 0;
  for (std::size_t i = 0; i < transitions_.size(); ++i) {
    const std::int64_t before = i == 0 ? first_offset_ : offsets_[i - 1];
    if (transitions_[i] * 1000 >= at_ms) most_s = std::max(most_s, before - offsets_[i]);
  }
  if (rule_ && rule_->has_summer) most_s = std::max(most_s, std::abs(rule_->summer_s - rule_->standard_s));
  return most_s * 1000;
}

std::int64_t Zone::instant_of(std::int64_t local_ms) const {
  // The offsets that hold well before and well after: clocks are not changed twice within two days.
  const std::int64_t before = offset_ms(local_ms - kDayMs - kDayMs / 2);
  const std::int64_t after = offset_ms(local_ms + kDayMs + kDayMs / 2);
  if (offset_ms(local_ms - before) == before) return local_ms - before;
  if (offset_ms(local_ms - after) == after) return local_ms - after;
  return local_ms - before;
}

}  // namespace flow::calendar
