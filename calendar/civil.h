// Days and clock times without a zone, and how they are written. Pure.
//
// A date is days since 1970-01-01 in the proleptic Gregorian calendar, years 1 to 9999; a time is ms since midnight; an
// instant is ms since the epoch, in about the same years.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace flow::calendar {

inline constexpr std::int64_t kDayMs = 86'400'000;
inline constexpr std::int64_t kDateMin = -719'162;   // 0001-01-01
inline constexpr std::int64_t kDateMax = 2'932'896;  // 9999-12-31
// A day less at both ends, so that the local date is one wherever the clock hangs.
inline constexpr std::int64_t kInstantMin = (kDateMin + 1) * kDayMs;
inline constexpr std::int64_t kInstantMax = kDateMax * kDayMs - 1;

struct Civil {
  int year = 1970;
  int month = 1;  // 1 to 12
  int day = 1;

  friend bool operator==(const Civil&, const Civil&) = default;
};

Civil civil_of(std::int64_t date);                  // REQUIRES: kDateMin <= date <= kDateMax
std::int64_t date_of(const Civil& civil);           // REQUIRES: is_civil(civil)
bool is_civil(const Civil& civil);                  // a day that there is
int weekday_of(std::int64_t date);                  // 0: Monday … 6: Sunday
bool is_date(std::int64_t date);                    // in the range
bool is_instant(std::int64_t at_ms);                // in the range
std::int64_t date_of_local(std::int64_t local_ms);  // the day on which a local time (ms since 1970 there) lies

// `2026-12-25`; `09:00`, `09:00:30`, `09:00:30.5`. Nothing else is taken; a day that there is not is none.
std::optional<std::int64_t> parse_date(std::string_view text);
std::optional<std::int64_t> parse_time(std::string_view text);

// The same forms, written at `out`, at most kWrittenBytesMax; the number of bytes. Times leave out what is zero:
// `09:00`, `09:00:30`, `09:00:30.5`.
inline constexpr std::size_t kWrittenBytesMax = 32;
std::size_t write_date(char* out, std::int64_t date);
std::size_t write_time(char* out, std::int64_t time_ms);
// A day and a time: `2026-12-25T09:00`.
std::size_t write_local(char* out, std::int64_t local_ms);

std::string date_text(std::int64_t date);
std::string time_text(std::int64_t time_ms);

}  // namespace flow::calendar
