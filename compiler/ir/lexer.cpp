#include "compiler/ir/lexer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

#include "base/limits.h"
#include "compiler/ir/words.h"

namespace flow::ir {
namespace {

enum : std::uint8_t { kLetter = 1, kDigit = 2 };

constexpr std::array<std::uint8_t, 256> kClasses = [] {
  std::array<std::uint8_t, 256> classes{};
  for (unsigned c = 'a'; c <= 'z'; ++c) classes[c] = classes[c - 'a' + 'A'] = kLetter;
  for (unsigned c = '0'; c <= '9'; ++c) classes[c] = kDigit;
  classes['_'] = kLetter;
  return classes;
}();

bool is_a(char c, unsigned classes) {
  return (kClasses[static_cast<unsigned char>(c)] & classes) != 0;
}
bool is_letter(char c) {
  return is_a(c, kLetter);
}
bool is_digit(char c) {
  return is_a(c, kDigit);
}

std::size_t run(std::string_view text, std::size_t from, unsigned classes) {
  while (from < text.size() && is_a(text[from], classes)) ++from;
  return from;
}

std::size_t word_size(std::string_view text) {
  std::size_t size = run(text, 0, kLetter | kDigit);
  while (size + 1 < text.size() && text[size] == '.' && is_letter(text[size + 1]))
    size = run(text, size + 1, kLetter | kDigit);
  return size;
}

}  // namespace

bool is_name(std::string_view text) {
  return !text.empty() && is_letter(text[0]) && word_size(text) == text.size() &&
         text.size() <= 3 * limits::kNameCharsMax;
}

void Lexer::skip_blank() {
  std::size_t at = 0;
  for (; at < rest_.size(); ++at) {
    const char c = rest_[at];
    if (c == '\n') {
      ++line_;
    } else if (c == '/' && rest_.substr(at).starts_with("//")) {
      at = std::min(rest_.find('\n', at), rest_.size()) - 1;  // the line's end counts
    } else if (c != ' ' && c != '\t' && c != '\r') {
      break;
    }
  }
  rest_.remove_prefix(at);
}

Token Lexer::take(TokenKind kind, std::size_t size) {
  const Token token{kind, rest_.substr(0, size), line_};
  rest_.remove_prefix(size);
  return token;
}

Token Lexer::string() {
  for (std::size_t i = 1; i < rest_.size() && rest_[i] != '\n'; ++i) {
    if (rest_[i] == '"') return take(TokenKind::string, i + 1);
    if (rest_[i] == '\\') ++i;
  }
  return {TokenKind::malformed, "a text without an end on its line", line_};
}

Token Lexer::next() {
  skip_blank();
  if (rest_.empty()) return {TokenKind::end, "the end", line_};
  const char first = rest_[0];
  if (is_letter(first)) return take(TokenKind::word, word_size(rest_));
  if (is_digit(first) || (first == '-' && rest_.size() > 1 && is_digit(rest_[1])))
    return take(TokenKind::number, run(rest_, 1, kLetter | kDigit));
  if (first == '"') return string();
  if (rest_.starts_with("..")) return take(TokenKind::punctuation, 2);
  if (std::string_view("{}(),:=?").find(first) != std::string_view::npos) return take(TokenKind::punctuation, 1);
  return {TokenKind::malformed, "a character that begins nothing", line_};
}

bool unquote(std::string_view token, std::string& out) {
  out.clear();
  std::string_view rest = token.substr(1, token.size() - 2);
  while (!rest.empty()) {
    if (rest[0] != '\\') {
      const std::size_t plain = std::min(rest.find('\\'), rest.size());
      out.append(rest.substr(0, plain));
      rest.remove_prefix(plain);
      continue;
    }
    if (rest.size() < 2) return false;
    const char escape = rest[1];
    rest.remove_prefix(2);
    if (escape == '"' || escape == '\\') {
      out += escape;
    } else if (escape == 'n') {
      out += '\n';
    } else if (escape == 'u') {
      const std::size_t close = rest.find('}');
      unsigned code = 0;
      if (!rest.starts_with('{') || close == std::string_view::npos) return false;
      const auto [end, error] = std::from_chars(rest.data() + 1, rest.data() + close, code, 16);
      if (error != std::errc{} || end != rest.data() + close || code >= 0x80) return false;
      out += static_cast<char>(code);
      rest.remove_prefix(close + 1);
    } else {
      return false;
    }
  }
  return true;
}

}  // namespace flow::ir
