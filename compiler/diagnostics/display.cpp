#include "compiler/diagnostics/display.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace flow::diagnostics {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

// The blocks that terminals draw two cells wide (Unicode East Asian Width W and F, merged where gaps are unassigned).
constexpr std::array kWide = {
    Range{0x1100, 0x115F},   Range{0x231A, 0x231B},   Range{0x2329, 0x232A},   Range{0x23E9, 0x23EC},
    Range{0x23F0, 0x23F0},   Range{0x23F3, 0x23F3},   Range{0x25FD, 0x25FE},   Range{0x2614, 0x2615},
    Range{0x2648, 0x2653},   Range{0x267F, 0x267F},   Range{0x2693, 0x2693},   Range{0x26A1, 0x26A1},
    Range{0x26AA, 0x26AB},   Range{0x26BD, 0x26BE},   Range{0x26C4, 0x26C5},   Range{0x26CE, 0x26CE},
    Range{0x26D4, 0x26D4},   Range{0x26EA, 0x26EA},   Range{0x26F2, 0x26F3},   Range{0x26F5, 0x26F5},
    Range{0x26FA, 0x26FA},   Range{0x26FD, 0x26FD},   Range{0x2705, 0x2705},   Range{0x270A, 0x270B},
    Range{0x2728, 0x2728},   Range{0x274C, 0x274C},   Range{0x274E, 0x274E},   Range{0x2753, 0x2755},
    Range{0x2757, 0x2757},   Range{0x2795, 0x2797},   Range{0x27B0, 0x27B0},   Range{0x27BF, 0x27BF},
    Range{0x2B1B, 0x2B1C},   Range{0x2B50, 0x2B50},   Range{0x2B55, 0x2B55},   Range{0x2E80, 0x303E},
    Range{0x3041, 0x33FF},   Range{0x3400, 0x4DBF},   Range{0x4E00, 0xA4CF},   Range{0xA960, 0xA97C},
    Range{0xAC00, 0xD7A3},   Range{0xF900, 0xFAFF},   Range{0xFE10, 0xFE19},   Range{0xFE30, 0xFE6B},
    Range{0xFF01, 0xFF60},   Range{0xFFE0, 0xFFE6},   Range{0x16FE0, 0x18CFF}, Range{0x1AFF0, 0x1B2FF},
    Range{0x1F004, 0x1F004}, Range{0x1F0CF, 0x1F0CF}, Range{0x1F18E, 0x1F18E}, Range{0x1F191, 0x1F19A},
    Range{0x1F200, 0x1F320}, Range{0x1F32D, 0x1F335}, Range{0x1F337, 0x1F37C}, Range{0x1F37E, 0x1F393},
    Range{0x1F3A0, 0x1F3CA}, Range{0x1F3CF, 0x1F3D3}, Range{0x1F3E0, 0x1F3F0}, Range{0x1F3F4, 0x1F3F4},
    Range{0x1F3F8, 0x1F43E}, Range{0x1F440, 0x1F440}, Range{0x1F442, 0x1F4FC}, Range{0x1F4FF, 0x1F53D},
    Range{0x1F54B, 0x1F54E}, Range{0x1F550, 0x1F567}, Range{0x1F57A, 0x1F57A}, Range{0x1F595, 0x1F596},
    Range{0x1F5A4, 0x1F5A4}, Range{0x1F5FB, 0x1F64F}, Range{0x1F680, 0x1F6C5}, Range{0x1F6CC, 0x1F6CC},
    Range{0x1F6D0, 0x1F6D2}, Range{0x1F6D5, 0x1F6DF}, Range{0x1F6EB, 0x1F6EC}, Range{0x1F6F4, 0x1F6FC},
    Range{0x1F7E0, 0x1F7F0}, Range{0x1F90C, 0x1F93A}, Range{0x1F93C, 0x1F945}, Range{0x1F947, 0x1F9FF},
    Range{0x1FA70, 0x1FAFF}, Range{0x20000, 0x3FFFD}};

