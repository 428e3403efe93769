#include "compiler/check/pattern.h"

#include <algorithm>
#include <array>

#include "compiler/diagnostics/suggest.h"

namespace flow::check {
namespace {

std::vector<std::string_view> split(std::string_view pattern) {
  std::vector<std::string_view> words;
  while (!pattern.empty()) {
    const std::size_t space = pattern.find(' ');
    words.push_back(pattern.substr(0, space));
    pattern = space == std::string_view::npos ? std::string_view() : pattern.substr(space + 1);
  }
  return words;
}

using syntax::ExprKind;

// An expression, or an operator between two.
struct Token {
  const syntax::Expr* expr = nullptr;
  std::string_view op;
};

bool is_hole(std::string_view word) {
  return word.size() > 1 && word[0] >= 'A' && word[0] <= 'Z';
}
bool takes_rest(std::string_view word) {
  return word == "GUARANTEE" || word == "OUTCOME";
}

// `reply`, `reply ~= ["stop"]`.
bool begins_with_reply(const syntax::Expr& expr) {
  const syntax::Expr* first = &expr;
  while (first->kind != ExprKind::name && !first->children.empty()) first = &first->children[0];
  return first->kind == ExprKind::name && first->text == "reply";
}

bool fits_hole(std::string_view hole, const Token& token) {
  if (token.expr == nullptr) return false;
  if (hole == "STEP" && token.expr->kind == ExprKind::member && token.expr->children[0].kind == ExprKind::name)
    return true;  // of a table
  constexpr auto kNames = std::to_array<std::string_view>(
      {"NAME", "STEP", "CHANNEL", "TEMPLATE", "SIGNAL", "PURPOSE", "MODEL", "METHOD", "CHANNELKIND", "SENDER"});
  if (std::ranges::find(kNames, hole) != kNames.end()) return token.expr->kind == ExprKind::name;
  if (hole == "REPLY") return begins_with_reply(*token.expr);
  if (hole == "CALL") return token.expr->kind == ExprKind::call || token.expr->kind == ExprKind::name;
  return true;
}

bool fits_word(std::string_view word, const Token& token) {
  if (is_hole(word)) return fits_hole(word, token);
  if (token.expr == nullptr) return token.op == word;
  return token.expr->kind == ExprKind::name && token.expr->text == word;
}

// `messages <= 3` is one expression to the parser and three words to a pattern that has the operator.
std::vector<Token> tokens_for(Words words, const Pattern& pattern) {
  std::vector<Token> tokens;
  for (const syntax::Expr& expr : words) {
    const bool flatten = expr.kind == ExprKind::binary &&
                         std::ranges::find(pattern.words, syntax::spelling(expr.op)) != pattern.words.end();
    if (flatten) {
      tokens.push_back({&expr.children[0], {}});
      tokens.push_back({nullptr, syntax::spelling(expr.op)});
      tokens.push_back({&expr.children[1], {}});
    } else {
      tokens.push_back({&expr, {}});
    }
  }
  return tokens;
}

// How many of the pattern's words fit, from the left.
std::size_t fitting(const Pattern& pattern, const std::vector<Token>& tokens) {
  std::size_t i = 0;
  while (i < pattern.words.size() && i < tokens.size() && fits_word(pattern.words[i], tokens[i])) ++i;
  return i;
}

std::optional<Match> match_one(Words words, const Pattern& pattern) {
  // Most patterns differ in their first word already.
  if (words.empty() ||
      (!is_hole(pattern.words[0]) && words[0].kind == ExprKind::name && words[0].text != pattern.words[0]))
    return std::nullopt;
  const std::vector<Token> tokens = tokens_for(words, pattern);
  const std::size_t size = pattern.words.size();
  if (pattern.takes_rest ? tokens.size() < size : tokens.size() != size) return std::nullopt;
  if (fitting(pattern, tokens) != size) return std::nullopt;
  Match result{pattern.entry, {}, {}};
  for (std::size_t i = 0; i < size; ++i)
    if (is_hole(pattern.words[i])) result.holes.push_back(tokens[i].expr);
  return result;
}

}  // namespace

Patterns::Patterns(const std::vector<std::string_view>& texts) {
  for (std::size_t i = 0; i < texts.size(); ++i) {
    Pattern pattern{i, texts[i], split(texts[i]), false, false};
    pattern.list = pattern.words.back() == "…";
    if (pattern.list) pattern.words.pop_back();
    pattern.takes_rest = takes_rest(pattern.words.back());
    all_.push_back(std::move(pattern));
  }
  // Longer first, more literal words first between equals.
  const auto rank = [](const Pattern& pattern) {
    const auto literals = std::ranges::count_if(pattern.words, [](std::string_view word) { return !is_hole(word); });
    return std::pair(pattern.words.size(), literals);
  };
  std::ranges::stable_sort(all_, [&](const Pattern& a, const Pattern& b) { return rank(a) > rank(b); });
}

std::optional<Match> match(Words words, const Patterns& patterns) {
  for (const Pattern& pattern : patterns.all())
    if (auto found = match_one(words, pattern)) return found;
  return std::nullopt;
}

std::optional<Match> match(const syntax::Clause& clause, const Patterns& patterns) {
  if (clause.items.empty() || clause.items[0].is_else) return std::nullopt;
  for (const Pattern& pattern : patterns.all()) {
    if (!pattern.list && clause.items.size() > 1) continue;
    auto found = match_one(clause.items[0].exprs, pattern);
    if (!found) continue;
    for (std::size_t item = 1; item < clause.items.size() && !pattern.takes_rest; ++item) {
      if (clause.items[item].is_else || clause.items[item].exprs.size() != 1) return std::nullopt;
      found->more.push_back(&clause.items[item].exprs[0]);
    }
    return found;
  }
  return std::nullopt;
}

void report_unmatched(Sink& sink, Words words, Span span, const Patterns& patterns, Code code, std::string_view what,
                      std::string_view hint) {
  // The pattern that fits furthest decides where the trouble begins.
  std::size_t best = 0;
  std::vector<std::string> best_patterns;
  const syntax::Expr* trouble = words.empty() ? nullptr : &words[0];
  for (const Pattern& pattern : patterns.all()) {
    const auto tokens = tokens_for(words, pattern);
    const std::size_t count = fitting(pattern, tokens);
    if (count == 0 || count < best) continue;
    if (count > best) best_patterns.clear();
    best = count;
    best_patterns.emplace_back(pattern.text);
    trouble = count < tokens.size() ? tokens[count].expr : nullptr;
  }
  if (best == 0) {
    const bool named =
        !words.empty() && (words[0].kind == syntax::ExprKind::name || words[0].kind == syntax::ExprKind::call);
    if (!named) {
      sink.report(code, span, "this is no {}", what).hint(std::string(hint));
      return;
    }
    std::vector<std::string> firsts;
    for (const Pattern& pattern : patterns.all()) {
      const std::string word(pattern.words[0]);
      if (!is_hole(word) && std::ranges::find(firsts, word) == firsts.end()) firsts.push_back(word);
    }
    std::string help = diagnostics::did_you_mean(words[0].text, firsts);
    if (help.empty()) help = hint;
    sink.report(code, words[0].span, "there is no {} `{}`", what, words[0].text).hint(help);
    return;
  }
  if (best_patterns.size() > 3) best_patterns.resize(3);
  const std::string written = "written " + quoted(best_patterns, "or");
  if (trouble != nullptr) {
    // `send fax`: one word in the place of another.
    std::vector<std::string> nexts;
    for (const Pattern& pattern : patterns.all()) {
      if (pattern.words.size() <= best || is_hole(pattern.words[best])) continue;
      if (fitting(pattern, tokens_for(words, pattern)) != best) continue;
      if (std::ranges::find(nexts, pattern.words[best]) == nexts.end()) nexts.emplace_back(pattern.words[best]);
    }
    if (trouble->kind == syntax::ExprKind::name && !nexts.empty()) {
      std::string help = diagnostics::did_you_mean(trouble->text, nexts);
      std::string phrase;
      for (std::size_t i = 0; i <= best && i < words.size(); ++i) phrase += (i == 0 ? "" : " ") + words[i].text;
      sink.report(code, trouble->span, "there is no {} `{}`", what, phrase).hint(help.empty() ? written : help);
      return;
    }
    sink.report(Code::unexpected_part, trouble->span, "`{}` does not go on like this", words[0].text).hint(written);
    return;
  }
  sink.report(Code::unexpected_part, span, "`{}` is not complete", words[0].text).hint(written);
}

void report_unmatched(Sink& sink, const syntax::Clause& clause, const Patterns& patterns, Code code,
                      std::string_view what, std::string_view hint) {
  if (clause.items.empty() || clause.items[0].is_else) {
    sink.report(code, clause.span, "`else` is no {}", what).hint(std::string(hint));
    return;
  }
  // The first item alone may fit: then the comma is the trouble.
  if (clause.items.size() > 1 && match(clause.items[0].exprs, patterns)) {
    sink.report(Code::unexpected_part, clause.items[1].span, "`{}` takes no list", clause.items[0].exprs[0].text);
    return;
  }
  report_unmatched(sink, clause.items[0].exprs, clause.items[0].span, patterns, code, what, hint);
}

std::string step_name(const syntax::Expr& written) {
  const bool of_table = written.kind == syntax::ExprKind::member && written.children[0].kind == syntax::ExprKind::name;
  return of_table ? written.children[0].text + "." + written.text : written.text;
}

std::string literal_words(std::string_view pattern) {
  std::vector<std::string_view> words;
  for (const std::string_view word : split(pattern)) {
    if (is_hole(word)) break;
    words.push_back(word);
  }
  // What only leads to a value says nothing: `ask as` is `ask`.
  constexpr auto kConnectors = std::to_array<std::string_view>({"as", "of", "to", "on", "with", "after", "at"});
  while (words.size() > 1 && std::ranges::find(kConnectors, words.back()) != kConnectors.end()) words.pop_back();
  std::string text;
  for (const std::string_view word : words) text += (text.empty() ? "" : " ") + std::string(word);
  return text;
}

void report_later(Sink& sink, Words words, std::string_view pattern) {
  const std::string name = pattern == "on REPLY" ? "on reply" : literal_words(pattern);
  const auto count = static_cast<std::size_t>(std::ranges::count(name, ' '));
  report_not_yet(sink, source::join(words.front().span, words[std::min(count, words.size() - 1)].span), name);
}

const Patterns& component_patterns() {
  static const Patterns patterns = Patterns::of(catalogue::components());
  return patterns;
}

const Patterns& setting_patterns() {
  static const Patterns patterns = Patterns::of(catalogue::send_settings());
  return patterns;
}

const Patterns& http_setting_patterns() {
  static const Patterns patterns = Patterns::of(catalogue::http_settings());
  return patterns;
}
const Patterns& function_setting_patterns() {
  static const Patterns patterns = Patterns::of(catalogue::function_settings());
  return patterns;
}

const Patterns& generate_setting_patterns() {
  static const Patterns patterns = Patterns::of(catalogue::generate_settings());
  return patterns;
}

const Patterns& contact_setting_patterns() {
  static const Patterns patterns = Patterns::of(catalogue::contact_settings());
  return patterns;
}

const Patterns& model_setting_patterns() {
  static const Patterns patterns = Patterns::of(catalogue::model_settings());
  return patterns;
}

const Patterns& no_setting_patterns() {
  static const Patterns patterns{{}};
  return patterns;
}

const Patterns& outcome_patterns() {
  static const Patterns patterns = Patterns::of(catalogue::outcomes());
  return patterns;
}

const Patterns& header_patterns() {
  static const Patterns patterns = Patterns::of(catalogue::header_entries());
  return patterns;
}

const Patterns& guarantee_patterns() {
  static const Patterns patterns = Patterns::of(catalogue::guarantees());
  return patterns;
}

const Patterns& workspace_patterns() {
  static const Patterns patterns = Patterns::of(catalogue::workspace_entries());
  return patterns;
}
const Patterns& environment_patterns() {
  static const Patterns patterns = Patterns::of(catalogue::environment_entries());
  return patterns;
}

const Patterns& template_setting_patterns() {
  static const Patterns patterns = Patterns::of(catalogue::template_settings());
  return patterns;
}

}  // namespace flow::check
