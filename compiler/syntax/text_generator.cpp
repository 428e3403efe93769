#include "compiler/syntax/text_generator.h"

#include <algorithm>
#include <array>
#include <random>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace flow::syntax {
namespace {

class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed) {}

  std::string file() {
    gap();
    entries(1 + below(6), 0);
    if (chance(10)) comment();
    if (chance(10)) out_.pop_back();
    return std::move(out_);
  }

 private:
  std::size_t below(std::size_t limit) { return random_() % limit; }
  bool chance(std::size_t one_in) { return below(one_in) == 0; }
  template <std::size_t N>
  std::string_view pick(const std::array<std::string_view, N>& from) {
    return from[below(N)];
  }

  // --- space and comments

  void space() { out_ += pick<4>({" ", " ", "  ", "\t"}); }
  void maybe_space() {
    if (chance(2)) space();
  }
  // Where an entry may go on in the next line.
  void go_on() {
    if (one_line_ > 0 || !chance(8)) return maybe_space();
    maybe_space();
    if (chance(3)) comment_text();
    line_end();
    if (chance(6)) line_end();
    out_.append(below(12), ' ');
  }
  void line_end() { out_ += chance(20) ? "\r\n" : "\n"; }
  void comment_text() {
    out_ += fmt::format("{}{}c{}{}", pick<3>({"//", "//", "///"}), pick<2>({" ", ""}), ++comments_,
                        pick<4>({"", " x => y", "\t{", " \"a // b\" \xC3\xA9"}));
  }
  void comment() {
    out_.append(below(5), ' ');
    comment_text();
    line_end();
  }
  void gap() {
    for (std::size_t i = below(3); i > 0 && chance(2); --i) {
      out_.append(below(3), ' ');
      line_end();
    }
  }

  // --- entries

  void entries(std::size_t count, std::size_t level) {
    for (std::size_t i = 0; i < count; ++i) {
      gap();
      while (chance(6)) {
        comment();
        gap();
      }
      out_.append(below(7), ' ');
      entry(level);
      while (chance(8)) {
        maybe_space();
        out_ += ';';
        maybe_space();
        entry(level);
      }
      if (chance(10)) out_ += " ;";
      if (chance(6)) {
        maybe_space();
        comment_text();
      }
      line_end();
    }
  }

  void entry(std::size_t level) {
    clause();
    if (chance(2)) {
      maybe_space();
      out_ += ':';
      space();
      target();
    }
    if (chance(4)) {
      maybe_space();
      out_ += '=';
      maybe_space();
      clause();
    }
    if (level < 3 && chance(3)) block(level);
    if (chance(3)) {
      maybe_space();
      out_ += "=>";
      maybe_space();
      target();
    }
  }

  void block(std::size_t level) {
    maybe_space();
    out_ += '{';
    if (one_line_ > 0 || chance(2)) {
      ++one_line_;
      maybe_space();
      for (std::size_t i = 0, count = below(4); i < count; ++i) {
        if (i > 0) {
          out_ += ';';
          maybe_space();
        }
        entry(level + 1);
      }
      maybe_space();
      --one_line_;
    } else {
      if (chance(5)) {
        maybe_space();
        comment_text();
      }
      line_end();
      entries(below(4), level + 1);
      gap();
      if (chance(5)) comment();
      out_.append(below(5), ' ');
    }
    out_ += '}';
  }

  void target() {
    clause();
    if (!chance(6)) return;
    out_ += " else ";
    clause();
  }

  void clause() {
    item();
    while (chance(5)) {
      maybe_space();
      out_ += ',';
      go_on();
      item();
    }
  }

  void item() {
    if (chance(15)) {
      out_ += "else";
      return;
    }
    const std::size_t words = 1 + (chance(2) ? below(4) : 0);
    for (std::size_t i = 0; i < words; ++i) {
      if (i > 0) out_ += ' ';
      expr(i + 1 < words ? 3 : 0);
    }
  }

  // --- expressions; deeper ones are plainer

  void expr(std::size_t depth) {
    if (depth >= 3) return atom();
    switch (below(14)) {
      case 0:
        return binary(depth);
      case 1:
        out_ += "not ";
        return expr(depth + 2);
      case 2:
        name();
        out_ += pick<3>({" is set", " is not set", "  is  blank"});
        return;
      case 3:
        return bracket('(', ')', 1, depth);
      case 4:
        return bracket('[', ']', below(4), depth);
      case 5:
        return call(depth);
      case 6:
        name();
        out_ += chance(2) ? "?" : " ?";
        return;
      case 7:
        name();
        out_ += '.';
        name();
        return;
      default:
        return atom();
    }
  }

  void binary(std::size_t depth) {
    atom();
    out_ += ' ';
    out_ += pick<20>({"*", "+",  "-",        "..", "??", "==",  "!=",      "~=",      "<",           "<=",
                      ">", ">=", "contains", "in", "or", "and", "matches", "not  in", "starts with", "ends  with"});
    out_ += ' ';
    go_on();
    expr(depth + 2);
  }

  void bracket(char open, char close, std::size_t count, std::size_t depth) {
    out_ += open;
    for (std::size_t i = 0; i < count; ++i) {
      if (i > 0) out_ += ',';
      go_on();
      expr(depth + 1);
    }
    go_on();
    out_ += close;
  }

  void call(std::size_t depth) {
    name();
    out_ += '(';
    for (std::size_t i = 0, count = below(4); i < count; ++i) {
      if (i > 0) out_ += ',';
      go_on();
      if (chance(3)) {
        chance(2) ? name() : static_cast<void>(out_ += "\"x-tag\"");
        out_ += chance(2) ? ": " : " : ";
      }
      const bool spread = chance(6);
      if (spread) out_ += "..";
      expr(depth + 1);
      if (spread || !chance(6)) continue;
      out_ += ' ';
      atom();
    }
    go_on();
    out_ += ')';
  }

  void name() {
    out_ += pick<12>(
        {"a", "sms", "text", "end", "jump", "customerPhoneNumber", "x_1", "after", "_", "set", "blank", "with"});
  }

  void atom() {
    switch (below(12)) {
      case 0:
        out_ += pick<4>({"0", "7", "12.50", "100"});
        return;
      case 1:
        out_ += pick<6>({"30s", "1h30m", "50%", "0.15USD", "500ms", "7d"});
        return;
      case 2:
        out_ += pick<4>({"09:00", "2026-12-25", "2026-12-25T09:00", "true"});
        return;
      case 3:
        out_ += pick<3>({"/\\d{4}/", "/a\\/b/", "/[^ ]+ x/"});
        return;
      case 4:
      case 5:
        return text();
      default:
        return name();
    }
  }

  void text() {
    if (one_line_ == 0 && texts_ == 0 && chance(6)) return block_text();
    out_ += '"';
    for (std::size_t i = below(4); i > 0; --i) piece();
    out_ += '"';
  }

  void piece() {
    if (texts_ < 2 && chance(3)) {
      ++texts_;
      ++one_line_;
      out_ += "{{";
      maybe_space();
      expr(2);
      maybe_space();
      out_ += "}}";
      --one_line_;
      --texts_;
      return;
    }
    out_ +=
        pick<10>({"Hello ", "// no comment", "{ }", "\\n", "\\\"", "\\u{1F44B}", "\\{{ ", "  ", "\xC3\xA9", "=> ; ,"});
  }

  void block_text() {
    const std::string margin(below(6), ' ');
    out_ += "\"\"\"\n";
    for (std::size_t i = below(4); i > 0; --i) {
      if (chance(4)) {
        out_ += '\n';
        continue;
      }
      out_ += margin;
      out_.append(below(3), ' ');
      for (std::size_t n = 1 + below(3); n > 0; --n) piece();
      out_ += '\n';
    }
    out_ += margin + "\"\"\"";
  }

  std::mt19937_64 random_;
  std::string out_;
  std::size_t comments_ = 0;
  std::size_t one_line_ = 0;  // inside what may not have line ends
  std::size_t texts_ = 0;     // texts in texts
};

