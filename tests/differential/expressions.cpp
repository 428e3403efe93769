#include "tests/differential/expressions.h"

#include <algorithm>
#include <utility>

#include "runtime/program/functions.h"
#include "tests/differential/lists.h"
#include "tests/differential/values.h"

namespace flow::generate {
namespace {

using check::Expr;
using check::ExprKind;
using check::Function;
using program::ValueType;

// One draw of a random number a statement: C++ leaves open which argument of a call is evaluated first, and the same
// seed must give the same flow everywhere.
class Maker {
 public:
  Maker(Random& random, const Options& options, Scope scope) : random_(random), options_(options), scope_(scope) {}

  Expr make(Wanted wanted, std::size_t depth) {
    if (program::is_composite(wanted.kind)) return composite(wanted);
    if (item_ != nullptr && random_.chance(40)) {
      if (auto made = of_item(wanted)) return std::move(*made);
    }
    if (has_composites() && random_.chance(20)) {
      if (auto made = of_composite(wanted, depth)) return std::move(*made);
    }
    if (depth == 0 || random_.chance(30)) return leaf(wanted);
    if (random_.chance(12)) return coalesce(wanted, depth - 1);
    if (wanted.kind == ValueType::text && !options_.as_written && random_.chance(6)) return choose(wanted, depth - 1);
    switch (wanted.kind) {
      case ValueType::text:
        return text(wanted, depth - 1);
      case ValueType::number:
        return number(wanted, depth - 1);
      case ValueType::duration:
        return duration(wanted, depth - 1);
      case ValueType::boolean:
        return asked(condition(wanted, depth - 1));
      case ValueType::date:
        return date(wanted, depth - 1);
      case ValueType::time:
        return time(wanted, depth - 1);
      case ValueType::datetime:
        return instant(wanted, depth - 1);
      case ValueType::money:
        return money(wanted, depth - 1);
      default:
        return leaf(wanted);
    }
  }

  static Expr is_set(Expr operand) {
    Expr expr;
    expr.kind = ExprKind::is_set;
    expr.type.kind = ValueType::boolean;
    expr.children.push_back(std::move(operand));
    return expr;
  }

  Expr read(std::size_t id) {
    Expr expr;
    expr.kind = ExprKind::variable;
    expr.variable = static_cast<check::VariableId>(id);
    expr.type = (*scope_.variables)[id].type;
    expr.type.optional = !certain(id);
    return expr;
  }

  Scope& scope() { return scope_; }

 private:
  bool certain(std::size_t id) const { return (scope_.certain >> id & 1) != 0; }

  Expr constant(ValueType kind) {
    Value value = random_value(random_, kind, options_);
    Expr expr;
    expr.kind = ExprKind::constant;
    expr.type.kind = kind;
    expr.scalar = value.scalar;
    expr.text = std::move(value.text);
    if (kind == ValueType::money) {
      expr.type.currency = kCurrency;
      if (options_.as_written) expr.scalar = std::abs(expr.scalar);  // a negative amount cannot be written
    }
    if (kind == ValueType::datetime && options_.as_written) {
      Expr day = constant(ValueType::date);
      return at({ValueType::datetime, false, false}, std::move(day), constant(ValueType::time));
    }
    return expr;
  }

  Expr at(Wanted wanted, Expr date, Expr time) {
    std::vector<Expr> operands = pair(std::move(date), std::move(time));
    operands.push_back(*scope_.zone);
    return call(Function::at, wanted, std::move(operands));
  }

  static Expr text_constant(std::string text) {
    Expr expr;
    expr.kind = ExprKind::constant;
    expr.type.kind = ValueType::text;
    expr.text = std::move(text);
    return expr;
  }

  // A value of any kind as a piece of a text.
  Expr piece(Expr value) {
    const Wanted text{ValueType::text, true, true};
    const ValueType kind = value.type.kind;
    std::vector<Expr> operands;
    operands.push_back(std::move(value));
    switch (kind) {
      case ValueType::date:
        return call(Function::text_of_date, text, std::move(operands));
      case ValueType::time:
        return call(Function::text_of_time, text, std::move(operands));
      case ValueType::datetime:
        operands.push_back(*scope_.zone);
        return call(Function::text_of_instant, text, std::move(operands));
      case ValueType::money: {
        Expr currency;
        currency.kind = ExprKind::constant;
        currency.type.kind = ValueType::number;
        currency.scalar = kCurrency;
        operands.push_back(std::move(currency));
        return call(Function::text_of_money, text, std::move(operands));
      }
      default:
        return std::move(operands[0]);
    }
  }

