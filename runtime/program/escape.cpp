#include "runtime/program/escape.h"

#include "base/json_plain.h"
#include "runtime/program/text.h"

namespace flow::program {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::string_view kHex = "0123456789ABCDEF";

// Calls `take` with each character, mended.
template <typename Take>
void each_character(std::string_view text, Take take) {
  while (!text.empty()) {
    const std::string_view character = left_characters(text, 1);
    take(is_utf8(character) ? character : kReplacement);
    text.remove_prefix(character.size());
  }
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

void append_json_character(std::string& out, std::string_view character) {
  const char c = character[0];
  if (c == '"' || c == '\\')
    out.append({'\\', c});
  else if (c == '\n')
    out += "\\n";
  else if (c == '\t')
    out += "\\t";
  else if (is_control(c))
    out.append("\\u00").append({kHex[static_cast<unsigned char>(c) >> 4], kHex[c & 15]});
  else
    out += character;
}

}  // namespace

void append_json_escaped(std::string& out, std::string_view text) {
  while (true) {
    const std::size_t plain = plain_json_prefix(text);
    out.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) return;
    const std::string_view character = left_characters(text, 1);
    append_json_character(out, is_utf8(character) ? character : kReplacement);
    text.remove_prefix(character.size());
  }
}

// What consists of dots alone would lead through a path instead of into it, so its dots are escaped, too.
void append_url_escaped(std::string& out, std::string_view text) {
  const bool dots = text.find_first_not_of('.') == std::string_view::npos;
  each_character(text, [&](std::string_view character) {
    for (const char c : character) {
      if (is_unreserved(c) && !(dots && c == '.'))
        out += c;
      else
        out.append({'%', kHex[static_cast<unsigned char>(c) >> 4], kHex[c & 15]});
    }
  });
}

void append_html_escaped(std::string& out, std::string_view text) {
  each_character(text, [&](std::string_view character) {
    switch (character[0]) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += character;
    }
  });
}

void append_header_escaped(std::string& out, std::string_view text) {
  each_character(text, [&](std::string_view character) {
    if (is_control(character[0]))
      out += ' ';
    else
      out += character;
  });
}

}  // namespace flow::program
