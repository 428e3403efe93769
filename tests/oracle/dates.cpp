#include "tests/oracle/dates.h"

#include <fmt/format.h>
#include <unicode/decimfmt.h>
#include <unicode/gregocal.h>
#include <unicode/smpdtfmt.h>
#include <unicode/ucurr.h>

#include <chrono>
#include <limits>
#include <map>
#include <memory>
#include <regex>
#include <set>

#include "base/check.h"
#include "tests/oracle/values.h"

namespace flow::oracle {
namespace {

using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::year_month_day;

std::int64_t floor_days(std::int64_t ms) {
  std::int64_t whole = ms / kDayMs;
  if (whole * kDayMs > ms) --whole;
  return whole;
}

icu::Locale latin(const std::string& language) {
  UErrorCode status = U_ZERO_ERROR;
  icu::Locale locale = icu::Locale::createFromName(language.c_str());
  locale.setKeywordValue("calendar", "gregorian", status);
  locale.setKeywordValue("numbers", "latn", status);
  return locale;
}

const icu::TimeZone& zone_of(const std::string& name) {
  thread_local std::map<std::string, std::unique_ptr<icu::TimeZone>> zones;
  auto& zone = zones[name];
  if (zone == nullptr) zone.reset(icu::TimeZone::createTimeZone(name.c_str()));
  FLOW_CHECK(*zone != icu::TimeZone::getUnknown(), "ICU has no zone `{}`", name);
  return *zone;
}

}  // namespace

bool in_years(std::int64_t date) {
  return date >= sys_days(std::chrono::year(1) / 1 / 1).time_since_epoch().count() &&
         date <= sys_days(std::chrono::year(9999) / 12 / 31).time_since_epoch().count();
}

bool in_instants(std::int64_t at_ms) {
  const std::int64_t date = floor_days(at_ms);
  return in_years(date - 1) && in_years(date + 1);
}

std::string date_text(std::int64_t date) {
  const year_month_day civil{sys_days(days(date))};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(civil.year()), static_cast<unsigned>(civil.month()),
                     static_cast<unsigned>(civil.day()));
}

