#include "compiler/syntax/tokens.h"

#include <algorithm>
#include <optional>
#include <string>

#include <antlr4-runtime.h>

#include <FlowLexer.h>

#include "base/limits.h"
#include "compiler/syntax/scanner.h"
#include "compiler/syntax/words.h"

namespace flow::syntax {
namespace {

using diagnostics::Code;
using grammar::FlowLexer;

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool is_open_bracket(std::size_t type) {
  return type == FlowLexer::OPEN_PAREN || type == FlowLexer::CALL_OPEN || type == FlowLexer::OPEN_BRACKET;
}

bool is_text(std::size_t type) {
  return type == FlowLexer::TEXT_OPEN || type == FlowLexer::BLOCK_TEXT_OPEN;
}

std::size_t closing_of(std::size_t type) {
  switch (type) {
    case FlowLexer::OPEN_BRACE:
      return FlowLexer::CLOSE_BRACE;
    case FlowLexer::OPEN_BRACKET:
      return FlowLexer::CLOSE_BRACKET;
    case FlowLexer::TEXT_OPEN:
      return FlowLexer::TEXT_CLOSE;
    case FlowLexer::BLOCK_TEXT_OPEN:
      return FlowLexer::BLOCK_CLOSE;
    case FlowLexer::INTERPOLATION_OPEN:
      return FlowLexer::INTERPOLATION_CLOSE;
    default:
      return FlowLexer::CLOSE_PAREN;
  }
}

// What another language writes so, or 0.
std::size_t meant_by(std::string_view spelling) {
  if (spelling == "->") return FlowLexer::ARROW;
  if (spelling == "&&") return FlowLexer::AND;
  if (spelling == "||") return FlowLexer::OR;
  if (spelling == "!") return FlowLexer::NOT;
  if (spelling == ":=") return FlowLexer::ASSIGN;
  if (spelling == "===") return FlowLexer::EQ;
  return 0;
}

// A line goes on after these.
bool continues_line(std::size_t type) {
  switch (type) {
    case FlowLexer::COMMA:
    case FlowLexer::AND:
    case FlowLexer::OR:
    case FlowLexer::NOT:
    case FlowLexer::IN:
    case FlowLexer::NOT_IN:
    case FlowLexer::IS:
    case FlowLexer::CONTAINS:
    case FlowLexer::MATCHES:
    case FlowLexer::STARTS_WITH:
    case FlowLexer::ENDS_WITH:
    case FlowLexer::EQ:
    case FlowLexer::NE:
    case FlowLexer::FOLD_EQ:
    case FlowLexer::LE:
    case FlowLexer::GE:
    case FlowLexer::LT:
    case FlowLexer::GT:
    case FlowLexer::PLUS:
    case FlowLexer::MINUS:
    case FlowLexer::STAR:
    case FlowLexer::RANGE:
    case FlowLexer::COALESCE:
      return true;
    default:
      return false;
  }
}

// A value may end with these, so a minus that touches them was meant as an operator.
bool ends_value(std::size_t type) {
  switch (type) {
    case FlowLexer::NAME:
    case FlowLexer::NUMBER:
    case FlowLexer::QUANTITY:
    case FlowLexer::DATE:
    case FlowLexer::TIME:
    case FlowLexer::DATETIME:
    case FlowLexer::CLOSE_PAREN:
    case FlowLexer::CLOSE_BRACKET:
    case FlowLexer::TEXT_CLOSE:
    case FlowLexer::QUESTION:
      return true;
    default:
      return false;
  }
}

class Tokenizer {
 public:
  Tokenizer(std::string_view text, Report& report) : text_(text), report_(report), scanner_(text) {}

  Tokens run() {
    while (!out_.too_deep && !report_.full()) {
      const Token next = scanner_.next();
      if (next.type == antlr4::Token::EOF) break;
      begin_line(scanner_.line_begin());
      take(next);
    }
    finish();
    return std::move(out_);
  }

 private:
  // A bracket, text or interpolation that waits for its other half.
  struct Open {
    Token token;
    std::size_t indent = 0;  // of its line
    bool brace = false;      // a `{` inside brackets, which stands for a `(`
  };

