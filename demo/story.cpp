#include "demo/story.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace flow::demo {
namespace {

using nlohmann::json;

std::string text_of(const json& entry, const char* name) {
  const auto found = entry.find(name);
  return found != entry.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string timer_words(const std::string& timer, const std::string& step) {
  if (timer == "undelivered") return fmt::format("{}: not delivered in time, falling back", step);
  if (timer == "unread") return fmt::format("{}: delivered but not read in time, falling back", step);
  if (timer == "handover") return fmt::format("{}: the channel did not take the message in time", step);
  if (timer == "expires") return "the code is no longer valid";
  return fmt::format("{}: {}", step, timer);
}

std::string end_words(const json& entry) {
  const std::string reason = text_of(entry, "detail");
  return fmt::format("ends: {}{}{}", text_of(entry, "status"), reason.empty() ? "" : ", ", reason);
}

// The step of the entry, or of the message that it is about.
std::string step_of(const json& entry, const Actor& actor) {
  const auto message = entry.find("message");
  if (message != entry.end() && message->is_number_unsigned() && message->get<std::size_t>() < actor.sends.size()) {
    return actor.sends[message->get<std::size_t>()];
  }
  return text_of(entry, "step");
}

// Empty: not worth a line.
std::string words(const json& entry, const Actor& actor) {
  const std::string kind = text_of(entry, "kind");
  const std::string step = step_of(entry, actor);
  const std::string detail = text_of(entry, "detail");
  if (kind == "started") return "execution started";
  if (kind == "queued") return fmt::format("{}: sends on channel {} to {}", step, text_of(entry, "channel"), detail);
  if (kind == "accepted") return fmt::format("{}: taken by the provider", step);
  if (kind == "attempt_failed") return fmt::format("{}: the provider did not take it ({}), trying again", step, detail);
  if (kind == "not_sent") return fmt::format("{}: not sent ({})", step, detail);
  if (kind == "receipt") return fmt::format("{}: receipt `{}`", step, text_of(entry, "status"));
  if (kind == "late_receipt")
    return fmt::format("{}: late receipt `{}`, recorded only", step, text_of(entry, "status"));
  if (kind == "timer_fired") return timer_words(text_of(entry, "status"), step);
  if (kind == "signal") return fmt::format("signal {}", text_of(entry, "status"));
  if (kind == "ended") return end_words(entry);
  return "";
}

}  // namespace

std::vector<Line> new_lines(const json& view, Actor& actor) {
  std::vector<Line> lines;
  const json& timeline = view.at("timeline");
  for (; actor.told < timeline.size(); ++actor.told) {
    const json& entry = timeline[actor.told];
    const std::string kind = text_of(entry, "kind");
    if (kind == "queued") actor.sends.push_back(text_of(entry, "step"));
    if (kind == "ended") {
      actor.ended = true;
      actor.end = text_of(entry, "status");
    }
    std::string said = words(entry, actor);
    if (said.empty()) continue;
    const auto at = parse_instant(text_of(entry, "at"));
    lines.push_back({at.value_or(0), actor.label, std::move(said), kind == "timer_fired" || kind == "ended"});
  }
  return lines;
}

std::string render(const Line& line, std::int64_t begin_ms, bool color) {
  const double seconds = static_cast<double>(line.at_ms - begin_ms) / 1000.0;
  const char* on = color && line.important ? "\x1b[1;33m" : "";
  const char* off = color && line.important ? "\x1b[0m" : "";
  return fmt::format("  {:6.1f} s  {:<4}{}{}{}", seconds < 0 ? 0.0 : seconds, line.label, on, line.text, off);
}

std::optional<std::int64_t> parse_instant(const std::string& text) {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  int hour = 0;
  int minute = 0;
  double second = 0;
  char end = 0;
  if (std::sscanf(text.c_str(), "%4d-%2u-%2uT%2d:%2d:%lf%c", &year, &month, &day, &hour, &minute, &second, &end) != 7 ||
      end != 'Z') {
    return std::nullopt;
  }
  const std::chrono::sys_days date =
      std::chrono::year_month_day{std::chrono::year{year}, std::chrono::month{month}, std::chrono::day{day}};
  const auto days = std::chrono::duration_cast<std::chrono::milliseconds>(date.time_since_epoch()).count();
  return days + (hour * 60LL + minute) * 60'000 + static_cast<std::int64_t>(second * 1000 + 0.5);
}

}  // namespace flow::demo
