#include "compiler/syntax/syntax_errors.h"

#include <algorithm>
#include <string>

#include <antlr4-runtime.h>

#include <FlowLexer.h>

namespace flow::syntax {
namespace {

using diagnostics::Code;
using grammar::FlowLexer;

constexpr std::string_view kTargets =
    "a target is a step, `end`, `end failed \"why\"` or `jump STEP max N else TARGET`";

constexpr std::string_view kReserved =
    "reserved are `and or not in is contains matches starts ends else true false`; in quotes they are texts";

bool is_reserved(std::size_t type) {
  switch (type) {
    case FlowLexer::AND:
    case FlowLexer::OR:
    case FlowLexer::IN:
    case FlowLexer::IS:
    case FlowLexer::CONTAINS:
    case FlowLexer::MATCHES:
    case FlowLexer::STARTS:
    case FlowLexer::ENDS:
    case FlowLexer::TRUE:
    case FlowLexer::FALSE:
    case FlowLexer::ELSE:
    case FlowLexer::NOT:
      return true;
    default:
      return false;
  }
}

bool is_operator(std::size_t type) {
  switch (type) {
    case FlowLexer::EQ:
    case FlowLexer::NE:
    case FlowLexer::FOLD_EQ:
    case FlowLexer::LT:
    case FlowLexer::LE:
    case FlowLexer::GT:
    case FlowLexer::GE:
    case FlowLexer::PLUS:
    case FlowLexer::MINUS:
    case FlowLexer::STAR:
    case FlowLexer::RANGE:
    case FlowLexer::COALESCE:
    case FlowLexer::NOT_IN:
    case FlowLexer::STARTS_WITH:
    case FlowLexer::ENDS_WITH:
      return true;
    default:
      return false;
  }
}

bool is_word_operator(std::size_t type) {
  return is_reserved(type) && type != FlowLexer::TRUE && type != FlowLexer::FALSE && type != FlowLexer::ELSE;
}

// Where the parser was: inside brackets, inside `{{ }}`, at the beginning of an entry or further on in it.
enum class Place { entry_begin, entry, brackets, interpolation };

Place place_of(const std::vector<Token>& tokens, std::size_t at) {
  std::size_t closed = 0;
  for (std::size_t i = at; i > 0; --i) {
    switch (tokens[i - 1].type) {
      case FlowLexer::SEP:
      case FlowLexer::OPEN_BRACE:
        return i == at ? Place::entry_begin : Place::entry;
      case FlowLexer::CLOSE_PAREN:
      case FlowLexer::CLOSE_BRACKET:
      case FlowLexer::INTERPOLATION_CLOSE:
        ++closed;
        break;
      case FlowLexer::CALL_OPEN:
      case FlowLexer::OPEN_PAREN:
      case FlowLexer::OPEN_BRACKET:
        if (closed == 0) return Place::brackets;
        --closed;
        break;
      case FlowLexer::INTERPOLATION_OPEN:
        if (closed == 0) return Place::interpolation;
        --closed;
        break;
      default:
        break;
    }
  }
  return at == 0 ? Place::entry_begin : Place::entry;
}

std::string_view word(std::string_view text, const Token& token) {
  return text.substr(token.begin, token.end - token.begin);
}

// What the author sees at this place.
std::string seen(std::string_view text, const Token& token) {
  switch (token.type) {
    case FlowLexer::SEP:
      return token.end > token.begin ? "`;`" : "the end of the line";
    case antlr4::Token::EOF:
      return "the end of the file";
    case FlowLexer::TEXT_OPEN:
    case FlowLexer::BLOCK_TEXT_OPEN:
    case FlowLexer::TEXT:
    case FlowLexer::ESCAPE:
      return "a text";
    case FlowLexer::TEXT_CLOSE:
    case FlowLexer::BLOCK_CLOSE:
      return "the end of the text";
    default:
      break;
  }
  if (token.begin == token.end) return "the end of the line";
  return fmt::format("`{}`", word(text, token));
}

struct Expectation {
  std::string what;
  std::string_view hint;
};

// What belongs after tokens[at - 1].
Expectation expected(std::string_view text, const std::vector<Token>& tokens, std::size_t at, Place place) {
  const Token none{FlowLexer::SEP, 0, 0, 0};
  const Token& before = at == 0 ? none : tokens[at - 1];
  const Token& token = tokens[at];
  switch (before.type) {
    case FlowLexer::ARROW:
      return {"a target after `=>`", kTargets};
    case FlowLexer::ASSIGN:
      return {"a value after `=`", {}};
    case FlowLexer::COMMA:
      return {place == Place::brackets ? "a value after the comma" : "another one after the comma", {}};
    case FlowLexer::ELSE:
      return {"a target after `else`", kTargets};
    case FlowLexer::DOT:
      return {"a name after `.`", {}};
    case FlowLexer::IS:
      return {"`set` or `blank` after `is`", {}};
    case FlowLexer::COLON:
      return {place == Place::brackets ? "a value after `:`" : "a component, a kind or a type after `:`", {}};
    case FlowLexer::INTERPOLATION_OPEN:
      return {"a value after `{{`", "a literal `{{` is written `\\{{`"};
    case FlowLexer::CALL_OPEN:
    case FlowLexer::OPEN_PAREN:
    case FlowLexer::OPEN_BRACKET:
      return {fmt::format("a value after `{}`", word(text, before)), {}};
    default:
      break;
  }
  if (token.type == FlowLexer::STARTS || token.type == FlowLexer::ENDS) {
    return {fmt::format("`{} with`", word(text, token)), "the operators are `starts with` and `ends with`"};
  }
  if (is_operator(before.type) || is_word_operator(before.type)) {
    return {fmt::format("a value after `{}`", word(text, before)), {}};
  }
  if (place == Place::brackets) return {"a comma or the closing bracket", {}};
  if (place == Place::interpolation) return {"`}}` after the value", "inside `{{ }}` stands one expression"};
  if (place == Place::entry_begin) return {"a name, a word or a value at the beginning of a line", {}};
  return {"the end of the line, or `;`", {}};
}

// Whether tokens[at] stands where a value or a name belongs.
bool wants_value(const std::vector<Token>& tokens, std::size_t at) {
  if (at == 0) return true;
  const std::size_t type = tokens[at - 1].type;
  return is_operator(type) || is_word_operator(type) || type == FlowLexer::ARROW || type == FlowLexer::ASSIGN ||
         type == FlowLexer::COMMA || type == FlowLexer::COLON || type == FlowLexer::DOT || type == FlowLexer::SEP ||
         type == FlowLexer::OPEN_BRACE || type == FlowLexer::CALL_OPEN || type == FlowLexer::OPEN_PAREN ||
         type == FlowLexer::OPEN_BRACKET || type == FlowLexer::INTERPOLATION_OPEN;
}

// Whether what stands before tokens[at] could have been the whole entry.
bool ends_entry(const std::vector<Token>& tokens, std::size_t at) {
  return !wants_value(tokens, at) && tokens[at - 1].type != FlowLexer::ELSE &&
         tokens[at - 1].type != FlowLexer::STARTS && tokens[at - 1].type != FlowLexer::ENDS;
}

// Whether the entry has a token like tokens[at] already, outside brackets.
bool is_repeated(const std::vector<Token>& tokens, std::size_t at) {
  const std::size_t type = tokens[at].type;
  if (type != FlowLexer::ARROW && type != FlowLexer::COLON && type != FlowLexer::ASSIGN) return false;
  std::size_t closed = 0;
  for (std::size_t i = at; i > 0; --i) {
    const std::size_t before = tokens[i - 1].type;
    if (before == FlowLexer::CLOSE_PAREN || before == FlowLexer::CLOSE_BRACKET || before == FlowLexer::CLOSE_BRACE) {
      ++closed;
    } else if (before == FlowLexer::CALL_OPEN || before == FlowLexer::OPEN_PAREN || before == FlowLexer::OPEN_BRACKET ||
               before == FlowLexer::OPEN_BRACE) {
      if (closed == 0) return false;
      --closed;
    } else if (closed == 0 && before == FlowLexer::SEP) {
      return false;
    } else if (closed == 0 && before == type) {
      return true;
    }
  }
  return false;
}

}  // namespace

bool can_begin_entry(std::size_t type) {
  switch (type) {
    case FlowLexer::ELSE:
    case FlowLexer::NOT:
    case FlowLexer::TRUE:
    case FlowLexer::FALSE:
    case FlowLexer::NAME:
    case FlowLexer::NUMBER:
    case FlowLexer::QUANTITY:
    case FlowLexer::TIME:
    case FlowLexer::DATE:
    case FlowLexer::DATETIME:
    case FlowLexer::REGEX:
    case FlowLexer::MALFORMED:
    case FlowLexer::OPEN_REGEX:
    case FlowLexer::TEXT_OPEN:
    case FlowLexer::BLOCK_TEXT_OPEN:
    case FlowLexer::OPEN_PAREN:
    case FlowLexer::OPEN_BRACKET:
      return true;
    default:
      return false;
  }
}

void report_unexpected(std::string_view text, const std::vector<Token>& tokens, std::size_t at, Report& report) {
  const Token& token = tokens[at];
  if (report.is_excused(token.line)) return;
  const Place place = place_of(tokens, at);
  const bool at_end = token.type == FlowLexer::SEP || token.type == antlr4::Token::EOF || token.begin == token.end;
  // An end that fits nowhere is shown right after what came before it.
  const std::uint32_t begin = at_end && at > 0 ? tokens[at - 1].end : token.begin;
  const std::uint32_t end = at_end ? begin : token.end;

  if (is_reserved(token.type) && token.type != FlowLexer::ELSE && wants_value(tokens, at)) {
    report.error(Code::reserved_word, token.line, begin, end, "`{}` is a reserved word, not a name", word(text, token))
        .hint(std::string(kReserved));
    return;
  }
  if (at > 0 && is_word_operator(tokens[at - 1].type) &&
      (token.type == FlowLexer::COLON || token.type == FlowLexer::ASSIGN)) {
    const Token& before = tokens[at - 1];
    report
        .error(Code::reserved_word, token.line, before.begin, before.end, "`{}` is a reserved word, not a name",
               word(text, before))
        .hint(std::string(kReserved));
    return;
  }
  if (place == Place::entry_begin && token.type == FlowLexer::OPEN_BRACE) {
    report.error(Code::syntax_error, token.line, begin, end, "`{{` at the beginning of a line")
        .hint("it stands at the end of the line that it belongs to");
    return;
  }
  if (place == Place::entry_begin && token.type == FlowLexer::ARROW) {
    report.error(Code::syntax_error, token.line, begin, end, "`=>` without anything before it")
        .hint("it stands on the line of the arm or step that it belongs to");
    return;
  }
  if (place == Place::entry && ends_entry(tokens, at)) {
    if (is_repeated(tokens, at)) {
      report.error(Code::syntax_error, token.line, begin, end, "a second `{}` on one line", word(text, token))
          .hint("an entry has one; the next entry stands on its own line, or after `;`");
      return;
    }
    if (token.type == FlowLexer::ELSE) {
      report.error(Code::syntax_error, token.line, begin, end, "`else` where no target is")
          .hint("`else` stands in a target, after `=>` or a step's `:`, and as an arm of its own");
      return;
    }
  }
  Expectation expectation = expected(text, tokens, at, place);
  report.error(Code::syntax_error, token.line, begin, end, "expected {}, found {}", expectation.what, seen(text, token))
      .hint(std::string(expectation.hint));
}

}  // namespace flow::syntax
