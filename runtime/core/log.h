// Structured logs: one JSON object a line on stderr (or where set_sink says). Never give it a secret; personal data
// only through mask(). Any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
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

// Lines below `level` are dropped. Default: info.
void set_level(Level level);
// Where lines go (without their end of line); empty: stderr. For tests.
void set_sink(std::function<void(std::string_view line)> sink);

// A phone number or address so that two of them can be told apart by support but not dialled: "+639*******67".
std::string mask(std::string_view personal);

}  // namespace flow::core::log
