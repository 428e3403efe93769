#include "compiler/import/studio/graph_texts.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "compiler/import/fidelity/words.h"
#include "runtime/program/text.h"

namespace flow::importing::studio {
namespace {

using program::trim;
using Texts = fidelity::State::Texts;
using Forms = std::vector<std::string>;  // of a condition: the import has one of them

constexpr std::size_t kFormsMax = 16;
constexpr std::size_t kDepthMax = 8;
constexpr std::size_t kTextsMax = 16;

// A tag, or what stands before the next one.
struct Piece {
  std::string_view text;
  std::string_view word;  // of a tag: `if`, `endif`, …
  std::string_view rest;
};

// Nothing when dashes take space away, or something is not closed.
std::optional<std::vector<Piece>> pieces_of(std::string_view text) {
  std::vector<Piece> out;
  while (!text.empty()) {
    const std::size_t open = text.find("{%");
    if (open > 0) out.push_back({text.substr(0, open), {}, {}});
    if (open == std::string_view::npos) return out;
    const std::size_t close = text.find("%}", open);
    if (close == std::string_view::npos) return std::nullopt;
    std::string_view inside = text.substr(open + 2, close - open - 2);
    if (inside.starts_with('-') || inside.ends_with('-')) return std::nullopt;
    inside = trim(inside);
    const std::size_t end = std::min(inside.find_first_of(" \t\r\n"), inside.size());
    out.push_back({text.substr(open, close + 2 - open), inside.substr(0, end), trim(inside.substr(end))});
    text.remove_prefix(close + 2);
  }
  return out;
}

bool opens(std::string_view word) {
  return word == "if" || word == "unless" || word == "case";
}

class Reader {
 public:
  Reader(const std::vector<Piece>& pieces, const TextWords& words) : pieces_(pieces), words_(words) {}

  // The choice that begins at `at`, which moves behind it; nothing when it is none that can be told.
  std::optional<Texts> choice(std::size_t& at) {
    std::vector<Way> open(1);
    std::vector<Way> ways;
    if (!add_choice(at, open[0], ways, 0)) return std::nullopt;
    Texts out;
    for (const Way& way : ways) {
      std::string forms;
      for (const std::string& form : way.conditions)
        forms += (forms.empty() ? "" : std::string(1, fidelity::kOr)) + form;
      out.push_back({forms, words_(way.text), way.may_go});
    }
    out.back().condition = "else";
    return out;
  }

 private:
  struct Way {
    Forms conditions;
    std::string text;
    bool may_go = false;
  };

  static Forms both(const Forms& one, const Forms& other) {
    if (one.empty()) return other;
    Forms out;
    for (const std::string& a : one)
      for (const std::string& b : other) out.push_back(a == "*" || b == "*" ? "*" : fidelity::all_of({a, b}));
    if (out.size() > kFormsMax) return {"*"};
    return out;
  }

  bool add_choice(std::size_t& at, const Way& from, std::vector<Way>& out, std::size_t depth) {
    if (depth == kDepthMax) return false;
    const std::string_view kind = pieces_[at].word;
    const std::string end = fmt::format("end{}", kind);
    const std::string_view subject = pieces_[at].rest;
    std::string_view word = kind == "case" ? std::string_view() : kind;
    std::string_view rest = pieces_[at].rest;
    ++at;
    for (;;) {
      Way way = from;
      if (word != "else" && !word.empty()) {
        Forms forms = word == "when" ? any_of(subject, rest) : question(rest);
        if (word == "unless")
          for (std::string& form : forms) form = form == "*" ? form : fidelity::none_of(form);
        way.may_go = way.may_go || may_go_;
        way.conditions = both(way.conditions, forms);
      }
      std::vector<Way> ways = {std::move(way)};
      if (!add_block(at, ways, depth)) return false;
      if (!word.empty()) out.insert(out.end(), ways.begin(), ways.end());
      if (at == pieces_.size() || out.size() > kTextsMax) return false;
      const bool last = word == "else";
      word = pieces_[at].word;
      rest = pieces_[at].rest;
      ++at;
      if (word == end) {
        if (!last) out.push_back(from);
        return true;
      }
      if (last || (word != "else" && word != "elsif" && word != "when")) return false;
    }
  }

  // To the tag that ends it.
  bool add_block(std::size_t& at, std::vector<Way>& ways, std::size_t depth) {
    for (; at < pieces_.size(); ++at) {
      const Piece& piece = pieces_[at];
      if (piece.word.empty()) {
        for (Way& way : ways) way.text += piece.text;
        continue;
      }
      if (!opens(piece.word)) return true;
      std::vector<Way> next;
      std::size_t behind = at;
      for (const Way& way : ways) {
        behind = at;
        if (!add_choice(behind, way, next, depth + 1)) return false;
      }
      if (next.size() > kTextsMax) return false;
      ways = std::move(next);
      at = behind - 1;
    }
    return true;
  }

  // ---- Conditions ----

  // Words of a condition, cut at spaces that stand outside of quotes.
  static std::vector<std::string_view> cut(std::string_view text) {
    std::vector<std::string_view> out;
    for (text = trim(text); !text.empty(); text = trim(text)) {
      const bool quoted = text[0] == '"' || text[0] == '\'';
      std::size_t end = quoted ? text.find(text[0], 1) : text.find_first_of(" \t\r\n,=!<>");
      if (quoted && end != std::string_view::npos) ++end;
      if (end == 0) end = text[0] == ',' ? 1 : text.find_first_not_of("=!<>");
      out.push_back(text.substr(0, end));
      if (end == std::string_view::npos) break;
      text.remove_prefix(end);
    }
    return out;
  }

