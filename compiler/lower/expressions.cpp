// Expressions: values into registers, conditions into jumps. Absence is control flow: a value that is absent sends the
// function to another block, so no operand is evaluated for nothing and no register holds a value that is none.
#include "base/check.h"
#include "base/limits.h"
#include "compiler/lower/context.h"
#include "runtime/program/composite.h"
#include "runtime/program/text.h"

namespace flow::lower {
namespace {

using check::Expr;
using check::ExprKind;
using check::Function;

RegType reg_type(const Expr& expr) {
  return lower::reg_type(expr.type.kind);
}

bool any_absent(const std::vector<Expr>& children) {
  for (const Expr& child : children)
    if (may_be_absent(child)) return true;
  return false;
}

bool is_condition(ExprKind kind) {
  return kind == ExprKind::negation || kind == ExprKind::logical_and || kind == ExprKind::logical_or ||
         kind == ExprKind::is_set || kind == ExprKind::is_blank;
}

std::int64_t unit_ms(Function function) {
  switch (function) {
    case Function::days:
      return 24 * 3600 * 1000;
    case Function::hours:
      return 3600 * 1000;
    case Function::minutes:
      return 60 * 1000;
    default:
      return 1000;
  }
}

// One expression's way into `into`.
class Lowering {
 public:
  Lowering(Context& context, Builder& builder, BlockId absent, Reg into)
      : context_(context), builder_(builder), absent_(absent), into_(into) {}

  Reg value(const Expr& expr) {
    if (is_condition(expr.kind)) return condition_value(expr);
    switch (expr.kind) {
      case ExprKind::constant:
        return constant(expr);
      case ExprKind::variable:
        return variable(expr);
      case ExprKind::coalesce:
        return coalesce(expr);
      case ExprKind::interpolate:
        return interpolate(expr);
      case ExprKind::call:
        return call(expr);
      case ExprKind::choose:
        return choose(expr);
      case ExprKind::each:
        return each(expr);
      case ExprKind::item:
        return item(expr);
      case ExprKind::position:
        return builder_.constant(context_.position, into_);
      case ExprKind::equal:
      case ExprKind::not_equal:
        return equality(expr);
      case ExprKind::less:
        return ordered(expr, Op::int_less, false);
      case ExprKind::less_equal:
        return ordered(expr, Op::int_less_equal, false);
      case ExprKind::greater:
        return ordered(expr, Op::int_less, true);
      case ExprKind::greater_equal:
        return ordered(expr, Op::int_less_equal, true);
      case ExprKind::fold_equal:
        return binary(expr, Op::text_fold_equal);
      case ExprKind::contains:
        return binary(expr, Op::text_contains);
      case ExprKind::starts_with:
        return binary(expr, Op::text_starts);
      case ExprKind::ends_with:
        return binary(expr, Op::text_ends);
      case ExprKind::add:
        return binary(expr, Op::number_add);
      case ExprKind::subtract:
        return binary(expr, Op::number_subtract);
      case ExprKind::multiply:
        return binary(expr, Op::number_multiply);
      default:
        FLOW_CHECK(false, "expression kind {}", static_cast<int>(expr.kind));
        return ir::kNoReg;
    }
  }

 private:
  Reg operand(const Expr& expr) { return lower_value(context_, builder_, expr, absent_); }

  Reg integer(Op op, Reg a, Reg b = ir::kNoReg, std::int64_t imm = 0) { return builder_.integer(op, a, b, imm, into_); }
  Reg text(Op op, Reg a, Reg b = ir::kNoReg, std::int64_t imm = 0) { return builder_.text(op, a, b, imm, into_); }

  Reg constant(const Expr& expr) {
    if (program::is_text(expr.type.kind)) return text(Op::const_text, ir::kNoReg, ir::kNoReg, context_.text(expr.text));
    return builder_.constant(expr.scalar, into_);
  }

