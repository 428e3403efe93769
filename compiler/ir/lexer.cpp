#include "compiler/ir/lexer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>

#include "base/limits.h"
#include "compiler/ir/words.h"

namespace flow::ir {
namespace {

enum : std::uint8_t { kLetter = 1, kDigit = 2, kPunctuation = 4 };

constexpr std::array<std::uint8_t, 256> kClasses = [] {
  std::array<std::uint8_t, 256> classes{};
  for (unsigned c = 'a'; c <= 'z'; ++c) classes[c] = classes[c - 'a' + 'A'] = kLetter;
  for (unsigned c = '0'; c <= '9'; ++c) classes[c] = kDigit;
  classes['_'] = kLetter;
  for (char c : std::string_view("{}(),:=?")) classes[static_cast<unsigned char>(c)] = kPunctuation;
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
  const char* at = rest_.data();
  const char* const end = at + rest_.size();
  for (; at != end; ++at) {
    if (*at == ' ') continue;
    if (*at == '\n') {
      ++line_;
    } else if (*at == '/' && at + 1 != end && at[1] == '/') {
      const void* line_end = std::memchr(at, '\n', static_cast<std::size_t>(end - at));
      if (line_end == nullptr) {
        at = end;
        break;
      }
      at = static_cast<const char*>(line_end);
      ++line_;
    } else if (*at != '\t' && *at != '\r') {
      break;
    }
  }
  rest_ = {at, static_cast<std::size_t>(end - at)};
}

void Lexer::take(Token& token, TokenKind kind, std::size_t size) {
  token.kind = kind;
  token.text = rest_.substr(0, size);
  token.line = line_;
  rest_.remove_prefix(size);
}

void Lexer::string(Token& token) {
  for (std::size_t i = 1; i < rest_.size() && rest_[i] != '\n'; ++i) {
    if (rest_[i] == '"') return take(token, TokenKind::string, i + 1);
    if (rest_[i] == '\\') ++i;
  }
  token = {TokenKind::malformed, "a text without an end on its line", line_};
}

void Lexer::skip_to(const char* at, std::uint32_t lines) {
  rest_.remove_prefix(static_cast<std::size_t>(at - rest_.data()));
  line_ += lines;
}

void Lexer::next(Token& token) {
  skip_blank();
  if (rest_.empty()) {
    token = {TokenKind::end, "the end", line_};
    return;
  }
  const char first = rest_[0];
  if (is_letter(first)) return take(token, TokenKind::word, word_size(rest_));
  if (is_digit(first) || (first == '-' && rest_.size() > 1 && is_digit(rest_[1])))
    return take(token, TokenKind::number, run(rest_, 1, kLetter | kDigit));
  if (first == '"') return string(token);
  if (is_a(first, kPunctuation)) return take(token, TokenKind::punctuation, 1);
  if (rest_.starts_with("..")) return take(token, TokenKind::punctuation, 2);
  token = {TokenKind::malformed, "a character that begins nothing", line_};
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