  Forms question(std::string_view text) {
    may_go_ = false;
    const auto words = cut(text);
    std::vector<std::string_view> one;
    std::vector<Forms> parts;
    std::vector<bool> ors;
    for (const std::string_view word : words) {
      if (word != "and" && word != "or") {
        one.push_back(word);
        continue;
      }
      parts.push_back(condition(one));
      ors.push_back(word == "or");
      one.clear();
    }
    Forms all = condition(one);
    // A value that stands in both may be said once.
    if (!parts.empty() && may_go_) return {"*"};
    for (std::size_t i = parts.size(); i-- > 0;) {
      Forms joined;
      for (const std::string& a : parts[i])
        for (const std::string& b : all)
          joined.push_back(a == "*" || b == "*" ? "*" : ors[i] ? fidelity::any_of({a, b}) : fidelity::all_of({a, b}));
      if (joined.size() > kFormsMax) return {"*"};
      all = std::move(joined);
    }
    return all;
  }

  // `when "a", "b"`.
  Forms any_of(std::string_view subject, std::string_view values) {
    may_go_ = false;
    std::vector<std::string> all;
    for (const std::string_view value : cut(values)) {
      if (value == "," || value == "or") continue;
      const Forms forms = condition({subject, "==", value});
      if (forms.size() != 1 || forms[0] == "*") return {"*"};
      all.push_back(forms[0]);
    }
    return {fidelity::any_of(all)};
  }

  Forms condition(const std::vector<std::string_view>& words) {
    if (words.size() != 1 && words.size() != 3) return {"*"};
    const std::string value = words_(fmt::format("{{{{{}}}}}", words[0]));
    const bool named = value.starts_with('{') && value != "{*}";
    may_go_ = may_go_ || !named || words.size() == 1;
    if (!named) return {"*"};
    // A truth of an answer is one, or a text that says so.
    if (words.size() == 1)
      return {value + " is set", value, fmt::format("{} != \"false\"", value), fidelity::none_of(value + " is blank")};
    const std::string_view sign = words[1] == "<>" ? "!=" : words[1];
    const std::string_view right = words[2];
    const bool equal = sign == "==";
    if (right == "nil" || right == "null") {
      may_go_ = true;
      const Forms set = {value + " is set", fidelity::none_of(value + " is blank")};
      return equal ? Forms{fidelity::none_of(set[0]), fidelity::none_of(set[1])} : set;
    }
    if (right == "blank" || right == "empty" || right == "\"\"" || right == "''") may_go_ = true;
    // Of a list it is that it has no items.
    const std::string none = fmt::format("list_count({}) == 0", value);
    const std::string some = fmt::format("list_count({}) != 0", value);
    if (right == "blank") {
      const std::string is = value + " is blank";
      return equal ? Forms{is, none} : Forms{fidelity::none_of(is), fidelity::none_of(none), some};
    }
    if (right == "true" || right == "false") return {(right == "true") == equal ? value : fidelity::none_of(value)};
    if (right == "empty" || right == "\"\"" || right == "''") {
      const std::string is = fmt::format("{} == \"\"", value);
      return equal ? Forms{is, none}
                   : Forms{fidelity::none_of(is), fmt::format("{} != \"\"", value), fidelity::none_of(none), some};
    }
    if (right.size() > 1 && (right[0] == '"' || right[0] == '\'')) {
      if (right.find_first_of("{}") != std::string_view::npos) return {"*"};
      return {fmt::format("{} {} {}", value, sign, fidelity::quoted(right.substr(1, right.size() - 2)))};
    }
    const std::string number = fidelity::number(right);
    if (number.empty()) return {"*"};
    if (sign != "!=") return {fmt::format("{} {} {}", value, sign, number)};
    return {fmt::format("{} != {}", value, number), fidelity::none_of(fmt::format("{} == {}", value, number))};
  }

  const std::vector<Piece>& pieces_;
  const TextWords& words_;
  bool may_go_ = false;  // the last question may be decided before the flow runs
};

}  // namespace

void add_chosen_texts(const Json& json, const TextWords& words, std::vector<Texts>& out) {
  if (json.is_structured())
    for (const Json& one : json) add_chosen_texts(one, words, out);
  if (!json.is_string() || json.get_ref<const std::string&>().find("{%") == std::string::npos) return;
  const auto pieces = pieces_of(json.get_ref<const std::string&>());
  if (!pieces) return;
  Reader reader(*pieces, words);
  for (std::size_t at = 0; at < pieces->size();) {
    std::optional<Texts> found;
    std::size_t behind = at;
    if (opens((*pieces)[at].word)) found = reader.choice(behind);
    at = found ? behind : at + 1;
    if (found) out.push_back(*std::move(found));
  }
}

std::string without_choices(std::string_view text) {
  std::string out;
  const auto pieces = pieces_of(text);
  int depth = 0;
  bool choice = false;  // the last was one
  for (std::size_t i = 0; pieces && i < pieces->size(); ++i) {
    const Piece& piece = (*pieces)[i];
    if (opens(piece.word)) {
      if (depth++ > 0) continue;
      if (choice || out.ends_with("}}")) return std::string(text);
      out += "{{*}}";
      choice = true;
    } else if (depth > 0) {
      if (piece.word == "endif" || piece.word == "endunless" || piece.word == "endcase") --depth;
    } else if (!piece.word.empty() || (choice && piece.text.starts_with("{{"))) {
      return std::string(text);
    } else {
      out += piece.text;
      choice = false;
    }
  }
  return pieces && depth == 0 ? out : std::string(text);
}

}  // namespace flow::importing::studio
