#include "base/instant.h"

#include <algorithm>
#include <chrono>

namespace flow {
namespace {

using std::chrono::day;
using std::chrono::days;
using std::chrono::month;
using std::chrono::sys_days;
using std::chrono::year;
using std::chrono::year_month_day;

constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::int64_t kFirstMs = sys_days(year(0) / 1 / 1).time_since_epoch().count() * kDayMs;
constexpr std::int64_t kLastMs = sys_days(year(9999) / 12 / 31).time_since_epoch().count() * kDayMs + kDayMs - 1;

// Exactly `count` digits at the front of `text`, taken off.
bool take_number(std::string_view& text, std::size_t count, unsigned& value) {
  value = 0;
  if (text.size() < count) return false;
  for (char c : text.substr(0, count)) {
    if (c < '0' || c > '9') return false;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  text.remove_prefix(count);
  return true;
}

bool take(std::string_view& text, char wanted) {
  if (!text.starts_with(wanted)) return false;
  text.remove_prefix(1);
  return true;
}

bool take_fraction(std::string_view& text, unsigned& ms) {
  ms = 0;
  if (!take(text, '.')) return true;
  std::size_t digits = 0;
  for (unsigned place = 100; !text.empty() && text[0] >= '0' && text[0] <= '9'; text.remove_prefix(1), place /= 10) {
    ms += static_cast<unsigned>(text[0] - '0') * place;
    ++digits;
  }
  return digits >= 1 && digits <= 9;
}

bool take_offset(std::string_view& text, std::int64_t& ms) {
  ms = 0;
  if (take(text, 'Z')) return true;
  const bool east = text.starts_with('+');
  unsigned hours = 0;
  unsigned minutes = 0;
  if (!east && !text.starts_with('-')) return false;
  text.remove_prefix(1);
  if (!take_number(text, 2, hours) || !take(text, ':') || !take_number(text, 2, minutes)) return false;
  if (hours > 23 || minutes > 59) return false;
  ms = (hours * 60 + minutes) * std::int64_t{60'000} * (east ? 1 : -1);
  return true;
}

}  // namespace

std::string instant_text(std::int64_t ms) {
  ms = std::clamp(ms, kFirstMs, kLastMs);
  const std::int64_t day_number = ms >= 0 ? ms / kDayMs : -((kDayMs - 1 - ms) / kDayMs);
  const std::int64_t left = ms - day_number * kDayMs;
  const year_month_day date{sys_days(days(static_cast<int>(day_number)))};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), left / 3'600'000,
                     left / 60'000 % 60, left / 1000 % 60, left % 1000);
}

Result<std::int64_t> parse_instant(std::string_view text) {
  unsigned y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0, ms = 0;
  std::int64_t offset = 0;
  const bool formed = take_number(text, 4, y) && take(text, '-') && take_number(text, 2, mo) && take(text, '-') &&
                      take_number(text, 2, d) && take(text, 'T') && take_number(text, 2, h) && take(text, ':') &&
                      take_number(text, 2, mi) && take(text, ':') && take_number(text, 2, s) &&
                      take_fraction(text, ms) && take_offset(text, offset) && text.empty();
  const year_month_day date{year(static_cast<int>(y)), month(mo), day(d)};
  if (!formed || !date.ok() || h > 23 || mi > 59 || s > 59)
    return fail(ErrorCode::invalid_argument, "not an instant such as `2026-11-20T10:00:00Z`");
  const std::int64_t at =
      sys_days(date).time_since_epoch().count() * kDayMs + ((h * 60 + mi) * 60 + s) * std::int64_t{1000} + ms - offset;
  return std::clamp(at, kFirstMs, kLastMs);
}

}  // namespace flow