  Expr formatted(Wanted wanted, std::size_t depth) {
    static const std::vector<std::string> dates = {"d MMM yyyy", "EEEE, dd.MM.yy", "E d MMMM"};
    static const std::vector<std::string> times = {"HH:mm", "h:mm a", "HH'h'mm:ss"};
    static const std::vector<std::string> numbers = {"0", "#,##0.00", "#,##0.##", "000.0"};
    static const std::vector<ValueType> kinds = {ValueType::date, ValueType::time, ValueType::datetime,
                                                 ValueType::number, ValueType::money};
    const ValueType kind = random_.pick(kinds);
    std::vector<Expr> operands;
    operands.push_back(make(other(wanted, kind), depth));
    const bool number = kind == ValueType::number || kind == ValueType::money;
    const auto& patterns = number ? numbers : kind == ValueType::time ? times : dates;
    operands.push_back(text_constant(random_.pick(patterns)));
    if (kind == ValueType::datetime) operands.push_back(*scope_.zone);
    operands.push_back(*scope_.language);
    const Function function = number                    ? Function::format_number
                              : kind == ValueType::date ? Function::format_date
                              : kind == ValueType::time ? Function::format_time
                                                        : Function::format_instant;
    return call(function, wanted, std::move(operands));
  }

  // A text read as a value, which may be none.
  Expr reading(Function function, Wanted wanted, std::size_t depth) {
    std::vector<Expr> operands;
    if (random_.chance(50))
      operands.push_back(make(other(wanted, ValueType::text), depth));
    else
      operands.push_back(node(ExprKind::interpolate, {ValueType::text, true, true},
                              {piece(make(strict(other(wanted, wanted.kind)), depth))}));
    Expr expr = call(function, wanted, std::move(operands));
    expr.type.optional = true;
    return expr;
  }

  // Whole days, mostly: a constant that is none could not be written beside a date.
  Expr days(Wanted wanted, std::size_t depth) {
    Expr value = make(other(wanted, ValueType::duration), depth);
    if (value.kind == ExprKind::constant || options_.as_written) {
      value = constant(ValueType::duration);
      value.scalar = value.scalar / 86'400'000 * 86'400'000;
    }
    return value;
  }

  Expr date(Wanted wanted, std::size_t depth) {
    const Wanted sure = strict(wanted);
    switch (random_.below(wanted.may_be_absent ? 4 : 3)) {
      case 0: {
        std::vector<Expr> operands;
        operands.push_back(make(other(wanted, ValueType::datetime), depth));
        operands.push_back(*scope_.zone);
        return call(Function::date_in, wanted, std::move(operands));
      }
      case 1: {
        Expr first = make(sure, depth);
        return call(Function::date_add, sure, pair(std::move(first), days(sure, depth)));
      }
      case 2: {
        Expr first = make(sure, depth);
        return call(Function::date_subtract, sure, pair(std::move(first), days(sure, depth)));
      }
      default:
        return reading(Function::read_date, wanted, depth);
    }
  }

  Expr time(Wanted wanted, std::size_t depth) {
    if (wanted.may_be_absent && random_.chance(40)) return reading(Function::read_time, wanted, depth);
    std::vector<Expr> operands;
    operands.push_back(make(other(wanted, ValueType::datetime), depth));
    operands.push_back(*scope_.zone);
    return call(Function::time_in, wanted, std::move(operands));
  }

  Expr instant(Wanted wanted, std::size_t depth) {
    const Wanted sure = strict(wanted);
    if (wanted.may_be_absent && random_.chance(10)) return reading(Function::read_instant, wanted, depth);
    if (random_.chance(50)) {
      Expr day = make(other(wanted, ValueType::date), depth);
      return at(wanted, std::move(day), make(other(wanted, ValueType::time), depth));
    }
    const Function function = random_.chance(50) ? Function::instant_add : Function::instant_subtract;
    Expr first = make(sure, depth);
    return call(function, sure, pair(std::move(first), make(other(sure, ValueType::duration), depth)));
  }

  Expr money(Wanted wanted, std::size_t depth) {
    static const std::vector<ExprKind> kinds = {ExprKind::add, ExprKind::subtract, ExprKind::multiply};
    const ExprKind kind = random_.pick(kinds);
    wanted = strict(wanted);
    Expr first = make(wanted, depth);
    Expr expr = node(
        kind, wanted,
        pair(std::move(first), make(kind == ExprKind::multiply ? other(wanted, ValueType::number) : wanted, depth)));
    expr.type.currency = kCurrency;
    return expr;
  }

