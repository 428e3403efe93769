#include "tests/oracle/notations.h"

#include <regex.h>

#include <clocale>
#include <map>
#include <nlohmann/json.hpp>

#include "base/check.h"

namespace flow::oracle {
namespace {

// The C library's extended regular expressions, which agree with RE2 on what generated flows write.
struct Compiled {
  regex_t regex{};
  Compiled(std::string pattern, bool whole) {
    for (std::size_t at = 0; (at = pattern.find("\\d", at)) != std::string::npos;) pattern.replace(at, 2, "[0-9]");
    if (whole) pattern = "^(" + pattern + ")$";
    const locale_t before = uselocale(unicode());
    FLOW_CHECK(regcomp(&regex, pattern.c_str(), REG_EXTENDED | REG_NOSUB) == 0, "pattern {}", pattern);
    uselocale(before);
  }
  ~Compiled() { regfree(&regex); }
  Compiled(const Compiled&) = delete;
  Compiled& operator=(const Compiled&) = delete;

  // Characters are read by the locale of the moment, so it takes the one that it was made in.
  bool finds(const std::string& text) const {
    const locale_t before = uselocale(unicode());
    const bool found = regexec(&regex, text.c_str(), 0, nullptr, 0) == 0;
    uselocale(before);
    return found;
  }

 private:
  static locale_t unicode() {
    static const locale_t made = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    return made;
  }
};

std::string percent(unsigned char c) {
  constexpr char kHex[] = "0123456789ABCDEF";
  return {'%', kHex[c >> 4], kHex[c & 15]};
}

}  // namespace

bool matches(const std::string& text, const std::string& pattern, bool whole) {
  thread_local std::map<std::pair<std::string, bool>, Compiled> known;
  const auto found = known.try_emplace({pattern, whole}, pattern, whole).first;
  return found->second.finds(text);
}

std::string json_quoted(const std::string& text) {
  std::string out;
  for (const char c : nlohmann::json(text).dump()) {
    if (c == 0x7f)
      out += "\\u007F";
    else
      out += c;
  }
  // The library has short forms for more controls than these, and writes hexadecimal in small letters.
  for (std::size_t at = 0; (at = out.find('\\', at)) != std::string::npos; at += 2) {
    static const std::map<char, std::string> kShort = {{'b', "\\u0008"}, {'f', "\\u000C"}, {'r', "\\u000D"}};
    if (const auto found = kShort.find(out[at + 1]); found != kShort.end()) {
      out.replace(at, 2, found->second);
      at += 4;
    } else if (out[at + 1] == 'u') {
      for (std::size_t i = at + 2; i < at + 6; ++i) out[i] = static_cast<char>(std::toupper(out[i]));
      at += 4;
    }
  }
  return out;
}

std::string url_escaped(const std::string& text) {
  const bool dots = !text.empty() && text.find_first_not_of('.') == std::string::npos;
  std::string out;
  for (const char c : text) {
    const bool plain =
        std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '~' || (c == '.' && !dots);
    out += plain ? std::string(1, c) : percent(static_cast<unsigned char>(c));
  }
  return out;
}

std::string html_escaped(const std::string& text) {
  static const std::map<char, std::string> kMarks = {
      {'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"}};
  std::string out;
  for (const char c : text) {
    const auto mark = kMarks.find(c);
    out += mark == kMarks.end() ? std::string(1, c) : mark->second;
  }
  return out;
}

std::string header_escaped(const std::string& text) {
  std::string out;
  for (const char c : text) out += std::iscntrl(static_cast<unsigned char>(c)) != 0 ? ' ' : c;
  return out;
}

}  // namespace flow::oracle
