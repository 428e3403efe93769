// How text looks on a terminal: cells, not bytes. For whatever prints or writes a text that others made.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace flow::diagnostics {

// One character of a line as it will be printed: `text` is safe (a tab is spaces, a control character or a
// bidirectional override is a visible stand-in), `width` its terminal cells, 0 for a combining mark.
struct Cell {
  std::uint32_t byte = 0;  // where it begins in the line
  std::uint32_t bytes = 0;
  std::uint32_t column = 0;  // the first cell it takes, from 0
  std::uint32_t width = 0;
  std::string text;
};

inline constexpr std::uint32_t kTabCells = 4;

// REQUIRES: well-formed UTF-8 (others are replaced byte by byte).
std::vector<Cell> cells(std::string_view line);

// The text of all cells: what may be printed without upsetting a terminal. Line ends become visible, too.
std::string printable(std::string_view text);

// The code point at the front of `text` when it reorders or hides what stands around it (a bidirectional override, a
// control character beyond ASCII, a separator of lines), and its bytes; nothing otherwise. REQUIRES: not empty.
std::optional<std::pair<char32_t, std::size_t>> deceptive_front(std::string_view text);

// Terminal cells of one code point: 0, 1 or 2 (East Asian wide and emoji).
std::uint32_t cell_width(char32_t code_point);

}  // namespace flow::diagnostics