// Marks that are drawn over the character before them; the blocks that occur in real texts.
constexpr std::array kCombining = {
    Range{0x0300, 0x036F},   Range{0x0483, 0x0489},  Range{0x0591, 0x05BD}, Range{0x0610, 0x061A},
    Range{0x064B, 0x065F},   Range{0x06D6, 0x06DC},  Range{0x0900, 0x0902}, Range{0x093C, 0x093C},
    Range{0x0941, 0x0948},   Range{0x094D, 0x094D},  Range{0x0E31, 0x0E31}, Range{0x0E34, 0x0E3A},
    Range{0x0E47, 0x0E4E},   Range{0x102D, 0x1030},  Range{0x1032, 0x1037}, Range{0x1039, 0x103A},
    Range{0x1AB0, 0x1AFF},   Range{0x1DC0, 0x1DFF},  Range{0x200B, 0x200D}, Range{0x20D0, 0x20FF},
    Range{0x302A, 0x302D},   Range{0x3099, 0x309A},  Range{0xFE00, 0xFE0F}, Range{0xFE20, 0xFE2F},
    Range{0x1F3FB, 0x1F3FF}, Range{0xE0100, 0xE01EF}};

template <std::size_t N>
bool among(const std::array<Range, N>& ranges, char32_t c) {
  const auto next =
      std::upper_bound(ranges.begin(), ranges.end(), c, [](char32_t v, const Range& r) { return v < r.first; });
  return next != ranges.begin() && c <= std::prev(next)->last;
}

// Characters that reorder or hide what stands around them: a reviewer must see them.
bool is_deceptive(char32_t c) {
  return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0x200E || c == 0x200F || c == 0x061C ||
         (c >= 0x80 && c < 0xA0) || c == 0x2028 || c == 0x2029 || c == 0xFEFF;
}

std::size_t length_of(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xF0) return 4;
  if (lead >= 0xE0) return 3;
  return lead >= 0xC2 ? 2 : 0;
}

// The code point at the front of `text` and its bytes; U+FFFD and 1 for a byte that is not UTF-8.
std::pair<char32_t, std::size_t> decode(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t length = length_of(lead);
  if (length == 1) return {lead, 1};
  if (length == 0 || text.size() < length) return {0xFFFD, 1};
  char32_t point = lead & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xC0U) != 0x80U) return {0xFFFD, 1};
    point = (point << 6U) | (byte & 0x3FU);
  }
  return {point, length};
}

// U+2400…: the pictures of the control characters.
std::string control_picture(unsigned char c) {
  const unsigned picture = c == 0x7F ? 0x21U : c;
  return {'\xE2', static_cast<char>(0x90), static_cast<char>(0x80U + picture)};
}

Cell cell_at(std::string_view line, std::size_t at, std::uint32_t column) {
  const auto [point, bytes] = decode(line.substr(at));
  Cell cell{static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(bytes), column, 1, {}};
  if (point == '\t') {
    cell.width = kTabCells - column % kTabCells;
    cell.text.assign(cell.width, ' ');
  } else if (point < 0x20 || point == 0x7F) {
    cell.text = control_picture(static_cast<unsigned char>(point));
  } else if (is_deceptive(point) || point == 0xFFFD) {
    cell.text = "\xEF\xBF\xBD";
  } else {
    cell.text = line.substr(at, bytes);
    cell.width = cell_width(point);
  }
  return cell;
}

}  // namespace

std::optional<std::pair<char32_t, std::size_t>> deceptive_front(std::string_view text) {
  const auto front = decode(text);
  return is_deceptive(front.first) ? std::optional(front) : std::nullopt;
}

std::uint32_t cell_width(char32_t code_point) {
  if (code_point < 0x300) return 1;
  if (among(kCombining, code_point)) return 0;
  return among(kWide, code_point) ? 2 : 1;
}

std::vector<Cell> cells(std::string_view line) {
  std::vector<Cell> result;
  std::uint32_t column = 0;
  for (std::size_t i = 0; i < line.size();) {
    result.push_back(cell_at(line, i, column));
    column += result.back().width;
    i += result.back().bytes;
  }
  return result;
}

std::string printable(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    Cell cell = cell_at(text, i, 0);
    i += cell.bytes;
    result += cell.text;
  }
  return result;
}

}  // namespace flow::diagnostics