  Expr leaf(Wanted wanted) {
    std::vector<std::size_t> fitting;
    for (std::size_t id = 0; id < scope_.count; ++id) {
      const check::Type& type = (*scope_.variables)[id].type;
      if (type.kind == wanted.kind && (wanted.may_be_absent || certain(id)) && (wanted.may_be_secret || !type.secret) &&
          (scope_.readable >> id & 1) != 0)
        fitting.push_back(id);
    }
    if (fitting.empty() || random_.chance(25))
      return options_.as_written && wanted.kind == ValueType::boolean ? open_question() : constant(wanted.kind);
    return read(random_.pick(fitting));
  }

  // A condition that nothing decides before the start.
  Expr open_question() {
    return node(ExprKind::equal, {ValueType::boolean, false, false}, pair(read(0), constant(ValueType::phone)));
  }

  static bool mentions_variable(const Expr& expr) {
    if (expr.kind == ExprKind::variable) return true;
    for (const Expr& child : expr.children)
      if (mentions_variable(child)) return true;
    return false;
  }

  // The type follows from the operands: absent when one of them is, secret when one of them is (a condition is not).
  static Expr node(ExprKind kind, Wanted wanted, std::vector<Expr> children) {
    Expr expr;
    expr.kind = kind;
    expr.type.kind = wanted.kind;
    for (const Expr& child : children) {
      expr.type.optional = expr.type.optional || child.type.optional;
      expr.type.secret = expr.type.secret || (child.type.secret && wanted.kind != ValueType::boolean);
    }
    expr.children = std::move(children);
    return expr;
  }

  static Expr call(Function function, Wanted wanted, std::vector<Expr> arguments) {
    Expr expr = node(ExprKind::call, wanted, std::move(arguments));
    expr.function = function;
    return expr;
  }

  // Whether the checker makes a constant of it.
  static bool is_known(const Expr& expr) {
    if (expr.kind == ExprKind::constant) return true;
    if (expr.children.empty() || expr.type.optional) return false;
    if (expr.kind == ExprKind::coalesce) return is_known(expr.children[0]);
    if (expr.kind == ExprKind::call && program::info(expr.function).zoned()) return false;
    return std::ranges::all_of(expr.children, is_known);
  }

  // A wording.
  Expr choose(Wanted wanted, std::size_t depth) {
    static const std::vector<std::string> languages = {"en", "en\nms", "ms\nen\nzh_Hant", "tl\nms_MY\nms"};
    Expr expr = node(ExprKind::choose, wanted, {});
    expr.text = random_.pick(languages);
    expr.children.push_back(*scope_.language);
    for (std::ptrdiff_t n = 1 + std::count(expr.text.begin(), expr.text.end(), '\n'); n > 0; --n) {
      Expr text = make(wanted, depth);
      expr.type.secret = expr.type.secret || text.type.secret;
      expr.type.optional = expr.type.optional || text.type.optional;
      expr.children.push_back(std::move(text));
    }
    return expr;
  }

  Expr coalesce(Wanted wanted, std::size_t depth) {
    Wanted first = wanted;
    first.may_be_absent = true;
    std::vector<Expr> children;
    children.push_back(make(first, depth));
    children.push_back(make(wanted, depth));
    const bool optional = children[0].type.optional && children[1].type.optional;
    Expr expr = node(ExprKind::coalesce, wanted, std::move(children));
    expr.type.optional = optional;
    for (const Expr& child : expr.children) expr.type.secret = expr.type.secret || child.type.secret;
    // Folded when it is written down, as nothing of the rest is ever seen.
    if (is_known(expr.children[0])) expr.type.secret = false;
    return expr;
  }

  // ---- Lists and records

  // Variables of composite types that may be read here.
  std::vector<std::size_t> composites(bool may_be_absent) const {
    std::vector<std::size_t> found;
    for (std::size_t id = 0; id < scope_.count; ++id)
      if (program::is_composite((*scope_.variables)[id].type.kind) && (may_be_absent || certain(id)) &&
          (scope_.readable >> id & 1) != 0)
        found.push_back(id);
    return found;
  }
  bool has_composites() const { return !composites(true).empty(); }

  static Expr number_constant(std::int64_t whole) {
    Expr expr;
    expr.kind = ExprKind::constant;
    expr.type.kind = ValueType::number;
    expr.scalar = whole * 1'000'000;
    return expr;
  }

