#include "compiler/import/studio/liquid_words.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <utility>

#include <fmt/format.h>

#include "compiler/import/fidelity/words.h"
#include "runtime/program/text.h"

namespace flow::importing::studio {
namespace {

using fidelity::either;
using program::trim;

constexpr std::string_view kSpace = " \t\r\n";
constexpr int kDepthMax = 8;  // of blocks and of brackets
constexpr std::size_t kUnsetMax = 100;
constexpr std::size_t kGivenMax = 50;         // of more values that a text reads the import may lack the last
constexpr std::size_t kWordsMax = 16 * 1024;  // of a value: each filter may say it several times

std::string_view without_front(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(kSpace), text.size()));
}
std::string_view without_back(std::string_view text) {
  return text.substr(0, text.find_last_not_of(kSpace) + 1);
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_word(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return is_letter(c) || is_digit(c); });
}
std::optional<std::int64_t> whole(std::string_view text) {
  std::int64_t out = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), out);
  const bool fine = end.ec == std::errc{} && end.ptr == text.data() + text.size() && text.size() <= 9;
  return fine ? std::optional(out) : std::nullopt;
}

// A text, an output `{{…}}` or a tag `{%…%}`.
struct Token {
  enum class Kind : std::uint8_t { text, output, tag };
  Kind kind = Kind::text;
  std::string_view text;  // without its brackets
};

// Nothing when one is not closed. What stands between `{% raw %}` and its end is a text.
std::optional<std::vector<Token>> tokens_of(std::string_view text) {
  std::vector<Token> out;
  bool cut = false;
  bool raw = false;
  for (;;) {
    std::size_t open = text.find('{');
    while (open != std::string_view::npos && open + 1 < text.size() && text[open + 1] != '%' &&
           (raw || text[open + 1] != '{'))
      open = text.find('{', open + 1);
    if (open != std::string_view::npos && open + 1 >= text.size()) open = std::string_view::npos;
    std::string_view before = text.substr(0, open);
    const bool cuts = open != std::string_view::npos && text.substr(open + 2).starts_with('-');
    if (cut) before = without_front(before);
    if (cuts) before = without_back(before);
    if (!before.empty()) out.push_back({Token::Kind::text, before});
    if (open == std::string_view::npos) return raw ? std::nullopt : std::optional(std::move(out));
    const bool output = text[open + 1] == '{';
    const std::size_t close = text.find(output ? "}}" : "%}", open + 2);
    if (close == std::string_view::npos) return std::nullopt;
    std::string_view inside = text.substr(open + 2, close - open - 2);
    if (cuts && !inside.empty()) inside.remove_prefix(1);
    cut = inside.ends_with('-');
    if (cut) inside.remove_suffix(1);
    inside = trim(inside);
    if (raw && inside != "endraw")
      out.push_back({Token::Kind::text, text.substr(open, close + 2 - open)});
    else if (!output && (inside == "raw" || inside == "endraw"))
      raw = inside == "raw";
    else
      out.push_back({output ? Token::Kind::output : Token::Kind::tag, inside});
    text.remove_prefix(close + 2);
  }
}

// Whether there is a value in the words of a text.
bool has_values(std::string_view words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == '{' || words[i] == '<') return true;
    if (words[i] == '\\') ++i;
  }
  return false;
}

// What no text of the language can hold is U+FFFD.
std::string literal(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '\0' ? std::string("\xEF\xBF\xBD") : std::string(1, c);
  return out;
}

}  // namespace

std::string with_named_placeholders(std::string_view text) {
  std::string out;
  for (;;) {
    const std::size_t open = text.find("${");
    out += text.substr(0, open);
    if (open == std::string_view::npos) return out;
    const std::size_t close = std::min(text.find('}', open), text.size());
    std::string path;
    for (const char c : text.substr(open + 2, close - open - 2)) {
      if (c == '[') path += '.';
      if (c != '[' && c != ']' && c != '"') path += c;
    }
    const bool plain =
        close < text.size() && !path.empty() &&
        std::all_of(
            path.begin(), path.end(), [](char c) { return is_letter(c) || is_digit(c) || c == '.' || c == '-'; });
    out += plain ? fmt::format("{{{{terraform.{}}}}}", path) : std::string(text.substr(open, close + 1 - open));
    text.remove_prefix(std::min(close + 1, text.size()));
  }
}

