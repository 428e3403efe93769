#include "runtime/core/log.h"

#include <cstdio>
#include <mutex>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/core/clock.h"

namespace flow::core::log {

namespace {

struct State {
  std::mutex mutex;
  Level level = Level::info;
  std::function<void(std::string_view)> sink;
};

State& state() {
  static State instance;
  return instance;
}

constexpr std::string_view name_of(Level level) {
  switch (level) {
    case Level::debug:
      return "debug";
    case Level::info:
      return "info";
    case Level::warning:
      return "warning";
    case Level::error:
      return "error";
  }
  return "error";
}

}  // namespace

void write(Level level, std::string_view event, std::initializer_list<Field> fields) {
  {
    const std::lock_guard lock(state().mutex);
    if (level < state().level) return;
  }
  nlohmann::ordered_json line;
  line["at_ms"] = real_now_ms();
  line["level"] = name_of(level);
  line["event"] = event;
  for (const Field& field : fields) {
    std::visit([&](const auto& value) { line[std::string(field.name)] = value; }, field.value);
  }
  std::string text = line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  const std::lock_guard lock(state().mutex);
  if (state().sink) {
    state().sink(text);
    return;
  }
  text += '\n';
  std::fwrite(text.data(), 1, text.size(), stderr);  // one call a line: lines of several processes do not mix
}

void set_level(Level level) {
  const std::lock_guard lock(state().mutex);
  state().level = level;
}

void set_sink(std::function<void(std::string_view)> sink) {
  const std::lock_guard lock(state().mutex);
  state().sink = std::move(sink);
}

std::string mask(std::string_view personal) {
  constexpr std::size_t kHead = 4;
  constexpr std::size_t kTail = 2;
  if (personal.size() <= kHead + kTail + 2) return std::string(personal.size(), '*');
  std::string masked(personal);
  for (std::size_t i = kHead; i < masked.size() - kTail; ++i) masked[i] = '*';
  return masked;
}

}  // namespace flow::core::log