  Reg variable(const Expr& expr) {
    const auto field = static_cast<std::int64_t>(check::index(expr.variable));
    if (may_be_absent(expr)) {
      FLOW_CHECK(absent_ != kNoBlock, "`{}` may be absent where a value is needed",
                 context_.flow.variables[check::index(expr.variable)].name);
      const BlockId there = builder_.block();
      builder_.branch(builder_.integer(Op::present, ir::kNoReg, ir::kNoReg, field), there, absent_);
      builder_.at(there);
    }
    return program::is_text(expr.type.kind) ? text(Op::load, ir::kNoReg, ir::kNoReg, field)
                                            : integer(Op::load, ir::kNoReg, ir::kNoReg, field);
  }

  Reg coalesce(const Expr& expr) {
    const Expr& first = expr.children[0];
    if (!may_be_absent(first)) return lower_value(context_, builder_, first, kNoBlock, into_);
    const Reg result = into_ == ir::kNoReg ? builder_.reg(reg_type(expr)) : into_;
    const BlockId otherwise = builder_.block();
    const BlockId join = builder_.block();
    lower_value(context_, builder_, first, otherwise, result);
    builder_.jump(join);
    builder_.at(otherwise);
    lower_value(context_, builder_, expr.children[1], absent_, result);
    builder_.jump(join);
    builder_.at(join);
    return result;
  }

  Reg condition_value(const Expr& expr) {
    const Reg result = into_ == ir::kNoReg ? builder_.reg(RegType::integer) : into_;
    const BlockId yes = builder_.block();
    const BlockId no = builder_.block();
    const BlockId join = builder_.block();
    lower_condition(context_, builder_, expr, yes, no);
    builder_.at(yes);
    builder_.constant(1, result);
    builder_.jump(join);
    builder_.at(no);
    builder_.constant(0, result);
    builder_.jump(join);
    builder_.at(join);
    return result;
  }

  Reg binary(const Expr& expr, Op op) {
    FLOW_CHECK(expr.children.size() == 2);
    const Reg a = operand(expr.children[0]);
    const Reg b = operand(expr.children[1]);
    return integer(op, a, b);
  }

  Reg equality(const Expr& expr) {
    const bool equal = expr.kind == ExprKind::equal;
    if (reg_type(expr.children[0]) == RegType::integer) return binary(expr, equal ? Op::int_equal : Op::int_not_equal);
    if (equal) return binary(expr, Op::text_equal);
    const Reg a = operand(expr.children[0]);
    const Reg b = operand(expr.children[1]);
    return integer(Op::int_not, builder_.integer(Op::text_equal, a, b));
  }

  Reg ordered(const Expr& expr, Op op, bool swapped) {
    FLOW_CHECK(reg_type(expr.children[0]) == RegType::integer, "texts have no order");
    const Reg a = operand(expr.children[0]);
    const Reg b = operand(expr.children[1]);
    return swapped ? integer(op, b, a) : integer(op, a, b);
  }

  Reg call(const Expr& expr) {
    std::vector<Reg> arguments;
    for (const Expr& child : expr.children) arguments.push_back(operand(child));
    const program::FunctionInfo& function = program::info(expr.function);
    switch (expr.function) {
      case Function::days:
      case Function::hours:
      case Function::minutes:
      case Function::seconds:
        return integer(Op::duration_in, arguments.at(0), ir::kNoReg, unit_ms(expr.function));
      case Function::lower:
        return text(Op::text_lower, arguments.at(0));
      case Function::upper:
        return text(Op::text_upper, arguments.at(0));
      case Function::trim:
        return text(Op::text_trim, arguments.at(0));
      case Function::left:
        return text(Op::text_left, arguments.at(0), arguments.at(1));
      case Function::round:
        return integer(Op::number_round, arguments.at(0));
      case Function::length:
        return integer(Op::text_length, arguments.at(0));
      default:
        break;
    }
    const Reg result = builder_.call(expr.function, std::move(arguments), into_);
    if (!function.partial()) return result;
    FLOW_CHECK(absent_ != kNoBlock, "`{}` may give nothing where a value is needed", function.name);
    const BlockId there = builder_.block();
    builder_.branch(builder_.integer(function.gives_text() ? Op::text_given : Op::int_given, result), there, absent_);
    builder_.at(there);
    return result;
  }