const Json* OriginalFlow::widget(std::string_view name) const {
  const auto found = places->find(std::string(name));
  return found == places->end() || !included[found->second] ? nullptr : &(*states)[found->second];
}

// One text; what it assigns is known in it alone.
class LiquidText {
 public:
  explicit LiquidText(LiquidWords& words) : words_(words) {}

  std::optional<std::string> run(std::string_view written) {
    const auto tokens = tokens_of(written);
    if (!tokens) return std::nullopt;
    tokens_ = *tokens;
    if (auto counted = counter()) return counted;
    fidelity::Text out;
    if (!block(out, {}, 0)) return std::nullopt;
    return out.words();
  }

  // A path that stands alone.
  std::optional<std::string> path_alone(std::string_view written) {
    start(written);
    const auto path = this->path(0);
    return path && at_end() ? words_.words_of(*path) : std::nullopt;
  }

 private:
  using Part = LiquidWords::Part;
  using Path = LiquidWords::Path;

  struct Value {
    std::string words;
    std::optional<std::string> constant = {};
    Path path = {};  // when it is nothing else
  };

  // ---- Blocks ----

  // Up to the tag that begins with one of `ends`, which is taken; nothing: there is something that is not known.
  std::optional<std::string_view> block(fidelity::Text& out, const std::vector<std::string_view>& ends, int depth) {
    if (depth > kDepthMax) return std::nullopt;
    while (next_ < tokens_.size()) {
      const Token& token = tokens_[next_++];
      if (token.kind == Token::Kind::text) {
        out.add(literal(token.text));
        continue;
      }
      if (token.kind == Token::Kind::output) {
        if (token.text.empty()) continue;
        const auto value = output(token.text);
        if (!value) return std::nullopt;
        add(out, *value);
        continue;
      }
      const std::string_view word = token.text.substr(0, token.text.find_first_of(kSpace));
      const std::string_view rest = trim(token.text.substr(word.size()));
      if (std::find(ends.begin(), ends.end(), word) != ends.end()) return token.text;
      const bool fine = word == "assign"    ? assign(rest)
                        : word == "comment" ? skip_comment()
                        : word == "if"      ? choice(out, rest, depth)
                        : word == "for"     ? loop(out, rest, depth)
                                            : false;
      if (!fine) return std::nullopt;
    }
    return ends.empty() ? std::optional(std::string_view()) : std::nullopt;
  }

  static void add(fidelity::Text& out, const Value& value) {
    if (value.constant)
      out.add(*value.constant);
    else
      out.add_value(value.words);
  }

  bool skip_comment() {
    while (next_ < tokens_.size()) {
      const Token& token = tokens_[next_++];
      if (token.kind == Token::Kind::tag && token.text == "endcomment") return true;
    }
    return false;
  }

  bool assign(std::string_view rest) {
    const std::size_t equals = rest.find('=');
    if (equals == std::string_view::npos) return false;
    auto value = output(trim(rest.substr(equals + 1)));
    if (!value) return false;
    value->path.clear();
    locals_.insert_or_assign(std::string(trim(rest.substr(0, equals))), *std::move(value));
    return true;
  }

  bool loop(fidelity::Text& out, std::string_view rest, int depth) {
    const std::size_t in = rest.find(" in ");
    if (in == std::string_view::npos || !item_.empty()) return false;
    start(rest.substr(in + 4));
    const auto list = path(0);
    if (!list || !at_end()) return false;
    const auto words = words_.words_of(*list);
    if (!words) return false;
    item_ = trim(rest.substr(0, in));
    fidelity::Text inner;
    const bool fine = block(inner, {"endfor"}, depth + 1).has_value();
    item_.clear();
    if (!fine) return false;
    out.add_value(fmt::format("each({}, {}, )", *words, inner.words()));
    return true;
  }

