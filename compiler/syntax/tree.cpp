#include "compiler/syntax/tree.h"

namespace flow::syntax {

std::string_view spelling(BinaryOp op) {
  switch (op) {
    case BinaryOp::multiply:
      return "*";
    case BinaryOp::add:
      return "+";
    case BinaryOp::subtract:
      return "-";
    case BinaryOp::range:
      return "..";
    case BinaryOp::coalesce:
      return "??";
    case BinaryOp::equal:
      return "==";
    case BinaryOp::not_equal:
      return "!=";
    case BinaryOp::fold_equal:
      return "~=";
    case BinaryOp::less:
      return "<";
    case BinaryOp::less_equal:
      return "<=";
    case BinaryOp::greater:
      return ">";
    case BinaryOp::greater_equal:
      return ">=";
    case BinaryOp::contains:
      return "contains";
    case BinaryOp::matches:
      return "matches";
    case BinaryOp::in:
      return "in";
    case BinaryOp::not_in:
      return "not in";
    case BinaryOp::starts_with:
      return "starts with";
    case BinaryOp::ends_with:
      return "ends with";
    case BinaryOp::logical_and:
      return "and";
    case BinaryOp::logical_or:
      return "or";
  }
  return "?";
}

std::string Entry::doc() const {
  std::string out;
  for (const Comment& comment : leading) {
    if (!comment.text.starts_with("///")) continue;
    std::string_view line = std::string_view(comment.text).substr(3);
    if (line.starts_with(' ')) line.remove_prefix(1);
    if (!out.empty()) out += '\n';
    out += line;
  }
  return out;
}

}  // namespace flow::syntax