std::string time_text(std::int64_t ms) {
  std::string text = fmt::format("{:02}:{:02}", ms / 3'600'000, ms % 3'600'000 / 60'000);
  if (ms % 60'000 != 0) text += fmt::format(":{:02}", ms % 60'000 / 1000);
  if (ms % 1000 != 0) {
    text += fmt::format(".{:03}", ms % 1000);
    while (text.back() == '0') text.pop_back();
  }
  return text;
}

std::optional<std::int64_t> read_date(std::string text) {
  static const std::regex form("([0-9]{4})-([0-9]{2})-([0-9]{2})");
  std::smatch part;
  text = trim(text);
  if (!std::regex_match(text, part, form)) return std::nullopt;
  const year_month_day civil{std::chrono::year(std::stoi(part[1])),
                             std::chrono::month(static_cast<unsigned>(std::stoi(part[2]))),
                             std::chrono::day(static_cast<unsigned>(std::stoi(part[3])))};
  if (!civil.ok() || static_cast<int>(civil.year()) == 0) return std::nullopt;
  return sys_days(civil).time_since_epoch().count();
}

std::optional<std::int64_t> read_time(std::string text) {
  static const std::regex form("([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9])(?:\\.([0-9]{1,3}))?)?");
  std::smatch part;
  text = trim(text);
  if (!std::regex_match(text, part, form)) return std::nullopt;
  std::int64_t ms = std::stoi(part[1]) * 3'600'000LL + std::stoi(part[2]) * 60'000LL;
  if (part[3].matched) ms += std::stoi(part[3]) * 1000LL;
  if (part[4].matched) ms += std::stoi((part[4].str() + "00").substr(0, 3));
  return ms;
}

std::optional<std::int64_t> read_instant(std::string text) {
  static const std::regex form(
      "([0-9-]{10})T([0-9]{2}:[0-9]{2}:[0-9]{2})(\\.[0-9]{1,9})?(?:Z|([+-])([0-9]{2}):([0-9]{2}))");
  std::smatch part;
  text = trim(text);
  if (!std::regex_match(text, part, form)) return std::nullopt;
  const auto date = read_date(part[1]);
  const auto time = read_time(part[2]);
  if (!date || !time) return std::nullopt;
  std::int64_t at = *date * kDayMs + *time;
  if (part[3].matched) at += std::stoi((part[3].str() + "00").substr(1, 3));
  if (part[4].matched) {
    const int hours = std::stoi(part[5]), minutes = std::stoi(part[6]);
    if (hours > 23 || minutes > 59) return std::nullopt;
    const std::int64_t offset = hours * 3'600'000LL + minutes * 60'000LL;
    at += part[4] == "+" ? -offset : offset;
  }
  return in_instants(at) ? std::optional(at) : std::nullopt;
}

std::int64_t offset_ms(const std::string& zone, std::int64_t at_ms) {
  UErrorCode status = U_ZERO_ERROR;
  std::int32_t raw = 0, summer = 0;
  zone_of(zone).getOffset(static_cast<UDate>(at_ms), false, raw, summer, status);
  FLOW_CHECK(U_SUCCESS(status), "ICU knows no offset of {}", zone);
  return std::int64_t{raw} + summer;
}

// By trying: the earliest instant that the clocks there show as this time; when they never do, what is after the gap as
// much as the time is after its beginning.
std::int64_t instant_of(const std::string& zone, std::int64_t local_ms) {
  std::int64_t best = std::numeric_limits<std::int64_t>::max();
  std::set<std::int64_t> offsets;
  for (int hour = -36; hour <= 36; ++hour) offsets.insert(offset_ms(zone, local_ms + hour * 3'600'000LL));
  for (const std::int64_t offset : offsets)
    if (offset_ms(zone, local_ms - offset) == offset) best = std::min(best, local_ms - offset);
  if (best != std::numeric_limits<std::int64_t>::max()) return best;
  return local_ms - offset_ms(zone, local_ms - 36 * 3'600'000LL);
}

std::string format_local(std::int64_t local_ms, const std::string& pattern, const std::string& language) {
  thread_local std::map<std::pair<std::string, std::string>, std::unique_ptr<icu::SimpleDateFormat>> formats;
  auto& format = formats[{pattern, language}];
  UErrorCode status = U_ZERO_ERROR;
  if (format == nullptr) {
    format = std::make_unique<icu::SimpleDateFormat>(icu::UnicodeString::fromUTF8(pattern), latin(language), status);
    auto* calendar = new icu::GregorianCalendar(*icu::TimeZone::getGMT(), latin(language), status);
    calendar->setGregorianChange(-1e18, status);
    format->adoptCalendar(calendar);
  }
  icu::UnicodeString text;
  format->format(static_cast<UDate>(local_ms), text);
  FLOW_CHECK(U_SUCCESS(status), "ICU cannot format {}", pattern);
  std::string out;
  text.toUTF8String(out);
  return out;
}

std::string format_number(std::int64_t units, const std::string& pattern, const std::string& language) {
  thread_local std::map<std::pair<std::string, std::string>, std::unique_ptr<icu::DecimalFormat>> formats;
  auto& format = formats[{pattern, language}];
  UErrorCode status = U_ZERO_ERROR;
  if (format == nullptr) {
    auto* symbols = new icu::DecimalFormatSymbols(latin(language), status);
    format = std::make_unique<icu::DecimalFormat>(icu::UnicodeString::fromUTF8(pattern), symbols, status);
    format->setRoundingMode(icu::DecimalFormat::kRoundHalfUp);
    format->setMinimumGroupingDigits(1);
  }
  icu::UnicodeString text;
  format->format(icu::StringPiece((std::to_string(units) + "E-6").c_str()), text, nullptr, status);
  FLOW_CHECK(U_SUCCESS(status), "ICU cannot format {}", pattern);
  text.findAndReplace(format->getDecimalFormatSymbols()->getSymbol(icu::DecimalFormatSymbols::kMinusSignSymbol), "-");
  std::string out;
  text.toUTF8String(out);
  const bool zero = out.find_first_of("123456789") == std::string::npos;
  return zero && out.starts_with('-') ? out.substr(1) : out;
}

std::string money_text(std::int64_t units, std::int64_t currency) {
  const std::string code = {static_cast<char>(currency >> 16), static_cast<char>(currency >> 8 & 0xff),
                            static_cast<char>(currency & 0xff)};
  UErrorCode status = U_ZERO_ERROR;
  const std::int32_t least =
      ucurr_getDefaultFractionDigits(icu::UnicodeString::fromUTF8(code).getTerminatedBuffer(), &status);
  std::string number = to_text(units, program::ValueType::number);
  std::size_t point = number.find('.');
  if (point == std::string::npos && least > 0) {
    point = number.size();
    number += '.';
  }
  while (point != std::string::npos && number.size() - point - 1 < static_cast<std::size_t>(least)) number += '0';
  return number + " " + code;
}

}  // namespace flow::oracle
