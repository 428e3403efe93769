#include "calendar/civil.h"

namespace flow::calendar {
namespace {

// Days from 1970-01-01 to the first of March of year 0, from which years end with their leap day.
constexpr std::int64_t kMarchOfYearZero = -719'468;
constexpr std::int64_t kDaysIn400Years = 146'097;

bool is_leap(int year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int days_in(int year, int month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap(year) ? 29 : kDays[month - 1];
}

// `count` digits at the front, taken off; -1 when they are not there.
int take_digits(std::string_view& text, std::size_t count) {
  if (text.size() < count) return -1;
  int value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

std::size_t put_digits(char* out, std::int64_t value, std::size_t count) {
  for (std::size_t i = count; i-- > 0; value /= 10) out[i] = static_cast<char>('0' + value % 10);
  return count;
}

}  // namespace

Civil civil_of(std::int64_t date) {
  const std::int64_t days = date - kMarchOfYearZero;
  const std::int64_t era = days / kDaysIn400Years;  // never negative in the range
  const std::int64_t day_of_era = days % kDaysIn400Years;
  const std::int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t month = (5 * day_of_year + 2) / 153;  // from March
  const auto day = static_cast<int>(day_of_year - (153 * month + 2) / 5 + 1);
  const auto calendar_month = static_cast<int>(month < 10 ? month + 3 : month - 9);
  return {static_cast<int>(year_of_era + era * 400 + (calendar_month <= 2 ? 1 : 0)), calendar_month, day};
}

std::int64_t date_of(const Civil& civil) {
  const std::int64_t year = civil.year - (civil.month <= 2 ? 1 : 0);
  const std::int64_t era = year / 400;
  const std::int64_t year_of_era = year % 400;
  const std::int64_t month = civil.month > 2 ? civil.month - 3 : civil.month + 9;
  const std::int64_t day_of_year = (153 * month + 2) / 5 + civil.day - 1;
  return era * kDaysIn400Years + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year +
         kMarchOfYearZero;
}

bool is_civil(const Civil& civil) {
  return civil.year >= 1 && civil.year <= 9999 && civil.month >= 1 && civil.month <= 12 && civil.day >= 1 &&
         civil.day <= days_in(civil.year, civil.month);
}

int weekday_of(std::int64_t date) {
  const std::int64_t from_monday = (date + 3) % 7;  // 1970-01-01 was a Thursday
  return static_cast<int>(from_monday < 0 ? from_monday + 7 : from_monday);
}

bool is_date(std::int64_t date) {
  return date >= kDateMin && date <= kDateMax;
}

bool is_instant(std::int64_t at_ms) {
  return at_ms >= kInstantMin && at_ms <= kInstantMax;
}

std::int64_t date_of_local(std::int64_t local_ms) {
  const std::int64_t date = local_ms / kDayMs;
  return local_ms % kDayMs < 0 ? date - 1 : date;
}

std::optional<std::int64_t> parse_date(std::string_view text) {
  Civil civil;
  civil.year = take_digits(text, 4);
  if (civil.year < 0 || !take(text, '-')) return std::nullopt;
  civil.month = take_digits(text, 2);
  if (civil.month < 0 || !take(text, '-')) return std::nullopt;
  civil.day = take_digits(text, 2);
  if (!text.empty() || !is_civil(civil)) return std::nullopt;
  return date_of(civil);
}

std::optional<std::int64_t> parse_time(std::string_view text) {
  const int hour = take_digits(text, 2);
  if (hour < 0 || hour > 23 || !take(text, ':')) return std::nullopt;
  const int minute = take_digits(text, 2);
  if (minute < 0 || minute > 59) return std::nullopt;
  std::int64_t ms = (hour * 60LL + minute) * 60'000;
  if (text.empty()) return ms;
  if (!take(text, ':')) return std::nullopt;
  const int second = take_digits(text, 2);
  if (second < 0 || second > 59) return std::nullopt;
  ms += second * 1000LL;
  if (text.empty()) return ms;
  if (!take(text, '.') || text.empty() || text.size() > 3) return std::nullopt;
  const std::size_t digits = text.size();
  int fraction = take_digits(text, digits);
  if (fraction < 0) return std::nullopt;
  for (std::size_t i = digits; i < 3; ++i) fraction *= 10;
  return ms + fraction;
}

std::size_t write_date(char* out, std::int64_t date) {
  const Civil civil = civil_of(date);
  std::size_t size = put_digits(out, civil.year, 4);
  out[size++] = '-';
  size += put_digits(out + size, civil.month, 2);
  out[size++] = '-';
  return size + put_digits(out + size, civil.day, 2);
}

std::size_t write_time(char* out, std::int64_t time_ms) {
  std::size_t size = put_digits(out, time_ms / 3'600'000, 2);
  out[size++] = ':';
  size += put_digits(out + size, time_ms / 60'000 % 60, 2);
  if (time_ms % 60'000 == 0) return size;
  out[size++] = ':';
  size += put_digits(out + size, time_ms / 1000 % 60, 2);
  if (time_ms % 1000 == 0) return size;
  out[size++] = '.';
  size += put_digits(out + size, time_ms % 1000, 3);
  while (out[size - 1] == '0') --size;
  return size;
}

std::size_t write_local(char* out, std::int64_t local_ms) {
  const std::int64_t date = date_of_local(local_ms);
  std::size_t size = write_date(out, date);
  out[size++] = 'T';
  return size + write_time(out + size, local_ms - date * kDayMs);
}

std::string date_text(std::int64_t date) {
  char out[kWrittenBytesMax];
  return {out, write_date(out, date)};
}

std::string time_text(std::int64_t time_ms) {
  char out[kWrittenBytesMax];
  return {out, write_time(out, time_ms)};
}

}  // namespace flow::calendar