  std::string_view text_of(const Token& token) const { return text_.substr(token.begin, token.end - token.begin); }
  bool touches_last(const Token& token) const { return !out_.tokens.empty() && last().end == token.begin; }
  const Token& last() const { return out_.tokens.back(); }
  std::size_t last_type() const { return out_.tokens.empty() ? static_cast<std::size_t>(FlowLexer::SEP) : last().type; }
  std::size_t top() const { return open_.empty() ? 0 : open_.back().token.type; }

  void push(const Token& token) { out_.tokens.push_back(token); }
  void push_missing(std::size_t type, const Token& before) { push({type, before.begin, before.begin, before.line}); }

  void take(const Token& token);
  void take_word(const Token& token);
  void take_number(const Token& token);
  void take_minus(const Token& token);
  void take_comment(const Token& token);
  void take_foreign(const Token& token);
  void take_unknown(const Token& token);

  void open(Token token);
  // False when it closes nothing.
  bool close_bracket(Token token);
  void close_brace(const Token& token);
  void close_text(const Token& token);
  // Round and square brackets that are open where they cannot be.
  void close_brackets_before(const Token& token, bool silently = false);
  void report_unclosed(const Token& token);
  void end_text_at_line_end(const Token& token);
  // Closes open_[from..], innermost first.
  void unwind_to(std::size_t from, const Token& before);

  void end_line(const Token& token);
  void separate(const Token& before);
  void finish();

  // The line of the token at hand: where it begins, and its first byte that is no space.
  void begin_line(std::size_t begin) {
    if (begin == line_begin_ && line_text_ != 0) return;
    line_begin_ = begin;
    const std::size_t mark = begin == 0 && text_.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
    line_text_ = std::min(text_.find_first_not_of(" \t\r", begin + mark), text_.size());
  }