  // Only the chosen text is made.
  Reg choose(const Expr& expr) {
    const Reg language = operand(expr.children[0]);
    const Reg languages = builder_.text(Op::const_text, ir::kNoReg, ir::kNoReg, context_.text(expr.text));
    const Reg which = builder_.call(Function::choose_language, {languages, language});
    const Reg result = into_ == ir::kNoReg ? builder_.reg(RegType::text) : into_;
    std::vector<std::int64_t> cases;
    std::vector<BlockId> blocks;
    for (std::size_t i = 1; i < expr.children.size(); ++i) {
      cases.push_back(static_cast<std::int64_t>(i - 1));
      blocks.push_back(builder_.block());
    }
    const BlockId join = builder_.block();
    builder_.switch_on(which, {cases.begin() + 1, cases.end()}, {blocks.begin() + 1, blocks.end()}, blocks.front());
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      builder_.at(blocks[i]);
      lower_value(context_, builder_, expr.children[i + 1], absent_, result);
      builder_.jump(join);
    }
    builder_.at(join);
    return result;
  }

  Reg item(const Expr& expr) {
    if (into_ == ir::kNoReg) return context_.item;
    if (reg_type(expr) == RegType::text) return builder_.concat({context_.item}, into_);
    return integer(Op::number_add, context_.item, builder_.constant(0));
  }

  // Item by item: there are only so many, and flow IR has no cycles.
  Reg each(const Expr& expr) {
    const Expr& list = expr.children[0];
    const check::Type& item = list.type.parts[0];
    const bool texts = program::is_text(item.kind);
    const Reg whole = operand(list);
    std::vector<Reg> parts;
    for (std::int64_t n = 1; n <= static_cast<std::int64_t>(list.type.items_max); ++n) {
      context_.position = n * limits::kNumberScale;
      std::vector<Reg> operands = {whole, builder_.constant(context_.position)};
      if (!texts) operands.push_back(builder_.constant(program::scalar_code(item.kind, item.currency)));
      context_.item = builder_.call(texts ? Function::list_text : Function::list_scalar, std::move(operands));
      const BlockId there = builder_.block(), none = builder_.block(), join = builder_.block();
      const Reg given = builder_.integer(texts ? Op::text_given : Op::int_given, context_.item);
      const Reg part = builder_.reg(RegType::text);
      builder_.branch(given, there, none);
      builder_.at(there);
      lower_value(context_, builder_, expr.children[1], kNoBlock, part);
      builder_.jump(join);
      builder_.at(none);
      builder_.text(Op::const_text, ir::kNoReg, ir::kNoReg, context_.text(""), part);
      builder_.jump(join);
      builder_.at(join);
      parts.push_back(part);
    }
    return builder_.concat(std::move(parts), into_);
  }

  // The pieces are told apart here, once: constants that meet become one.
  Reg interpolate(const Expr& expr) {
    std::vector<Reg> parts;
    std::string literal;
    const auto flush = [&] {
      if (literal.empty()) return;
      parts.push_back(builder_.text(Op::const_text, ir::kNoReg, ir::kNoReg, context_.text(literal)));
      literal.clear();
    };
    for (const Expr& child : expr.children) {
      std::string constant;
      if (append_constant(child, constant)) {
        if (literal.size() + constant.size() > limits::kTextValueBytesMax) flush();
        literal += constant;
      } else {
        flush();
        parts.push_back(piece(child));
      }
    }
    if (parts.empty()) return text(Op::const_text, ir::kNoReg, ir::kNoReg, context_.text(literal));
    flush();
    return builder_.concat(std::move(parts), into_);
  }

  // Adds the text of a constant to `out`; false when it is none, or one that could trap by its length.
  static bool append_constant(const Expr& expr, std::string& out) {
    if (expr.kind == ExprKind::interpolate) {
      std::string inner;
      for (const Expr& child : expr.children)
        if (!append_constant(child, inner)) return false;
      if (inner.size() > limits::kTextValueBytesMax) return false;
      out += inner;
      return true;
    }
    if (expr.kind != ExprKind::constant) return false;
    switch (expr.type.kind) {
      case program::ValueType::number:
        out += program::number_text(expr.scalar);
        return true;
      case program::ValueType::boolean:
        out += expr.scalar != 0 ? "true" : "false";
        return true;
      case program::ValueType::duration:
        out += program::duration_text(expr.scalar);
        return true;
      case program::ValueType::region:
        out += program::region_text(expr.scalar);
        return true;
      default:
        out += expr.text;
        return true;
    }
  }

