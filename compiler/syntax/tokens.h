// Text to the tokens that the grammar expects: ends of lines that end an entry, balanced brackets and texts, comments
// set aside. Internal to compiler/syntax; the types are the generated lexer's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "compiler/syntax/report.h"
#include "compiler/syntax/tree.h"

namespace flow::syntax {

struct Token {
  std::size_t type = 0;
  std::uint32_t begin = 0;  // bytes; begin == end where the text lacks what the grammar needs
  std::uint32_t end = 0;
  std::uint32_t line = 0;  // of its first byte, from 1
};

struct Tokens {
  std::vector<Token> tokens;      // the last one is the end of the file
  std::vector<Comment> comments;  // in source order
  bool too_deep = false;          // stopped: brackets nest deeper than limits::kNestingDepthMax
};

// What is wrong with single tokens and with brackets goes to `report`; the tokens are balanced all the same.
Tokens tokenize(std::string_view text, Report& report);

// Behind the entry that begins at tokens[begin]. The tokens are balanced, and each entry ends with a SEP.
std::size_t end_of_entry(const std::vector<Token>& tokens, std::size_t begin);

}  // namespace flow::syntax
