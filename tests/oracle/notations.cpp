#include "tests/oracle/notations.h"

#include <regex.h>

#include <clocale>
#include <map>
#include <nlohmann/json.hpp>
#include <tuple>

#include "base/check.h"

namespace flow::oracle {
namespace {

// While it lives, texts are UTF-8 to the C library: when a pattern is compiled and when it is looked for.
class Unicode {
 public:
  Unicode() {
    static const locale_t unicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    before_ = uselocale(unicode);
  }
  ~Unicode() { uselocale(before_); }
  Unicode(const Unicode&) = delete;
  Unicode& operator=(const Unicode&) = delete;

 private:
  locale_t before_;
};

// The C library's extended regular expressions, which agree with RE2 on what generated flows write.
struct Compiled {
  regex_t regex{};
  Compiled(std::string pattern, bool whole) {
    for (std::size_t at = 0; (at = pattern.find("\\d", at)) != std::string::npos;) pattern.replace(at, 2, "[0-9]");
    if (whole) pattern = "^(" + pattern + ")$";
    FLOW_CHECK(regcomp(&regex, pattern.c_str(), REG_EXTENDED | REG_NOSUB) == 0, "pattern {}", pattern);
  }
  ~Compiled() { regfree(&regex); }
  Compiled(const Compiled&) = delete;
  Compiled& operator=(const Compiled&) = delete;
};

std::string percent(unsigned char c) {
  constexpr char kHex[] = "0123456789ABCDEF";
  return {'%', kHex[c >> 4], kHex[c & 15]};
}

}  // namespace

bool matches(const std::string& text, const std::string& pattern, bool whole) {
  thread_local std::map<std::pair<std::string, bool>, Compiled> known;
  const Unicode unicode;
  const auto found = known.try_emplace({pattern, whole}, pattern, whole).first;
  const auto look = [&] { return regexec(&found->second.regex, text.c_str(), 0, nullptr, 0) == 0; };
  if (text.size() < 4096) return look();
  // In a long text it may take a second, and in each sequence of events the same is looked for.
  thread_local std::map<std::tuple<std::string, std::string, bool>, bool> before;
  if (before.size() > 100) before.clear();
  const auto [told, fresh] = before.try_emplace({text, pattern, whole});
  if (fresh) told->second = look();
  return told->second;
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
