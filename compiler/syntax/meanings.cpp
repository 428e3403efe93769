#include "compiler/syntax/meanings.h"

#include <string>

#include <antlr4-runtime.h>

#include <FlowParser.h>

namespace flow::syntax {

using grammar::FlowParser;

namespace {

ExprKind atom_kind(std::size_t type) {
  switch (type) {
    case FlowParser::QUANTITY:
      return ExprKind::quantity;
    case FlowParser::TIME:
      return ExprKind::time;
    case FlowParser::DATE:
      return ExprKind::date;
    case FlowParser::DATETIME:
      return ExprKind::datetime;
    case FlowParser::REGEX:
    case FlowParser::OPEN_REGEX:
      return ExprKind::regex;
    case FlowParser::TRUE:
    case FlowParser::FALSE:
      return ExprKind::boolean;
    default:
      return ExprKind::number;
  }
}

}  // namespace

BinaryOp operator_of(std::size_t type) {
  switch (type) {
    case FlowParser::STAR:
      return BinaryOp::multiply;
    case FlowParser::PLUS:
      return BinaryOp::add;
    case FlowParser::MINUS:
      return BinaryOp::subtract;
    case FlowParser::RANGE:
      return BinaryOp::range;
    case FlowParser::COALESCE:
      return BinaryOp::coalesce;
    case FlowParser::EQ:
      return BinaryOp::equal;
    case FlowParser::NE:
      return BinaryOp::not_equal;
    case FlowParser::FOLD_EQ:
      return BinaryOp::fold_equal;
    case FlowParser::LT:
      return BinaryOp::less;
    case FlowParser::LE:
      return BinaryOp::less_equal;
    case FlowParser::GT:
      return BinaryOp::greater;
    case FlowParser::GE:
      return BinaryOp::greater_equal;
    case FlowParser::CONTAINS:
      return BinaryOp::contains;
    case FlowParser::MATCHES:
      return BinaryOp::matches;
    case FlowParser::IN:
      return BinaryOp::in;
    case FlowParser::NOT_IN:
      return BinaryOp::not_in;
    case FlowParser::STARTS_WITH:
      return BinaryOp::starts_with;
    case FlowParser::ENDS_WITH:
      return BinaryOp::ends_with;
    case FlowParser::AND:
      return BinaryOp::logical_and;
    default:
      return BinaryOp::logical_or;
  }
}

Expr atom(std::size_t type, source::Span span, std::string_view text) {
  Expr out;
  out.kind = atom_kind(type);
  out.span = span;
  std::string_view raw = text.substr(span.begin, span.end - span.begin);
  if (out.kind == ExprKind::regex) {
    raw.remove_prefix(1);
    if (type == FlowParser::REGEX) raw.remove_suffix(1);
  }
  out.raw = std::string(raw);
  out.text = out.raw;
  return out;
}

bool name_argument(Argument& argument, const Expr& written) {
  if (written.kind == ExprKind::name) {
    argument.name = written.text;
    return true;
  }
  const bool plain = written.kind == ExprKind::string && !written.block_string && written.pieces.size() == 1 &&
                     written.pieces.front().expr == nullptr;
  if (!plain) return false;
  argument.name = written.pieces.front().text;
  argument.quoted = true;
  return true;
}

bool is_test(std::string_view word) {
  return word == "set" || word == "blank";
}

}  // namespace flow::syntax
