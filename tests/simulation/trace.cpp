#include "tests/simulation/trace.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "tests/simulation/agenda.h"

namespace flow::simulation {

namespace {

std::uint64_t mix(std::uint64_t hash, std::uint64_t value) {
  hash = (hash ^ value) * 0xff51afd7ed558ccd;
  return hash ^ hash >> 32;
}

std::string line(const Happened& event) {
  std::string text = fmt::format("{:>12.3f}s", static_cast<double>(event.at_ms - Agenda::kBeginMs) / 1000);
  text += event.node == kNone ? "          " : fmt::format("  node {:<2} ", event.node);
  text += event.what;
  if (event.order != kNone) text += fmt::format(" order {}", event.order);
  if (event.execution != kNone) text += fmt::format(" execution {}", event.execution);
  if (event.message != kNone) text += fmt::format(" message {}", event.message);
  if (event.value != 0) text += fmt::format(" ({})", event.value);
  return text + "\n";
}

}  // namespace

void Trace::note(const Happened& event) {
  hash_ = mix(hash_, static_cast<std::uint64_t>(event.at_ms));
  for (const char c : std::string_view(event.what)) hash_ = hash_ * 31 + static_cast<unsigned char>(c);
  hash_ = mix(hash_, static_cast<std::uint64_t>(event.node) << 32 | event.order);
  hash_ = mix(hash_, static_cast<std::uint64_t>(event.execution) << 32 | event.message);
  hash_ = mix(hash_, static_cast<std::uint64_t>(event.value));
  events_.push_back(event);
}

std::string Trace::text(std::uint32_t execution, std::uint32_t order, std::size_t most) const {
  std::vector<const Happened*> chosen;
  for (std::size_t i = events_.size(); i > 0 && chosen.size() < most; --i) {
    const Happened& event = events_[i - 1];
    const bool of_nobody = event.execution == kNone && event.order == kNone;
    const bool all = execution == kNone && order == kNone;
    if (all || of_nobody || (execution != kNone && event.execution == execution) ||
        (order != kNone && event.order == order))
      chosen.push_back(&event);
  }
  std::string text;
  for (auto event = chosen.rbegin(); event != chosen.rend(); ++event) text += line(**event);
  return text;
}

}  // namespace flow::simulation