  std::string_view text_;
  Report& report_;
  Scanner scanner_;
  Tokens out_;
  std::vector<Open> open_;
  std::size_t depth_ = 0;  // of open_, texts not counted
  std::size_t line_begin_ = 0;
  std::size_t line_text_ = 0;
  std::optional<Open> suspect_;  // a `{` whose `}` stands at another indentation
  Token suspect_close_{};
};

void Tokenizer::take(const Token& token) {
  switch (token.type) {
    case FlowLexer::COMMENT:
      return take_comment(token);
    case FlowLexer::NEWLINE:
      return end_line(token);
    case FlowLexer::SEMICOLON:
      close_brackets_before(token);
      return separate(token);
    case FlowLexer::END_OF_LINE_IN_TEXT:
      return end_text_at_line_end(token);
    case FlowLexer::TEXT_OPEN:
    case FlowLexer::BLOCK_TEXT_OPEN:
    case FlowLexer::INTERPOLATION_OPEN:
    case FlowLexer::OPEN_PAREN:
    case FlowLexer::OPEN_BRACKET:
    case FlowLexer::OPEN_BRACE:
      return open(token);
    case FlowLexer::CLOSE_PAREN:
    case FlowLexer::CLOSE_BRACKET:
      close_bracket(token);
      return;
    case FlowLexer::CLOSE_BRACE:
      return close_brace(token);
    case FlowLexer::TEXT_CLOSE:
    case FlowLexer::BLOCK_CLOSE:
    case FlowLexer::INTERPOLATION_CLOSE:
      return close_text(token);
    case FlowLexer::ARROW:
      close_brackets_before(token);
      return push(token);
    case FlowLexer::NUMBER:
    case FlowLexer::QUANTITY:
    case FlowLexer::MALFORMED:
      return take_number(token);
    case FlowLexer::MINUS:
      return take_minus(token);
    case FlowLexer::NAME:
    case FlowLexer::IN:
      return take_word(token);
    case FlowLexer::OPEN_REGEX:
      if (!report_.is_excused(token.line)) {
        report_.error(Code::open_regex, token.line, token.begin, token.begin + 1, "this regular expression never ends")
            .hint("it ends with `/` on its own line; `\\/` is a slash inside it, and there is no division");
      }
      return push(token);
    case FlowLexer::FOREIGN:
      return take_foreign(token);
    case FlowLexer::BLOCK_IN_INTERPOLATION:
    case FlowLexer::COMMENT_IN_INTERPOLATION:
    case FlowLexer::UNKNOWN:
      return take_unknown(token);
    default:
      return push(token);
  }
}

void Tokenizer::take_word(const Token& token) {
  const std::size_t before = last_type();
  const auto merge = [&](std::size_t type) {
    out_.tokens.back().type = type;
    out_.tokens.back().end = token.end;
  };
  if (token.type == FlowLexer::IN) {
    if (before == FlowLexer::NOT) return merge(FlowLexer::NOT_IN);
    return push(token);
  }
  const std::string_view word = text_of(token);
  if (word == "with" && before == FlowLexer::STARTS) return merge(FlowLexer::STARTS_WITH);
  if (word == "with" && before == FlowLexer::ENDS) return merge(FlowLexer::ENDS_WITH);
  if (before == FlowLexer::NUMBER && last().line == token.line && is_unit(word)) {
    report_
        .error(Code::malformed_number, token.line, last().begin, token.end, "`{} {}`: a unit touches its number",
               text_of(last()), word)
        .hint(fmt::format("write `{}{}`", text_of(last()), short_unit(word)));
  }
  push(token);
}

void Tokenizer::take_number(const Token& token) {
  const std::string_view text = text_of(token);
  if (text.front() == '-' && touches_last(token) && ends_value(last_type())) {
    report_.error(Code::minus_spacing, token.line, token.begin, token.begin + 1, "a minus without spaces round it")
        .hint(fmt::format("a difference is written `{} - {}`", text_of(last()), text.substr(1)));
  } else if (token.type == FlowLexer::MALFORMED) {
    report_
        .error(Code::malformed_number, token.line, token.begin, token.end,
               "`{}` is neither a number, nor a date, nor a time", text)
        .hint(
            "these are: `42`, `-6.2`, `1h30m`, `50%`, `0.15USD`, `09:00`, `2026-12-25`, `2026-12-25T09:00`; "
            "anything else is a text, in double quotes");
  }
  push(token);
}

void Tokenizer::take_minus(const Token& token) {
  const auto is_space = [&](std::size_t at) {
    return at >= text_.size() || text_[at] == ' ' || text_[at] == '\t' || text_[at] == '\n' || text_[at] == '\r';
  };
  if (touches_last(token) || !is_space(token.end)) {
    report_.error(Code::minus_spacing, token.line, token.begin, token.end, "a minus without spaces round it")
        .hint("the operator stands between spaces: `a - b`; names have no hyphen");
  }
  push(token);
}

void Tokenizer::take_comment(const Token& token) {
  std::uint32_t end = token.end;
  while (end > token.begin && (text_[end - 1] == ' ' || text_[end - 1] == '\t' || text_[end - 1] == '\r')) --end;
  Comment comment;
  comment.span = report_.span(token.begin, end);
  comment.text = std::string(text_.substr(token.begin, end - token.begin));
  comment.own_line = line_text_ == token.begin;
  out_.comments.push_back(std::move(comment));
}

void Tokenizer::take_foreign(const Token& token) {
  const std::string_view text = text_of(token);
  const std::size_t meant = meant_by(text);
  if (!report_.is_excused(token.line)) {
    report_
        .error(Code::unknown_character, token.line, token.begin, token.end, "`{}` is not used in this language", text)
        .hint(std::string(foreign_hint(text)));
  }
  if (meant != 0) push({meant, token.begin, token.end, token.line});
}

void Tokenizer::take_unknown(const Token& token) {
  if (report_.is_excused(token.line)) return;
  if (token.type == FlowLexer::BLOCK_IN_INTERPOLATION || token.type == FlowLexer::COMMENT_IN_INTERPOLATION) {
    report_
        .error(Code::unknown_character, token.line, token.begin, token.end, "`{}` inside `{{{{ }}}}`", text_of(token))
        .hint(token.type == FlowLexer::COMMENT_IN_INTERPOLATION ? "a comment stands after the line"
                                                                : "inside `{{ }}` a text stands in `\"`");
    return;
  }
  const std::string character = first_character(text_of(token));
  report_
      .error(Code::unknown_character, token.line, token.begin,
             token.begin + static_cast<std::uint32_t>(character.size()), "{} is not used in this language",
             quoted_character(character))
      .hint(std::string(character_hint(character)));
}

void Tokenizer::open(Token token) {
  bool brace_in_brackets = false;
  if (token.type == FlowLexer::OPEN_BRACE && is_open_bracket(top())) {
    brace_in_brackets =
        is_open_bracket(last_type()) || last_type() == FlowLexer::COMMA || last_type() == FlowLexer::COLON;
    if (brace_in_brackets) {
      report_.error(Code::open_bracket, token.line, token.begin, token.end, "`{{` inside brackets")
          .hint("an object is written `json(name: value)`, a list `[a, b]`");
      token.type = FlowLexer::OPEN_PAREN;
    } else {
      close_brackets_before(token);
    }
  }
  if (token.type == FlowLexer::OPEN_PAREN && !brace_in_brackets && last_type() == FlowLexer::NAME &&
      touches_last(token)) {
    token.type = FlowLexer::CALL_OPEN;
  }
  const bool counts = !is_text(token.type);
  if (counts && depth_ == limits::kNestingDepthMax) {
    report_
        .error(Code::nested_too_deep, token.line, token.begin, token.end, "nested deeper than {} levels",
               limits::kNestingDepthMax)
        .hint("give the inner parts names of their own: `let`, or another step");
    out_.too_deep = true;
    return;
  }
  if (counts) ++depth_;
  open_.push_back({token, line_text_ - line_begin_, brace_in_brackets});
  push(token);
}

bool Tokenizer::close_bracket(Token token) {
  const auto pairs = [&](const Open& open) {
    const std::size_t type = open.token.type;
    if (open.brace || token.type == FlowLexer::CLOSE_BRACE) return open.brace && token.type == FlowLexer::CLOSE_BRACE;
    if (token.type == FlowLexer::CLOSE_BRACKET) return type == FlowLexer::OPEN_BRACKET;
    return type == FlowLexer::OPEN_PAREN || type == FlowLexer::CALL_OPEN;
  };
  std::size_t at = open_.size();
  while (at > 0 && is_open_bracket(open_[at - 1].token.type) && !pairs(open_[at - 1])) --at;
  if (at == 0 || !pairs(open_[at - 1])) {
    if (token.type == FlowLexer::CLOSE_BRACE) return false;
    report_.error(Code::open_bracket, token.line, token.begin, token.end, "this `{}` closes nothing", text_of(token));
    return false;
  }
  while (open_.size() > at) {
    report_unclosed(open_.back().token);
    unwind_to(open_.size() - 1, token);
  }
  const Token opened = open_.back().token;
  if (open_.back().brace) {
    report_.excuse_lines(opened.line, token.line);
    token.type = FlowLexer::CLOSE_PAREN;
  }
  open_.pop_back();
  --depth_;
  push(token);
  return true;
}

void Tokenizer::close_brace(const Token& token) {
  if (close_bracket(token)) return;  // of a `{` inside brackets
  close_brackets_before(token);
  if (open_.empty()) {
    auto builder = report_.error(Code::open_bracket, token.line, token.begin, token.end, "this `}}` closes nothing");
    if (suspect_) {
      builder.also(report_.span(suspect_close_.begin, suspect_close_.end),
                   "this one closes a block that begins at another indentation");
    }
    return;
  }
  separate(token);
  const Open& opened = open_.back();
  const bool first_on_line = line_text_ == token.begin;
  if (!suspect_ && opened.token.line != token.line && first_on_line && line_text_ - line_begin_ != opened.indent) {
    suspect_ = opened;
    suspect_close_ = token;
  }
  open_.pop_back();
  --depth_;
  push(token);
}

void Tokenizer::close_text(const Token& token) {
  if (token.type == FlowLexer::INTERPOLATION_CLOSE) {
    close_brackets_before(token);
    --depth_;
  }
  // The lexer is in the mode that the innermost open text or interpolation pushed, so this is its other half.
  open_.pop_back();
  push(token);
}

void Tokenizer::close_brackets_before(const Token& token, bool silently) {
  while (is_open_bracket(top())) {
    const Token bracket = open_.back().token;
    if (!silently) {
      report_unclosed(bracket);
      report_.excuse_lines(bracket.line, token.line);
    }
    unwind_to(open_.size() - 1, token);
  }
}

void Tokenizer::report_unclosed(const Token& token) {
  report_.error(Code::open_bracket, token.line, token.begin, token.end, "this `{}` is never closed", text_of(token));
}

void Tokenizer::end_text_at_line_end(const Token& token) {
  // What was opened on this line, or in it, ends here. A block text around it goes on.
  std::size_t from = open_.size();
  while (from > 0 && open_[from - 1].token.type != FlowLexer::BLOCK_TEXT_OPEN &&
         open_[from - 1].token.line == token.line) {
    --from;
  }
  const bool in_block = from > 0 && open_[from - 1].token.type == FlowLexer::BLOCK_TEXT_OPEN;
  while (!in_block && from < open_.size() && open_[from].token.type == FlowLexer::OPEN_BRACE) ++from;
  if (!report_.is_excused(token.line)) {
    // An open interpolation swallows the quote that was to end its text; say what the author forgot.
    std::size_t culprit = open_.size() - 1;
    while (culprit > from && open_[culprit].token.type != FlowLexer::INTERPOLATION_OPEN) --culprit;
    if (open_[culprit].token.type != FlowLexer::INTERPOLATION_OPEN) {
      culprit = open_.size() - 1;
      while (is_open_bracket(open_[culprit].token.type)) --culprit;
    }
    const Token& opened = open_[culprit].token;
    if (opened.type == FlowLexer::INTERPOLATION_OPEN) {
      report_.error(Code::open_text, opened.line, opened.begin, opened.end, "this `{{{{` is never closed")
          .hint("an interpolation ends with `}}` on its own line; a literal `{{` is written `\\{{`");
    } else {
      report_.error(Code::open_text, opened.line, opened.begin, opened.end, "this text never ends")
          .hint("a text ends with `\"` on its own line; one of several lines stands between `\"\"\"`");
    }
  }
  unwind_to(from, token);
  if (in_block) return push({FlowLexer::TEXT, token.begin, token.end, token.line});
  end_line(token);
}

void Tokenizer::unwind_to(std::size_t from, const Token& before) {
  while (open_.size() > from) {
    const std::size_t type = open_.back().token.type;
    open_.pop_back();
    if (type == FlowLexer::OPEN_BRACE) separate(before);
    push_missing(closing_of(type), before);
    if (is_text(type) || type == FlowLexer::INTERPOLATION_OPEN) {
      scanner_.pop_mode();
    }
    if (!is_text(type)) --depth_;
  }
}

void Tokenizer::end_line(const Token& token) {
  if (is_open_bracket(top()) || out_.tokens.empty() || continues_line(last_type())) return;
  separate(token);
}

void Tokenizer::separate(const Token& before) {
  if (last_type() == FlowLexer::SEP || last_type() == FlowLexer::OPEN_BRACE) return;
  const std::uint32_t end = before.type == FlowLexer::SEMICOLON ? before.end : before.begin;
  push({FlowLexer::SEP, before.begin, end, before.line});
}

void Tokenizer::finish() {
  const auto end = static_cast<std::uint32_t>(text_.size());
  const std::uint32_t line = scanner_.line();
  const Token stop{antlr4::Token::EOF, end, end, line};
  if (!out_.too_deep && !report_.full()) {
    bool reported = false;
    for (const Open& opened : open_) {
      if (!is_text(opened.token.type)) continue;
      report_.error(Code::open_text, opened.token.line, opened.token.begin, opened.token.end, "this text never ends")
          .hint(opened.token.type == FlowLexer::TEXT_OPEN ? "a text ends with `\"` on its own line"
                                                          : "it ends with `\"\"\"` on a line of its own");
      reported = true;
      break;
    }
    if (!reported && !open_.empty()) {
      const bool brace = top() == FlowLexer::OPEN_BRACE;
      const Token& culprit = brace && suspect_ ? suspect_->token : open_.back().token;
      auto builder = report_.error(Code::open_bracket, culprit.line, culprit.begin, culprit.end,
                                   "this `{}` is never closed", text_of(culprit));
      if (brace && suspect_) {
        builder.also(report_.span(suspect_close_.begin, suspect_close_.end),
                     "this one closes it as things are, at another indentation");
      }
    }
  }
  if (!open_.empty() && top() != FlowLexer::OPEN_BRACE) report_.excuse_lines(open_.front().token.line, line);
  unwind_to(0, stop);
  separate(stop);
  push(stop);
}

}  // namespace

Tokens tokenize(std::string_view text, Report& report) {
  return Tokenizer(text, report).run();
}

std::size_t end_of_entry(const std::vector<Token>& tokens, std::size_t begin) {
  std::size_t depth = 0;
  for (std::size_t i = begin; i < tokens.size(); ++i) {
    if (tokens[i].type == FlowLexer::OPEN_BRACE) ++depth;
    if (tokens[i].type == FlowLexer::CLOSE_BRACE && depth > 0) --depth;
    if (tokens[i].type == FlowLexer::SEP && depth == 0) return i + 1;
  }
  return tokens.size();
}

}  // namespace flow::syntax