  // Whether a value is there: decided before the flow runs, or what is written is the value itself.
  bool choice(fidelity::Text& out, std::string_view condition, int depth) {
    std::vector<std::string> forms;
    std::string before;  // values that come first, and stand for themselves
    std::size_t open = 0;
    bool decided = false;
    bool undecided = false;
    const auto add_form = [&](const std::string& words) { forms.push_back(before + words + std::string(open, ')')); };
    for (std::string_view tag = condition; !tag.empty();) {
      start(tag);
      const auto path = this->path(0);
      const bool plain = path && at_end() && !is_local(*path);
      fidelity::Text inner;
      const std::size_t from = next_;
      const auto end = block(inner, {"elsif", "else", "endif"}, depth + 1);
      if (!end || !plain) return false;
      const auto truth = words_.truth(*path);
      const auto value = words_.words_of(*path);
      if (!truth && !value) return false;
      const bool itself = value && is_output_of(from, tag);
      if (!decided && open != kNever && truth != std::optional(false)) add_form(inner.words());
      decided = decided || truth == std::optional(true);
      if (!decided && !truth) {
        undecided = true;
        // The next arm stands for it where it is absent.
        if (!itself) open = kNever;
        if (itself && open != kNever) {
          before += fmt::format("({} ?? ", *value);
          ++open;
        }
      }
      if (*end == "endif") {
        if (!decided && open != kNever) add_form("\"\"");
        break;
      }
      if (!end->starts_with("elsif")) {
        fidelity::Text otherwise;
        if (!block(otherwise, {"endif"}, depth + 1)) return false;
        if (!decided && open != kNever) add_form(otherwise.words());
        break;
      }
      tag = trim(end->substr(std::string_view("elsif").size()));
    }
    if (undecided) forms.emplace_back(fidelity::kChosen);
    if (forms.empty()) return false;
    out.add_value(either(forms));
    return true;
  }
  static constexpr std::size_t kNever = 1000;

  bool is_output_of(std::size_t token, std::string_view path) const {
    return next_ == token + 2 && tokens_[token].kind == Token::Kind::output && tokens_[token].text == path;
  }

  // `{% if n %}{{n | plus: 1}}{% else %}1{% endif %}` is one more than n, which begins at 0.
  std::optional<std::string> counter() {
    std::vector<Token> all;
    for (const Token& token : tokens_)
      if (token.kind != Token::Kind::text || !trim(token.text).empty()) all.push_back(token);
    if (all.size() != 5 || !all[0].text.starts_with("if ") || all[1].kind != Token::Kind::output ||
        all[2].text != "else" || all[3].kind != Token::Kind::text || all[4].text != "endif")
      return std::nullopt;
    const std::string_view path = trim(all[0].text.substr(3));
    const std::size_t bar = all[1].text.find('|');
    const std::size_t colon = all[1].text.find(':');
    if (bar == std::string_view::npos || colon == std::string_view::npos || trim(all[1].text.substr(0, bar)) != path ||
        trim(all[1].text.substr(bar + 1, colon - bar - 1)) != "plus")
      return std::nullopt;
    const auto step = whole(trim(all[1].text.substr(colon + 1)));
    const auto begin = whole(trim(all[3].text));
    const auto words = words_.path(path);
    if (!step || !begin || !words) return std::nullopt;
    const std::int64_t first = *begin - *step;
    const bool named = words->starts_with('{') && words->ends_with('}');
    if (first != 0 && named)
      words_.first_.insert_or_assign(words->substr(1, words->size() - 2), fmt::format("{}", first));
    const std::string more = fmt::format("{} {}", *step < 0 ? "-" : "+", std::abs(*step));
    return either({fmt::format("({} {})", *words, more), fmt::format("(({} ?? {}) {})", *words, first, more)});
  }

