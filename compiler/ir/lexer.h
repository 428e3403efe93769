// Tokens of the text form. Private to compiler/ir.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace flow::ir {

enum class TokenKind : std::uint8_t {
  word,         // letters, digits, `_` and inner dots, beginning with a letter or `_`
  number,       // an optional `-`, a digit, then letters and digits: 12, -3, 1h30m
  string,       // "…"
  punctuation,  // { } ( ) , : = ? or ..
  end,
  malformed,  // text says why
};

struct Token {
  TokenKind kind = TokenKind::end;
  std::string_view text;  // as written; of malformed: what is wrong
  std::uint32_t line = 1;
};

// Cuts `text` into tokens, one at a time; blanks, line ends and `// …` are between them.
class Lexer {
 public:
  explicit Lexer(std::string_view text) : rest_(text) {}
  // Into a token that is there: one that was put together and copied at once would wait for its parts each time.
  void next(Token& token);
  // Goes on at a later place of the text, `lines` below that of the token that was last: somebody else has read those.
  void skip_to(const char* at, std::uint32_t lines);

 private:
  void skip_blank();
  void take(Token& token, TokenKind kind, std::size_t size);
  void string(Token& token);

  std::string_view rest_;
  std::uint32_t line_ = 1;
};

// The content of a string token; false when an escape is none.
bool unquote(std::string_view token, std::string& out);

}  // namespace flow::ir
