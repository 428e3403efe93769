#include "compiler/syntax/descent.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include <antlr4-runtime.h>

#include <FlowParser.h>

#include "base/limits.h"
#include "compiler/syntax/meanings.h"
#include "compiler/syntax/texts.h"

namespace flow::syntax {
namespace {

using grammar::FlowParser;

// How tight an operator binds, as the order of the grammar's alternatives says; none: 0.
constexpr int kNot = 3;
int tightness(std::size_t type) {
  switch (type) {
    case FlowParser::QUESTION:
      return 11;
    case FlowParser::DOT:
      return 10;
    case FlowParser::STAR:
      return 9;
    case FlowParser::PLUS:
    case FlowParser::MINUS:
      return 8;
    case FlowParser::RANGE:
      return 7;
    case FlowParser::COALESCE:
      return 6;
    case FlowParser::EQ:
    case FlowParser::NE:
    case FlowParser::FOLD_EQ:
    case FlowParser::LT:
    case FlowParser::LE:
    case FlowParser::GT:
    case FlowParser::GE:
    case FlowParser::CONTAINS:
    case FlowParser::MATCHES:
    case FlowParser::IN:
    case FlowParser::NOT_IN:
    case FlowParser::STARTS_WITH:
    case FlowParser::ENDS_WITH:
      return 5;
    case FlowParser::IS:
      return 4;
    case FlowParser::AND:
      return 2;
    case FlowParser::OR:
      return 1;
    default:
      return 0;
  }
}

bool begins_expr(std::size_t type) {
  switch (type) {
    case FlowParser::NOT:
    case FlowParser::OPEN_PAREN:
    case FlowParser::OPEN_BRACKET:
    case FlowParser::NAME:
    case FlowParser::TEXT_OPEN:
    case FlowParser::BLOCK_TEXT_OPEN:
    case FlowParser::NUMBER:
    case FlowParser::QUANTITY:
    case FlowParser::TIME:
    case FlowParser::DATE:
    case FlowParser::DATETIME:
    case FlowParser::REGEX:
    case FlowParser::TRUE:
    case FlowParser::FALSE:
      return true;
    default:
      return false;
  }
}

}  // namespace

class Descent::Level {
 public:
  explicit Level(Descent& descent) : descent_(descent) { deepen(); }
  ~Level() { descent_.depth_ -= levels_; }
  Level(const Level&) = delete;
  Level& operator=(const Level&) = delete;

  void deepen() {
    ++levels_;
    if (++descent_.depth_ > limits::kNestingDepthMax) descent_.fits_ = false;
  }