  // A value of exactly this type.
  Expr composite(Wanted wanted) {
    std::vector<std::size_t> same;
    std::vector<std::size_t> lists;
    for (const std::size_t id : composites(wanted.may_be_absent)) {
      const check::Type& type = (*scope_.variables)[id].type;
      if (same_type(type, *wanted.type)) same.push_back(id);
      if (wanted.may_be_absent && type.kind == ValueType::list && same_type(type.parts[0], *wanted.type))
        lists.push_back(id);
    }
    if (!lists.empty() && random_.chance(50)) {
      Expr list = read(random_.pick(lists));
      const check::Type part = list.type.parts[0];
      return item_call(part, pair(std::move(list), number_constant(random_.between(0, 3))));
    }
    if (!same.empty() && random_.chance(80)) return read(random_.pick(same));
    Expr expr;
    expr.kind = ExprKind::constant;
    expr.type = *wanted.type;
    expr.type.optional = false;
    expr.text = random_.pick(composite_values(*wanted.type));
    return expr;
  }

  // A member of a record, or the whole where it is a plain value.
  std::optional<Expr> part_of(Expr whole, Wanted wanted) {
    const check::Type type = whole.type;
    if (type.kind == wanted.kind) return whole;
    if (type.kind != ValueType::record) return std::nullopt;
    const auto found = std::ranges::find(type.parts, wanted.kind, &check::Type::kind);
    if (found == type.parts.end() || (found->optional && !wanted.may_be_absent)) return std::nullopt;
    const auto at = static_cast<std::size_t>(found - type.parts.begin());
    return member_call(*found, pair(std::move(whole), text_constant(type.names[at])));
  }

  std::optional<Expr> of_item(Wanted wanted) {
    Expr expr;
    expr.type = *item_;
    if (wanted.kind == ValueType::number && random_.chance(40)) {
      expr.kind = ExprKind::position;
      expr.type = {};
      expr.type.kind = ValueType::number;
      return expr;
    }
    expr.kind = ExprKind::item;
    return part_of(std::move(expr), wanted);
  }

  std::optional<Expr> of_composite(Wanted wanted, std::size_t depth) {
    const std::vector<std::size_t> all = composites(wanted.may_be_absent);
    if (all.empty()) return std::nullopt;
    Expr whole = read(random_.pick(all));
    if (whole.type.kind == ValueType::record) return part_of(std::move(whole), wanted);
    const check::Type part = whole.type.parts[0];
    if (wanted.kind == ValueType::text && item_ == nullptr && random_.chance(60)) return each(std::move(whole), depth);
    if (wanted.kind == ValueType::number && random_.chance(50)) {
      std::vector<Expr> operands;
      operands.push_back(std::move(whole));
      return call(Function::list_count, wanted, std::move(operands));
    }
    if (!wanted.may_be_absent) return std::nullopt;
    // The checker knows how many there may be.
    Expr place = options_.as_written || random_.chance(60)
                     ? number_constant(random_.between(1, std::int64_t{whole.type.items_max}))
                     : make(other(wanted, ValueType::number), depth == 0 ? 0 : depth - 1);
    return part_of(item_call(part, pair(std::move(whole), std::move(place))), wanted);
  }

  Expr each(Expr list, std::size_t depth) {
    const check::Type item = list.type.parts[0];
    item_ = &item;
    std::vector<Expr> pieces;
    for (std::size_t n = 1 + random_.below(3); n > 0; --n) {
      pieces.push_back(text_constant(random_.chance(50) ? ". " : "\n"));
      pieces.push_back(piece(make({any_kind(), false, false}, depth == 0 ? 0 : depth - 1)));
    }
    item_ = nullptr;
    const bool optional = list.type.optional;
    const Wanted text{ValueType::text, true, true};
    Expr made = node(ExprKind::interpolate, text, std::move(pieces));
    Expr expr = node(ExprKind::each, text, pair(std::move(list), std::move(made)));
    expr.type.optional = optional;
    return expr;
  }

  Wanted other(Wanted wanted, ValueType kind) const {
    wanted.kind = kind;
    return wanted;
  }

  // A bare region, language or phone number is only what it looks like where its type is wanted.
  ValueType any_kind() {
    static const std::vector<ValueType> plain = {ValueType::text,     ValueType::number, ValueType::boolean,
                                                 ValueType::duration, ValueType::date,   ValueType::time,
                                                 ValueType::datetime, ValueType::money};
    return options_.as_written ? random_.pick(plain) : static_cast<ValueType>(random_.below(program::kPlainTypeCount));
  }

