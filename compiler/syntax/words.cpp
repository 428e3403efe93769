#include "compiler/syntax/words.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace flow::syntax {
namespace {

using Pair = std::pair<std::string_view, std::string_view>;

template <std::size_t kSize>
std::string_view find(const std::array<Pair, kSize>& table, std::string_view key) {
  const auto it = std::find_if(table.begin(), table.end(), [&](const Pair& pair) { return pair.first == key; });
  return it == table.end() ? std::string_view() : it->second;
}

constexpr std::array<Pair, 23> kUnits{{
    {"ms", "ms"},     {"s", "s"},
    {"m", "m"},       {"h", "h"},
    {"d", "d"},       {"millisecond", "ms"},
    {"millis", "ms"}, {"sec", "s"},
    {"secs", "s"},    {"second", "s"},
    {"seconds", "s"}, {"min", "m"},
    {"mins", "m"},    {"minute", "m"},
    {"hour", "h"},    {"minutes", "m"},
    {"hours", "h"},   {"hr", "h"},
    {"hrs", "h"},     {"day", "d"},
    {"days", "d"},    {"milliseconds", "ms"},
    {"percent", "%"},
}};

constexpr std::array<Pair, 14> kForeign{{
    {"->", "an arrow is written `=>`"},
    {"&&", "write `and`"},
    {"||", "write `or`"},
    {"!", "write `not`"},
    {"/*", "a comment begins with `//` and ends with its line"},
    {":=", "a value is set with `=`"},
    {"===", "equality is written `==`"},
    {"**", "there are no powers"},
    {"=>", "inside `{{ }}` stands one expression"},
    {"=", "inside `{{ }}` stands one expression; equality is written `==`"},
    {";", "inside `{{ }}` stands one expression"},
    {"{", "a literal brace before an interpolation is written `\\{`"},
    {"}", "an interpolation ends with two braces"},
    {"|", "inside `{{ }}` stands one expression; write a function, `upper(name)`"},
}};

constexpr std::array<Pair, 18> kCharacters{{
    {"'", "a text stands in double quotes"},
    {"`", "a text stands in double quotes"},
    {"\xE2\x80\x9C", "a text stands in straight double quotes: `\"`"},
    {"\xE2\x80\x9D", "a text stands in straight double quotes: `\"`"},
    {"\xE2\x80\x9E", "a text stands in straight double quotes: `\"`"},
    {"\xE2\x80\x98", "a text stands in straight double quotes: `\"`"},
    {"\xE2\x80\x99", "a text stands in straight double quotes: `\"`"},
    {"\xE2\x80\x93", "a minus is written `-`"},
    {"\xE2\x80\x94", "a minus is written `-`"},
    {"\xE2\x86\x92", "an arrow is written `=>`"},
    {"\xE2\x87\x92", "an arrow is written `=>`"},
    {"\xC2\xA0", "a space of fixed width; write a plain one"},
    {"#", "a comment begins with `//`"},
    {"%", "a percent sign touches its number: `50%`"},
    {"$", "an interpolation is written `{{name}}`, an amount `0.15USD`"},
    {"&", "write `and`"},
    {"|", "write `or`"},
    {"\\", "a line goes on after a comma, an operator or inside brackets"},
}};

}  // namespace

bool is_unit(std::string_view word) {
  return !find(kUnits, word).empty();
}
std::string_view short_unit(std::string_view word) {
  return find(kUnits, word);
}
std::string_view foreign_hint(std::string_view spelling) {
  return find(kForeign, spelling);
}
std::string_view character_hint(std::string_view character) {
  return find(kCharacters, character);
}

std::string first_character(std::string_view text) {
  std::size_t length = 1;
  while (length < text.size() && (static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80U) ++length;
  return std::string(text.substr(0, length));
}

std::string quoted_character(std::string_view character) {
  const auto lead = static_cast<unsigned char>(character.front());
  if (lead > ' ' && lead < 0x7F) return fmt::format("`{}`", character);
  unsigned code = lead;
  if (lead >= 0xF0) {
    code = lead & 0x07U;
  } else if (lead >= 0xE0) {
    code = lead & 0x0FU;
  } else if (lead >= 0xC0) {
    code = lead & 0x1FU;
  }
  for (const char byte : character.substr(1)) code = code << 6 | (static_cast<unsigned char>(byte) & 0x3FU);
  // Letters and signs are shown; controls, spaces and marks that reorder or join are named only.
  const bool invisible = code < 0xA1 || (code >= 0x300 && code <= 0x36F) || (code >= 0x2000 && code <= 0x200F) ||
                         (code >= 0x2028 && code <= 0x202F) || (code >= 0x205F && code <= 0x206F) || code == 0x3000 ||
                         code == 0xFEFF || (code >= 0xE000 && code <= 0xF8FF) || code >= 0xE0000;
  return invisible ? fmt::format("the character U+{:04X}", code) : fmt::format("`{}` (U+{:04X})", character, code);
}

}  // namespace flow::syntax
