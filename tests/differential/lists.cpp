#include "tests/differential/lists.h"

#include <algorithm>
#include <utility>

#include "runtime/program/composite.h"

namespace flow::generate {

using check::Expr;
using check::Function;
using check::Type;
using program::ValueType;

namespace {

Type plain(ValueType kind, bool optional = false) {
  Type type;
  type.kind = kind;
  type.optional = optional;
  return type;
}

Type list_of(Type item, std::uint32_t most) {
  Type type = plain(ValueType::list);
  type.items_max = most;
  type.parts.push_back(std::move(item));
  return type;
}

Expr part_call(Function text, Function scalar, const Type& part, std::vector<Expr> operands) {
  const bool texts = program::is_text(part.kind);
  if (!texts) {
    Expr code;
    code.kind = check::ExprKind::constant;
    code.type.kind = ValueType::number;
    code.scalar = program::scalar_code(part.kind, part.currency);
    operands.push_back(std::move(code));
  }
  Expr expr;
  expr.kind = check::ExprKind::call;
  expr.function = texts ? text : scalar;
  expr.type = part;
  for (const Expr& operand : operands) {
    expr.type.optional = expr.type.optional || operand.type.optional;
    expr.type.secret = expr.type.secret || operand.type.secret;
  }
  expr.children = std::move(operands);
  return expr;
}

}  // namespace

Type some_record() {
  Type type = plain(ValueType::record);
  type.names = {"name", "seats", "day", "open"};
  type.parts = {plain(ValueType::text), plain(ValueType::number), plain(ValueType::date, true),
                plain(ValueType::boolean)};
  return type;
}

Type some_list(Random& random) {
  switch (random.below(3)) {
    case 0:
      return list_of(plain(ValueType::number), 4);
    case 1:
      return list_of(plain(ValueType::text), 2);
    default:
      return list_of(some_record(), 3);
  }
}

bool same_type(const Type& a, const Type& b) {
  return a.kind == b.kind && a.items_max == b.items_max && a.names == b.names;
}

const std::vector<std::string>& composite_values(const Type& type) {
  static const std::vector<std::string> records = {
      R"({"name":"north","seats":2,"day":"2026-12-25","open":true})",
      R"({"name":"a \"b\", ]}\n\u001F","seats":-0.5,"day":null,"open":false})",
      R"({"name":"","seats":123456789012.5,"day":"2026-03-08","open":true})"};
  static const std::vector<std::string> lists = {"[]", "[" + records[0] + "]",
                                                 "[" + records[1] + "," + records[2] + "]",
                                                 "[" + records[2] + "," + records[0] + "," + records[1] + "]"};
  static const std::vector<std::string> numbers = {"[]", "[1]", "[2.5,-3]", "[0,0,0.000001,-123456789.000001]"};
  static const std::vector<std::string> texts = {"[]", R"(["STOP"])", R"(["caf\u007F",""])", R"(["\\\"","\t[1,2]"])"};
  if (type.kind == ValueType::record) return records;
  const ValueType item = type.parts.at(0).kind;
  return item == ValueType::number ? numbers : item == ValueType::text ? texts : lists;
}

Expr item_call(const Type& part, std::vector<Expr> operands) {
  Expr expr = part_call(Function::list_text, Function::list_scalar, part, std::move(operands));
  expr.type.optional = true;
  return expr;
}

Expr member_call(const Type& part, std::vector<Expr> operands) {
  return part.optional ? part_call(Function::record_text, Function::record_scalar, part, std::move(operands))
                       : part_call(Function::member_text, Function::member_scalar, part, std::move(operands));
}

std::string type_text(const Type& type, std::string_view (*plain_text)(ValueType)) {
  const std::string mark = type.optional ? "?" : "";
  if (type.kind == ValueType::list)
    return "list(" + type_text(type.parts[0], plain_text) + ", .." + std::to_string(type.items_max) + ")" + mark;
  if (type.kind != ValueType::record) return std::string(plain_text(type.kind)) + mark;
  std::string text;
  for (std::size_t i = 0; i < type.parts.size(); ++i)
    text += (i == 0 ? "record(" : ", ") + type.names[i] + ": " + type_text(type.parts[i], plain_text);
  return text + ")" + mark;
}

}  // namespace flow::generate