  Reg piece(const Expr& expr) {
    const Reg value = operand(expr);
    switch (expr.type.kind) {
      case program::ValueType::number:
        return builder_.text(Op::text_of_number, value);
      case program::ValueType::boolean:
        return builder_.text(Op::text_of_boolean, value);
      case program::ValueType::duration:
        return builder_.text(Op::text_of_duration, value);
      case program::ValueType::region:
        return builder_.text(Op::text_of_region, value);
      default:
        return value;
    }
  }

  Context& context_;
  Builder& builder_;
  BlockId absent_;
  Reg into_;
};

// `a is set`, `a is blank`: the value is evaluated even where only its presence counts, since it may trap.
void lower_presence(Context& context, Builder& builder, const Expr& expr, BlockId yes, BlockId no) {
  const Expr& operand = expr.children[0];
  if (expr.kind == ExprKind::is_set) {
    if (operand.kind == ExprKind::variable && may_be_absent(operand)) {
      const auto field = static_cast<std::int64_t>(check::index(operand.variable));
      builder.branch(builder.integer(Op::present, ir::kNoReg, ir::kNoReg, field), yes, no);
      return;
    }
    lower_value(context, builder, operand, no);
    builder.jump(yes);
    return;
  }
  const Reg value = lower_value(context, builder, operand, yes);
  if (!program::is_text(operand.type.kind)) return builder.jump(no);
  builder.branch(builder.integer(Op::text_blank, value), yes, no);
}

}  // namespace

RegType reg_type(program::ValueType type) {
  return program::is_text(type) ? RegType::text : RegType::integer;
}

bool may_be_absent(const Expr& expr) {
  if (is_condition(expr.kind) || expr.kind == ExprKind::constant) return false;
  if (expr.kind == ExprKind::variable) return expr.type.optional;
  if (expr.kind == ExprKind::call && program::info(expr.function).partial()) return true;
  if (expr.kind == ExprKind::coalesce) return may_be_absent(expr.children[0]) && may_be_absent(expr.children[1]);
  return any_absent(expr.children);
}

Reg lower_value(Context& context, Builder& builder, const Expr& expr, BlockId absent, Reg into) {
  return Lowering(context, builder, absent, into).value(expr);
}

void lower_condition(Context& context, Builder& builder, const Expr& expr, BlockId yes, BlockId no) {
  switch (expr.kind) {
    case ExprKind::constant:
      return builder.jump(expr.scalar != 0 ? yes : no);
    case ExprKind::negation:
      return lower_condition(context, builder, expr.children[0], no, yes);
    case ExprKind::logical_and:
    case ExprKind::logical_or: {
      const BlockId second = builder.block();
      const bool conjunction = expr.kind == ExprKind::logical_and;
      lower_condition(context, builder, expr.children[0], conjunction ? second : yes, conjunction ? no : second);
      builder.at(second);
      return lower_condition(context, builder, expr.children[1], yes, no);
    }
    case ExprKind::is_set:
    case ExprKind::is_blank:
      return lower_presence(context, builder, expr, yes, no);
    default:
      return builder.branch(lower_value(context, builder, expr, no), yes, no);
  }
}

void lower_assignment(Context& context, Builder& builder, check::VariableId variable, const Expr& value) {
  const auto field = static_cast<std::int64_t>(check::index(variable));
  if (!may_be_absent(value)) return builder.effect(Op::store, field, lower_value(context, builder, value));
  const BlockId absent = builder.block();
  const BlockId join = builder.block();
  builder.effect(Op::store, field, lower_value(context, builder, value, absent));
  builder.jump(join);
  builder.at(absent);
  builder.effect(Op::clear, field);
  builder.jump(join);
  builder.at(join);
}

}  // namespace flow::lower