// Where the line that holds `at` begins, and where the next one does.
std::pair<std::size_t, std::size_t> line_around(const std::string& text, std::size_t at) {
  const std::size_t before = at == 0 ? std::string::npos : text.rfind('\n', at - 1);
  const std::size_t end = text.find('\n', at);
  return {before == std::string::npos ? 0 : before + 1, end == std::string::npos ? text.size() : end + 1};
}

}  // namespace

std::string random_text(std::uint64_t seed) {
  return Generator(seed).file();
}

std::string mutated(const std::string& text, std::uint64_t seed) {
  static constexpr std::array<std::string_view, 26> kParts = {
      "{", "}", "(",  ")",    "[",    "]",    "\"", "\"\"\"", "{{", "}}",    "=>",  ":", "=",
      ",", ";", "\n", "// m", "else", " in ", "\\", "..",     "??", " not ", "30s", "?", " "};
  std::mt19937_64 random(seed);
  const auto below = [&](std::size_t limit) { return static_cast<std::size_t>(random() % limit); };
  std::string result = text;
  for (std::size_t i = 1 + below(4); i > 0 && !result.empty(); --i) {
    const std::size_t at = below(result.size());
    const auto [begin, end] = line_around(result, at);
    const std::size_t length = std::min(result.size() - at, 1 + below(10));
    switch (below(6)) {
      case 0:
        result.erase(begin, end - begin);
        break;
      case 1:
        result.insert(begin, result.substr(begin, end - begin));
        break;
      case 2: {
        const std::string line = result.substr(begin, end - begin);
        result.erase(begin, end - begin);
        result.insert(result.empty() ? 0 : line_around(result, below(result.size())).first, line);
        break;
      }
      case 3:
        result.erase(at, length);
        break;
      case 4:
        result.insert(at, result.substr(at, length));
        break;
      default:
        result.insert(at, kParts[below(kParts.size())]);
    }
  }
  return result;
}

}  // namespace flow::syntax
