// Turns timelines, as the API gives them, into lines that a person can follow.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace flow::demo {

// One execution of the demo: whom it is for and what was told of it already.
struct Actor {
  std::string label;      // "PH"
  std::string number;     // as it was given to the API
  std::string execution;  // id; empty: refused
  std::size_t told = 0;   // entries of its timeline that were printed
  bool ended = false;
  std::vector<std::string> sends;  // steps that sent a message, in order: the index is the message's number
  std::string end;                 // "done", "failed", …
};

struct Line {
  std::int64_t at_ms = 0;  // service time
  std::string label;
  std::string text;
  bool important = false;  // a fallback, an end
};

// The entries of `view` (GET /v1/executions/ID) that `actor` has not told yet, as lines; moves `actor` forward.
std::vector<Line> new_lines(const nlohmann::json& view, Actor& actor);

// "  30.0 s  PH  …"; with colours when asked.
std::string render(const Line& line, std::int64_t begin_ms, bool color);

// Milliseconds since the epoch of "2026-11-20T10:00:00.123Z"; nothing when it is something else.
std::optional<std::int64_t> parse_instant(const std::string& text);

}  // namespace flow::demo