  // Of an operator: the checker wants to know that it is there.
  Wanted strict(Wanted wanted) const {
    if (options_.as_written) wanted.may_be_absent = false;
    return wanted;
  }

  Expr text(Wanted wanted, std::size_t depth) {
    switch (random_.below(options_.as_written ? 10 : 11)) {
      case 10: {
        // In JSON, or escaped in another way.
        static const std::vector<Function> functions = {Function::json_quote, Function::escape_json,
                                                        Function::escape_url, Function::escape_html,
                                                        Function::escape_header};
        const Function function = random_.pick(functions);
        return call(function, wanted, {make(wanted, depth)});
      }
      case 9: {
        static const std::vector<ValueType> kinds = {ValueType::number, ValueType::boolean, ValueType::duration,
                                                     ValueType::region, ValueType::datetime};
        static const std::vector<Function> functions = {Function::text_of_number, Function::text_of_boolean,
                                                        Function::text_of_duration, Function::text_of_region,
                                                        Function::text_of_instant_utc};
        if (options_.as_written) return formatted(wanted, depth);
        const std::size_t which = random_.below(kinds.size());
        return call(functions[which], wanted, {make(other(wanted, kinds[which]), depth)});
      }
      case 7:
        return formatted(wanted, depth);
      case 8: {
        std::vector<Expr> arguments;
        arguments.push_back(make(wanted, depth));
        arguments.push_back(make(other(wanted, ValueType::number), depth));
        return call(Function::right, wanted, std::move(arguments));
      }
      case 0:
        return call(Function::lower, wanted, {make(wanted, depth)});
      case 1:
        return call(Function::upper, wanted, {make(wanted, depth)});
      case 2:
        return call(Function::trim, wanted, {make(wanted, depth)});
      case 3: {
        std::vector<Expr> arguments;
        arguments.push_back(make(wanted, depth));
        arguments.push_back(make(other(wanted, ValueType::number), depth));
        return call(Function::left, wanted, std::move(arguments));
      }
      default: {
        std::vector<Expr> pieces;
        for (std::size_t i = 1 + random_.below(4); i > 0; --i) {
          if (random_.chance(50)) pieces.push_back(constant(ValueType::text));
          const ValueType kind = any_kind();
          pieces.push_back(piece(make(strict(other(wanted, kind)), depth)));
        }
        return node(ExprKind::interpolate, wanted, std::move(pieces));
      }
    }
  }

  Expr duration(Wanted wanted, std::size_t depth) {
    if (random_.chance(30)) {
      const Wanted sides = other(strict(wanted), random_.chance(50) ? ValueType::date : ValueType::datetime);
      Expr a = make(sides, depth);
      std::vector<Expr> both = pair(std::move(a), make(sides, depth));
      if (sides.kind == ValueType::datetime) return node(ExprKind::subtract, strict(wanted), std::move(both));
      return call(Function::date_between, strict(wanted), std::move(both));
    }
    const ExprKind kind = random_.chance(50) ? ExprKind::add : ExprKind::subtract;
    wanted = strict(wanted);
    Expr a = make(wanted, depth);
    return node(kind, wanted, pair(std::move(a), make(wanted, depth)));
  }

  Expr number(Wanted wanted, std::size_t depth) {
    switch (random_.below(wanted.may_be_absent ? 7 : 6)) {
      case 6:
        return reading(Function::read_number, wanted, depth);
      case 0: {
        static const std::vector<Function> functions = {Function::days, Function::hours, Function::minutes,
                                                        Function::seconds};
        const Function function = random_.pick(functions);
        return call(function, wanted, {make(other(wanted, ValueType::duration), depth)});
      }
      case 1:
        return call(Function::round, wanted, {make(wanted, depth)});
      case 2:
        return call(Function::length, wanted, {make(other(wanted, ValueType::text), depth)});
      default: {
        static const std::vector<ExprKind> kinds = {ExprKind::add, ExprKind::subtract, ExprKind::multiply};
        const ExprKind kind = random_.pick(kinds);
        wanted = strict(wanted);
        Expr a = make(wanted, depth);
        return node(kind, wanted, pair(std::move(a), make(wanted, depth)));
      }
    }
  }

  static std::vector<Expr> pair(Expr a, Expr b) {
    std::vector<Expr> both;
    both.push_back(std::move(a));
    both.push_back(std::move(b));
    return both;
  }