  // ---- Expressions ----

  void start(std::string_view text) {
    text_ = text;
    at_ = 0;
  }
  bool at_end() {
    skip();
    return at_ == text_.size();
  }
  void skip() {
    while (at_ < text_.size() && kSpace.find(text_[at_]) != std::string_view::npos) ++at_;
  }
  bool take(char c) {
    skip();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  std::string name(bool digits = false) {
    skip();
    const std::size_t from = at_;
    while (at_ < text_.size() &&
           (is_letter(text_[at_]) || ((at_ > from || digits) && (is_digit(text_[at_]) || text_[at_] == '-'))))
      ++at_;
    return std::string(text_.substr(from, at_ - from));
  }

  std::optional<Path> path(int depth) {
    Path path;
    path.push_back({name(), {}, {}});
    if (path[0].name.empty() || depth > kDepthMax) return std::nullopt;
    for (;;) {
      if (take('.')) {
        path.push_back({name(true), {}, {}});
        if (path.back().name.empty()) return std::nullopt;
      } else if (take('[')) {
        auto part = place(depth);
        if (!part || !take(']')) return std::nullopt;
        path.push_back(*std::move(part));
      } else {
        return path;
      }
    }
  }
  std::optional<Part> place(int depth) {
    skip();
    if (at_ == text_.size()) return std::nullopt;
    if (text_[at_] == '"' || text_[at_] == '\'') {
      auto name = quoted();
      return name ? std::optional(Part{*std::move(name), {}, {}}) : std::nullopt;
    }
    std::size_t end = at_;
    while (end < text_.size() && is_digit(text_[end])) ++end;
    if (end > at_) {
      const auto index = whole(text_.substr(at_, end - at_));
      at_ = end;
      return index ? std::optional(Part{{}, static_cast<std::size_t>(*index), {}}) : std::nullopt;
    }
    const auto inner = path(depth + 1);
    if (!inner) return std::nullopt;
    const auto value = value_of(*inner);
    if (!value) return std::nullopt;
    Part part;
    part.dynamic = value->words;
    return part;
  }
  std::optional<std::string> quoted() {
    const std::size_t end = text_.find(text_[at_], at_ + 1);
    if (end == std::string_view::npos) return std::nullopt;
    std::string out(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return out;
  }

  std::optional<Value> operand() {
    skip();
    if (at_ == text_.size()) return std::nullopt;
    if (text_[at_] == '"' || text_[at_] == '\'') {
      auto text = quoted();
      if (!text) return std::nullopt;
      Value value{fidelity::quoted(*text)};
      value.constant = *std::move(text);
      return value;
    }
    if (is_digit(text_[at_]) || text_[at_] == '-') {
      std::size_t end = at_ + 1;
      while (end < text_.size() && (is_digit(text_[end]) || text_[end] == '.')) ++end;
      const std::string_view digits = text_.substr(at_, end - at_);
      at_ = end;
      Value value{fidelity::number(digits)};
      value.constant = std::string(digits);
      return value.words.empty() ? std::nullopt : std::optional(value);
    }
    const auto read = path(0);
    return read ? value_of(*read) : std::nullopt;
  }

  bool is_local(const Path& path) const {
    return path.front().name == item_ || path.front().name == "forloop" || locals_.contains(path.front().name);
  }
  std::optional<Value> value_of(const Path& path) {
    const std::string& root = path.front().name;
    if (!item_.empty() && root == "forloop" && path.size() == 2) {
      if (path[1].name == "index") return Value{fidelity::value("position")};
      if (path[1].name == "index0") return Value{fmt::format("({} - 1)", fidelity::value("position"))};
    } else if (!item_.empty() && root == item_) {
      if (path.size() == 1) return Value{fidelity::value("item")};
      if (path.size() == 2)
        return Value{fmt::format("record_text({}, {})", fidelity::value("item"), fidelity::quoted(path[1].name))};
    } else if (const auto local = locals_.find(root); local != locals_.end()) {
      if (path.size() == 1) return local->second;
    } else if (root != "forloop") {
      auto words = words_.words_of(path);
      if (!words) return std::nullopt;
      Value value{*std::move(words)};
      value.path = path;
      return value;
    }
    return std::nullopt;
  }

  // `value | filter: argument | …`
  std::optional<Value> output(std::string_view text) {
    start(text);
    auto value = operand();
    while (value && take('|')) {
      const std::string filter = name();
      std::vector<Value> arguments;
      if (take(':')) {
        do {
          auto argument = operand();
          if (!argument) return std::nullopt;
          arguments.push_back(*std::move(argument));
        } while (take(','));
      }
      value = filtered(*value, filter, arguments);
      if (value && value->words.size() > kWordsMax) return std::nullopt;
      if (value) value->path.clear();
    }
    return value && at_end() ? value : std::nullopt;
  }

  std::optional<Value> filtered(const Value& value, const std::string& filter, const std::vector<Value>& arguments) {
    const std::string& words = value.words;
    const bool constant = value.constant || (words.starts_with('"') && !has_values(words));
    if (constant && filter != "append" && filter != "prepend") return std::nullopt;
    if (arguments.empty()) {
      if (filter == "upcase") return Value{fmt::format("upper({})", words)};
      if (filter == "downcase") return Value{fmt::format("lower({})", words)};
      if (filter == "strip") return Value{fmt::format("trim({})", words)};
      if ((filter == "lstrip" || filter == "rstrip") && words.starts_with("trim(")) return value;
      if (filter == "size") return Value{fmt::format("length({})", words)};
      if (filter == "round") return Value{fmt::format("round({})", words)};
      if (filter == "capitalize") return capitalized(words);
      return std::nullopt;
    }
    if (filter == "slice") return sliced(words, arguments);
    if (filter == "truncate" && arguments.size() == 2 && arguments[1].constant == "")
      return Value{fmt::format("left({}, {})", words, arguments[0].words)};
    if (arguments.size() != 1) return std::nullopt;
    const Value& argument = arguments.front();
    if (filter == "append") return joined(value, argument);
    if (filter == "prepend") return joined(argument, value);
    if (filter == "default") return with_default(value, argument);
    if (filter == "plus" || filter == "minus" || filter == "times") return calculated(words, filter, argument);
    if (filter == "remove" && argument.constant) return without(words, *argument.constant);
    return std::nullopt;
  }

  static Value capitalized(const std::string& words) {
    fidelity::Text text;
    text.add_value(fmt::format("upper(left({}, 1))", words));
    text.add_value(fmt::format("lower(right({}, (length({}) - 1)))", words, words));
    return {text.words()};
  }

  // Characters from a place on, from the end where it is below 0.
  static std::optional<Value> sliced(const std::string& words, const std::vector<Value>& arguments) {
    const auto number = [&](std::size_t at) {
      return at < arguments.size() && arguments[at].constant ? whole(*arguments[at].constant) : std::nullopt;
    };
    const auto from = number(0);
    const auto count = arguments.size() == 1 ? std::optional<std::int64_t>(1) : number(1);
    if (!from || !count) return std::nullopt;
    std::string rest = words;
    if (*from < 0) rest = fmt::format("right({}, {})", words, -*from);
    if (*from > 0) rest = fmt::format("right({}, (length({}) - {}))", words, words, *from);
    return Value{*from < 0 && *count >= -*from ? rest : fmt::format("left({}, {})", rest, *count)};
  }

  static Value joined(const Value& first, const Value& second) {
    fidelity::Text text;
    add(text, first);
    add(text, second);
    return {text.words()};
  }

  // What nothing sets is always absent, what is always there never.
  std::optional<Value> with_default(const Value& value, const Value& argument) {
    if (!value.path.empty() && words_.is_never_set(value.path)) return argument;
    const std::string number = argument.constant ? fidelity::number(*argument.constant) : std::string();
    std::vector<std::string> forms = {fmt::format("({} ?? {})", value.words, argument.words)};
    if (!number.empty()) forms.push_back(fmt::format("({} ?? {})", value.words, number));
    if (!number.empty()) forms.push_back(fmt::format("({} ?? {})", value.words, fidelity::quoted(*argument.constant)));
    forms.push_back(value.words);
    return Value{either(forms)};
  }

  static std::optional<Value> calculated(const std::string& words, const std::string& filter, const Value& argument) {
    std::string right = argument.words;
    if (argument.constant) right = fidelity::number(*argument.constant);
    if (right.empty()) return std::nullopt;
    if (right == "0" && filter != "times") return Value{words};
    const char* sign = filter == "plus" ? "+" : filter == "minus" ? "-" : "*";
    return Value{fmt::format("({} {} {})", words, sign, right)};
  }

  // A channel's word before an address, or the only plus of a number.
  std::optional<Value> without(const std::string& words, const std::string& what) const {
    const std::string contact = fidelity::value(kContact);
    const bool is_contact = words == words_.contact();
    if (is_contact && (what == "whatsapp:" || what == "messenger:")) return Value{contact};
    if (what != "+") return std::nullopt;
    const std::string& of = is_contact ? contact : words;
    return Value{fmt::format("right({}, (length({}) - 1))", of, of)};
  }

  LiquidWords& words_;
  std::vector<Token> tokens_;
  std::size_t next_ = 0;
  std::string_view text_;  // of the expression that is read
  std::size_t at_ = 0;
  std::map<std::string, Value> locals_;
  std::string item_;  // the variable of a loop
};

std::optional<std::string> LiquidWords::translation(std::string_view written) {
  if (written.find("{{") != std::string_view::npos || written.find("{%") != std::string_view::npos)
    return LiquidText(*this).run(written);
  return fidelity::quoted(literal(written));
}

std::string LiquidWords::text(std::string_view written) {
  const auto words = translation(written);
  if (words && written.find('{') == std::string_view::npos) return *words;
  return either({words.value_or(std::string(fidelity::kAnything)), elsewhere(written)});
}

std::string LiquidWords::operand(std::string_view written) {
  const auto words = translation(written);
  if (words && written.find('{') == std::string_view::npos) return *words;
  return words ? either({*words, elsewhere(written)}) : either({elsewhere(written), "{*}"});
}

std::optional<std::string> LiquidWords::path(std::string_view path) {
  return LiquidText(*this).path_alone(path);
}

// The import gives it what it reads: replies and variables, whatever they are called.
std::string LiquidWords::elsewhere(std::string_view written) {
  std::vector<std::string> values;
  for (const std::string_view root : {"flow.variables.", "widgets."}) {
    for (std::size_t at = written.find(root); at != std::string_view::npos; at = written.find(root, at)) {
      std::size_t end = at + root.size();
      while (end < written.size() &&
             (is_letter(written[end]) || is_digit(written[end]) || written[end] == '.' || written[end] == '-'))
        ++end;
      const std::string_view path = written.substr(at, end - at);
      const bool alone = at == 0 || kSpace.find(written[at - 1]) != std::string_view::npos || written[at - 1] == '{';
      const bool variable = root.front() == 'f' && is_word(path.substr(root.size()));
      at = end;
      if (!alone || (!variable && !path.ends_with(".inbound.Body")) || values.size() == kGivenMax) continue;
      auto words = this->path(path);
      // What nothing sets is empty, given or not; of many the import gives the first.
      const bool many = unset_.size() > kUnsetMax && words && unset_.contains(words->substr(1, words->size() - 2));
      const bool known = words && !many;
      if (known && std::find(values.begin(), values.end(), *words) == values.end()) values.push_back(*std::move(words));
    }
  }
  const std::string named = with_named_placeholders(written);
  return either({fidelity::made_elsewhere(literal(written), values), fidelity::made_elsewhere(literal(named), values)});
}

}  // namespace flow::importing::studio
