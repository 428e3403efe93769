// Time zones by name (`Asia/Manila`), from the system's time zone database (package tzdata, TZif files).
//
// A zone is read once, on first use, and kept for the whole program; any thread may ask. A newer database counts after
// a restart.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flow::calendar {

class Zone {
 public:
  // Null: there is none of this name, or the database is not installed. Takes hostile names.
  static const Zone* find(std::string_view name);

  // What local time is ahead of UTC.
  std::int64_t offset_ms(std::int64_t at_ms) const;

  // The instant of a local time, given as ms since 1970-01-01 00:00 there. A time that the clocks skip is moved forward
  // by what they skip; of one that comes twice, the first counts.
  std::int64_t instant_of(std::int64_t local_ms) const;

  // The most by which the clocks are ever set back at once after `at_ms`, as far as the database knows: what a wait for
  // a clock time may take longer.
  std::int64_t set_back_ms(std::int64_t at_ms) const;

  // The bytes of a TZif file (RFC 8536), checked; nothing when they are none.
  static std::unique_ptr<Zone> read(std::string_view bytes);

 private:
  // A day of the year on which summer time begins or ends.
  struct Day {
    enum class Kind : std::uint8_t { month_week_day, julian, day_of_year } kind{};
    int month = 0, week = 0, day = 0;
    std::int64_t time_s = 7200;
  };
  // What holds after the last transition: `PST8PDT,M3.2.0,M11.1.0`.
  struct Rule {
    std::int64_t standard_s = 0;
    std::int64_t summer_s = 0;
    bool has_summer = false;
    Day begin, end;
  };

  static std::optional<Rule> read_rule(std::string_view text);
  std::int64_t rule_offset_s(std::int64_t at_s) const;

  std::vector<std::int64_t> transitions_;  // ascending, seconds
  std::vector<std::int32_t> offsets_;      // after each
  std::int32_t first_offset_ = 0;          // before all of them
  std::optional<Rule> rule_;
};

}  // namespace flow::calendar