  // What the checker would find decided is asked otherwise.
  Expr asked(Expr expr) {
    if (!options_.as_written) return expr;
    const bool open = expr.kind == ExprKind::is_set ? expr.children[0].type.optional : mentions_variable(expr);
    return open ? expr : open_question();
  }

  Expr condition(Wanted wanted, std::size_t depth) {
    // Operands may be secret, and in `is set`, `and`, … absent, whatever the whole may be.
    Wanted free = wanted;
    free.may_be_absent = true;
    free.may_be_secret = !options_.as_written;
    Wanted operand = strict(wanted);
    operand.may_be_secret = !options_.as_written;
    const Wanted truth = strict(free);
    if (random_.chance(10)) {
      static const std::vector<std::string> patterns = {"\\d{2,6}", "(a|yes|stop)+",      "[^0-9]*",
                                                        "y?e?s?",   "(caf\u00e9|[A-Z]+)", "[a-z]+, [a-z]+"};
      Expr text = make(other(operand, ValueType::text), depth);
      std::vector<Expr> operands = pair(std::move(text), text_constant(random_.pick(patterns)));
      return call(random_.chance(50) ? Function::text_matches : Function::text_finds, wanted, std::move(operands));
    }
    switch (random_.below(9)) {
      case 0:
        return certain_node(ExprKind::negation, {make(truth, depth)});
      case 1: {
        Expr a = make(truth, depth);
        return certain_node(ExprKind::logical_and, pair(std::move(a), make(truth, depth)));
      }
      case 2: {
        Expr a = make(truth, depth);
        return certain_node(ExprKind::logical_or, pair(std::move(a), make(truth, depth)));
      }
      case 3:
        return certain_node(ExprKind::is_set, {make(other(free, any_kind()), depth)});
      case 4:
        return certain_node(ExprKind::is_blank,
                            {make(other(free, options_.as_written ? ValueType::text : any_kind()), depth)});
      case 5: {
        Wanted sides = other(operand, any_kind());
        sides.may_be_secret = true;
        const ExprKind kind = random_.chance(50) ? ExprKind::equal : ExprKind::not_equal;
        Expr a = make(sides, depth);
        return node(kind, wanted, pair(std::move(a), make(sides, depth)));
      }
      case 6:
      case 7: {
        static const std::vector<ExprKind> kinds = {ExprKind::less, ExprKind::less_equal, ExprKind::greater,
                                                    ExprKind::greater_equal};
        const ExprKind kind = random_.pick(kinds);
        static const std::vector<ValueType> ordered = {ValueType::number, ValueType::number,   ValueType::duration,
                                                       ValueType::date,   ValueType::datetime, ValueType::time,
                                                       ValueType::money};
        const Wanted sides = other(operand, random_.pick(ordered));
        Expr a = make(sides, depth);
        return node(kind, wanted, pair(std::move(a), make(sides, depth)));
      }
      default: {
        static const std::vector<ExprKind> kinds = {ExprKind::fold_equal, ExprKind::contains, ExprKind::starts_with,
                                                    ExprKind::ends_with};
        const ExprKind kind = random_.pick(kinds);
        const Wanted sides = other(operand, ValueType::text);
        Expr a = make(sides, depth);
        return node(kind, wanted, pair(std::move(a), make(sides, depth)));
      }
    }
  }

  static Expr certain_node(ExprKind kind, std::vector<Expr> children) {
    Expr expr = node(kind, {ValueType::boolean, false, false}, std::move(children));
    expr.type.optional = false;
    return expr;
  }

  Random& random_;
  const Options& options_;
  Scope scope_;
  const check::Type* item_ = nullptr;  // in the text of `each`
};

}  // namespace

Expr expression(Random& random, const Options& options, const Scope& scope, Wanted wanted) {
  return Maker(random, options, scope).make(wanted, options.expression_depth_max);
}

Expr set_condition(Random& random, const Options& options, Scope scope, check::VariableId variable) {
  const std::size_t id = check::index(variable);
  scope.certain &= ~(std::uint64_t{1} << id);
  Expr shown = Maker::is_set(Maker(random, options, scope).read(id));
  if (random.chance(60)) return shown;
  scope.certain |= std::uint64_t{1} << id;
  Expr more = expression(random, options, scope, {ValueType::boolean, !options.as_written, !options.as_written});
  Expr both;
  both.kind = ExprKind::logical_and;
  both.type.kind = ValueType::boolean;
  both.children.push_back(std::move(shown));
  both.children.push_back(std::move(more));
  return both;
}

}  // namespace flow::generate