 private:
  Descent& descent_;
  std::size_t levels_ = 0;
};

std::optional<Entry> Descent::entry(std::size_t begin, std::size_t end) {
  at_ = begin;
  end_ = end;
  depth_ = 0;
  fits_ = true;
  Entry out = entry();
  if (!fits_ || at_ != end || report_.any()) return std::nullopt;
  return out;
}

Entry Descent::entry() {
  Entry out;
  const std::size_t first = at_;
  out.head = clause();
  if (take(FlowParser::COLON)) out.colon = target();
  if (take(FlowParser::ASSIGN)) out.value = clause();
  if (type() == FlowParser::OPEN_BRACE) out.block = block();
  if (take(FlowParser::ARROW)) out.arrow = target();
  out.span = since(first);
  expect(FlowParser::SEP);
  return out;
}

Block Descent::block() {
  const Level level(*this);
  Block out;
  const std::size_t first = at_;
  expect(FlowParser::OPEN_BRACE);
  while (fits_ && type() != FlowParser::CLOSE_BRACE) out.entries.push_back(entry());
  expect(FlowParser::CLOSE_BRACE);
  out.span = since(first);
  const std::string_view inside = text_.substr(out.span.begin, out.span.end - out.span.begin);
  out.one_line = inside.find('\n') == std::string_view::npos;
  return out;
}

Target Descent::target() {
  const Level level(*this);
  Target out;
  const std::size_t first = at_;
  out.clause = clause();
  if (take(FlowParser::ELSE)) out.otherwise = std::make_unique<Target>(target());
  out.span = since(first);
  return out;
}

Clause Descent::clause() {
  Clause out;
  const std::size_t first = at_;
  do {
    out.items.push_back(item());
  } while (take(FlowParser::COMMA));
  out.span = since(first);
  return out;
}

Item Descent::item() {
  Item out;
  const std::size_t first = at_;
  out.is_else = take(FlowParser::ELSE);
  if (!out.is_else) {
    do {
      out.exprs.push_back(expr(0));
    } while (begins_expr(type()));
  }
  out.span = since(first);
  return out;
}

// With the operators behind it that bind tighter than `tightest_left_out`.
Expr Descent::expr(int tightest_left_out) {
  Level level(*this);
  const std::size_t first = at_;
  Expr out = primary();
  out.span = since(first);
  while (tightness(type()) > tightest_left_out) {
    level.deepen();
    out = joined(std::move(out));
    out.span = since(first);
  }
  return out;
}

Expr Descent::joined(Expr left) {
  Expr out;
  const std::size_t type = tokens_[at_++].type;
  out.children.reserve(2);
  out.children.push_back(std::move(left));
  switch (type) {
    case FlowParser::QUESTION:
      out.kind = ExprKind::optional;
      break;
    case FlowParser::DOT:
      out.kind = ExprKind::member;
      out.text = name();
      break;
    case FlowParser::IS:
      out.kind = ExprKind::is;
      out.negated = take(FlowParser::NOT);
      out.text = name();
      if (!is_test(out.text)) fits_ = false;
      break;
    default:
      out.kind = ExprKind::binary;
      out.op = operator_of(type);
      out.children.push_back(expr(tightness(type)));
  }
  return out;
}

Expr Descent::primary() {
  const std::size_t type = this->type();
  switch (type) {
    case FlowParser::NOT: {
      Expr out;
      out.kind = ExprKind::unary_not;
      ++at_;
      out.children.push_back(expr(kNot - 1));
      return out;
    }
    case FlowParser::OPEN_PAREN:
      return bracketed(ExprKind::paren);
    case FlowParser::OPEN_BRACKET:
      return bracketed(ExprKind::list);
    case FlowParser::NAME:
      return name_or_call();
    case FlowParser::TEXT_OPEN:
    case FlowParser::BLOCK_TEXT_OPEN:
      return text();
    default:
      if (!begins_expr(type)) {
        fits_ = false;
        return {};
      }
      return atom(type, span(at_++), text_);
  }
}

Expr Descent::bracketed(ExprKind kind) {
  Expr out;
  out.kind = kind;
  ++at_;
  if (kind == ExprKind::paren) {
    out.children.push_back(expr(0));
    expect(FlowParser::CLOSE_PAREN);
    return out;
  }
  if (take(FlowParser::CLOSE_BRACKET)) return out;
  do {
    out.children.push_back(expr(0));
  } while (take(FlowParser::COMMA));
  expect(FlowParser::CLOSE_BRACKET);
  return out;
}

Expr Descent::name_or_call() {
  Expr out;
  out.kind = ExprKind::name;
  out.text = name();
  if (!take(FlowParser::CALL_OPEN)) return out;
  out.kind = ExprKind::call;
  if (take(FlowParser::CLOSE_PAREN)) return out;
  do {
    out.args.push_back(argument());
  } while (take(FlowParser::COMMA));
  expect(FlowParser::CLOSE_PAREN);
  return out;
}

std::string Descent::name() {
  const std::size_t token = at_;
  expect(FlowParser::NAME);
  return fits_ ? std::string(text_.substr(tokens_[token].begin, tokens_[token].end - tokens_[token].begin))
               : std::string();
}

Argument Descent::argument() {
  Argument out;
  const std::size_t first = at_;
  values(out);
  if (take(FlowParser::COLON)) {
    const bool one = out.values.size() == 1 && !out.spread;
    if (!one || !name_argument(out, out.values.front())) fits_ = false;
    out.values.clear();
    values(out);
  }
  out.span = since(first);
  return out;
}

void Descent::values(Argument& into) {
  into.spread = take(FlowParser::RANGE);
  do {
    into.values.push_back(expr(0));
  } while (!into.spread && begins_expr(type()));
}

Expr Descent::text() {
  Expr out;
  out.kind = ExprKind::string;
  const Token& open = tokens_[at_];
  out.block_string = open.type == FlowParser::BLOCK_TEXT_OPEN;
  TextReader reader(text_, report_);
  if (out.block_string) {
    // A block text holds no other.
    std::size_t close = at_;
    while (close < end_ && tokens_[close].type != FlowParser::BLOCK_CLOSE) ++close;
    if (close == end_) fits_ = false;
    if (fits_) reader.begin_block(span(at_), span(close), open.line, tokens_[close].line);
  }
  ++at_;
  const std::size_t closing = out.block_string ? FlowParser::BLOCK_CLOSE : FlowParser::TEXT_CLOSE;
  while (fits_ && !take(closing)) {
    if (type() == FlowParser::INTERPOLATION_OPEN) {
      reader.flush(out.pieces);
      out.pieces.push_back(interpolation());
    } else if (type() == FlowParser::TEXT) {
      reader.plain(span(at_), tokens_[at_].line);
      ++at_;
    } else if (type() == FlowParser::ESCAPE) {
      reader.escape(span(at_), tokens_[at_].line);
      ++at_;
    } else {
      fits_ = false;
    }
  }
  reader.flush(out.pieces);
  return out;
}

StringPiece Descent::interpolation() {
  StringPiece out;
  const std::size_t first = at_;
  expect(FlowParser::INTERPOLATION_OPEN);
  out.expr = std::make_unique<Expr>(expr(0));
  expect(FlowParser::INTERPOLATION_CLOSE);
  out.span = since(first);
  return out;
}

}  // namespace flow::syntax
