// Structured logs: one JSON object a line on stderr (or where set_sink says). Never give it a secret; personal data
// only through mask(). Any thread.
//
// No event can fill a disk: each has its own budget of lines (kBurst at once, kLinesPerSecond for long). What is beyond
// is counted, and the next line of that event says how many were left out, as `suppressed`.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace flow::core::log {

enum class Level : std::uint8_t { debug, info, warning, error };

struct Field {
  std::string_view name;
  std::variant<std::string, std::int64_t, double, bool> value;
};

// `event` is a stable snake_case name ("bundle_deployed"), the fields what belongs to it.
void write(Level level, std::string_view event, std::initializer_list<Field> fields = {});

inline void debug(std::string_view event, std::initializer_list<Field> fields = {}) {
  write(Level::debug, event, fields);
}
inline void info(std::string_view event, std::initializer_list<Field> fields = {}) {
  write(Level::info, event, fields);
}
inline void warning(std::string_view event, std::initializer_list<Field> fields = {}) {
  write(Level::warning, event, fields);
}
inline void error(std::string_view event, std::initializer_list<Field> fields = {}) {
  write(Level::error, event, fields);
}

// Lines below `level` are dropped. Default: info. At any time.
void set_level(Level level);
Level level();

inline constexpr double kLinesPerSecond = 5;
inline constexpr double kBurst = 50;
// Lines that were left out since the start, of all events.
std::uint64_t suppressed_lines();

// How many lines an event may still write.
class Budget {
 public:
  // Nothing: not this one. Else how many were left out before it.
  std::optional<std::uint64_t> take(double now_s);

 private:
  double left_ = kBurst;
  double last_s_ = 0;
  std::uint64_t suppressed_ = 0;
};
// Where lines go (without their end of line); empty: stderr. For tests.
void set_sink(std::function<void(std::string_view line)> sink);

// A phone number or address so that two of them can be told apart by support but not dialled: "+639*******67".
std::string mask(std::string_view personal);

}  // namespace flow::core::log
