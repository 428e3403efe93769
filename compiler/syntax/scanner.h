// The generated lexer's automaton as a table: a row a state, a column a byte. ANTLR's simulator looks each byte up in a
// hash map under a lock and makes an object of each token. The grammar stays the only definition: a cell is filled,
// when it is first needed, with what the simulator says, and stays as long as its thread. Internal to compiler/syntax.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "compiler/syntax/tokens.h"

namespace flow::syntax {

// The lexer's tokens of `text`, which must outlive it. To the lexer a byte beyond ASCII is 0x7F, a byte order mark
// nothing.
class Scanner {
 public:
  explicit Scanner(std::string_view text);

  // The next one; at the end, again and again, one of the type antlr4::Token::EOF.
  Token next();
  // The first byte of the line on which the token that next() gave last begins.
  std::size_t line_begin() const { return token_line_begin_; }
  // On which what is not read yet begins, from 1.
  std::uint32_t line() const { return line_; }
  // Leaves the text or interpolation that was entered last; there must be one.
  void pop_mode();

 private:
  class Automaton;
  static Automaton& automaton();

  void count_lines(std::size_t begin, std::size_t end);

  std::string_view text_;
  Automaton& automaton_;
  std::vector<std::size_t> modes_;  // the innermost last; never empty
  std::size_t at_ = 0;
  std::uint32_t line_ = 1;
  std::size_t line_begin_ = 0;
  std::size_t token_line_begin_ = 0;
};

}  // namespace flow::syntax
