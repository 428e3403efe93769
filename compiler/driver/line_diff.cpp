#include "compiler/driver/line_diff.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include <fmt/format.h>

namespace flow::driver {
namespace {

constexpr std::size_t kContext = 3;
constexpr std::size_t kCellsMax = 4'000'000;  // of the table of common lengths, two bytes each

struct Step {
  char mark;  // ' ', '-' or '+'
  std::string_view line;
};

// With their line ends; the last one may lack it.
std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    out.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return out;
}

using Lines = std::vector<std::string_view>;

// The steps from before[from..before_end) to after[from..after_end).
void add_changed(const Lines& before, const Lines& after, std::size_t from, std::size_t before_end,
                 std::size_t after_end, std::vector<Step>& steps) {
  const std::size_t rows = before_end - from;
  const std::size_t columns = after_end - from;
  std::size_t i = 0;
  std::size_t j = 0;
  if (rows < UINT16_MAX && columns < UINT16_MAX && (rows + 1) * (columns + 1) <= kCellsMax) {
    // common[i][j]: the most lines that the rests from i and from j have in common, in order.
    std::vector<std::uint16_t> common((rows + 1) * (columns + 1), 0);
    const auto at = [&](std::size_t row, std::size_t column) -> std::uint16_t& {
      return common[row * (columns + 1) + column];
    };
    for (std::size_t row = rows; row-- > 0;) {
      for (std::size_t column = columns; column-- > 0;) {
        const bool equal = before[from + row] == after[from + column];
        at(row, column) = equal ? static_cast<std::uint16_t>(at(row + 1, column + 1) + 1)
                                : std::max(at(row + 1, column), at(row, column + 1));
      }
    }
    while (i < rows && j < columns) {
      if (before[from + i] == after[from + j]) {
        steps.push_back({' ', before[from + i]});
        ++i;
        ++j;
      } else if (at(i + 1, j) > at(i, j + 1) ||
                 (at(i + 1, j) == at(i, j + 1) && (steps.empty() || steps.back().mark != '-'))) {
        // In turn where both do, so that lines which stayed are found as early as can be.
        steps.push_back({'-', before[from + i++]});
      } else {
        steps.push_back({'+', after[from + j++]});
      }
    }
  }
  while (i < rows) steps.push_back({'-', before[from + i++]});
  while (j < columns) steps.push_back({'+', after[from + j++]});
}

std::vector<Step> steps_between(const Lines& before, const Lines& after) {
  std::size_t first = 0;
  while (first < before.size() && first < after.size() && before[first] == after[first]) ++first;
  std::size_t same = 0;  // at the end
  while (same < before.size() - first && same < after.size() - first &&
         before[before.size() - 1 - same] == after[after.size() - 1 - same]) {
    ++same;
  }
  std::vector<Step> steps;
  steps.reserve(before.size() + after.size());
  for (std::size_t i = 0; i < first; ++i) steps.push_back({' ', before[i]});
  add_changed(before, after, first, before.size() - same, after.size() - same, steps);
  // What goes stands above what comes.
  for (auto at = steps.begin(); at != steps.end();) {
    const auto end = std::find_if(at, steps.end(), [](const Step& step) { return step.mark == ' '; });
    std::stable_partition(at, end, [](const Step& step) { return step.mark == '-'; });
    at = std::find_if(end, steps.end(), [](const Step& step) { return step.mark != ' '; });
  }
  for (std::size_t i = before.size() - same; i < before.size(); ++i) steps.push_back({' ', before[i]});
  return steps;
}

std::string range(std::size_t first, std::size_t count) {
  // An empty range stands after the line before it.
  if (count == 0) return fmt::format("{},0", first);
  return count == 1 ? fmt::format("{}", first + 1) : fmt::format("{},{}", first + 1, count);
}

}  // namespace

std::string unified_diff(std::string_view name, std::string_view before, std::string_view after) {
  if (before == after) return {};
  const std::vector<Step> steps = steps_between(lines_of(before), lines_of(after));
  std::string out = fmt::format("--- {0}\n+++ {0}\n", name);
  std::size_t before_line = 0;
  std::size_t after_line = 0;
  for (std::size_t i = 0; i < steps.size();) {
    const auto is_change = [&](std::size_t at) { return steps[at].mark != ' '; };
    std::size_t change = i;
    while (change < steps.size() && !is_change(change)) ++change;
    if (change == steps.size()) break;
    // The hunk ends where more than twice the context is unchanged.
    const std::size_t begin = change > i + kContext ? change - kContext : i;
    std::size_t last = change;
    for (std::size_t at = change; at < steps.size() && at <= last + 2 * kContext; ++at) {
      if (is_change(at)) last = at;
    }
    const std::size_t end = std::min(last + kContext + 1, steps.size());
    before_line += begin - i;
    after_line += begin - i;
    std::string body;
    std::size_t removed = 0;
    std::size_t added = 0;
    for (std::size_t at = begin; at < end; ++at) {
      removed += steps[at].mark != '+' ? 1 : 0;
      added += steps[at].mark != '-' ? 1 : 0;
      body += steps[at].mark;
      body += steps[at].line;
      if (!steps[at].line.ends_with('\n')) body += "\n\\ No newline at end of file\n";
    }
    out += fmt::format("@@ -{} +{} @@\n{}", range(before_line, removed), range(after_line, added), body);
    before_line += removed;
    after_line += added;
    i = end;
  }
  return out;
}

}  // namespace flow::driver
