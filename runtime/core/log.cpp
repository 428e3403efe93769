#include "runtime/core/log.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <map>
#include <mutex>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/core/clock.h"

namespace flow::core::log {

namespace {

struct State {
  std::atomic<Level> level = Level::info;
  std::atomic<std::uint64_t> suppressed = 0;
  std::mutex mutex;
  std::function<void(std::string_view)> sink;
  std::map<std::string, Budget, std::less<>> budgets;  // by event: as many as flowd's source has
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

double monotonic_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Nothing: this line is one too many.
std::optional<std::uint64_t> budget_for(std::string_view event) {
  State& all = state();
  const std::lock_guard lock(all.mutex);
  auto found = all.budgets.find(event);
  if (found == all.budgets.end()) found = all.budgets.emplace(event, Budget()).first;
  return found->second.take(monotonic_s());
}

}  // namespace

std::optional<std::uint64_t> Budget::take(double now_s) {
  left_ = std::min(kBurst, left_ + std::max(0.0, now_s - last_s_) * kLinesPerSecond);
  last_s_ = std::max(last_s_, now_s);
  if (left_ < 1) {
    ++suppressed_;
    return std::nullopt;
  }
  left_ -= 1;
  return std::exchange(suppressed_, 0);
}

void write(Level level, std::string_view event, std::initializer_list<Field> fields) {
  if (level < state().level.load(std::memory_order_relaxed)) return;
  const std::optional<std::uint64_t> suppressed = budget_for(event);
  if (!suppressed) {
    state().suppressed.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  nlohmann::ordered_json line;
  line["at_ms"] = real_now_ms();
  line["level"] = name_of(level);
  line["event"] = event;
  for (const Field& field : fields) {
    std::visit([&](const auto& value) { line[std::string(field.name)] = value; }, field.value);
  }
  if (*suppressed > 0) line["suppressed"] = *suppressed;
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
  state().level.store(level, std::memory_order_relaxed);
}

Level level() {
  return state().level.load(std::memory_order_relaxed);
}

std::uint64_t suppressed_lines() {
  return state().suppressed.load(std::memory_order_relaxed);
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
