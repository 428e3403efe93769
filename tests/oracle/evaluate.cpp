#include "tests/oracle/evaluate.h"

#include <fmt/format.h>

#include <sstream>

#include "base/check.h"
#include "tests/oracle/composite.h"
#include "tests/oracle/dates.h"
#include "tests/oracle/find.h"
#include "tests/oracle/notations.h"

namespace flow::oracle {
namespace {

using check::Expr;
using check::ExprKind;
using check::Function;

std::int64_t scalar(const Value& value) {
  return std::get<std::int64_t>(value);
}
const std::string& text(const Value& value) {
  return std::get<std::string>(value);
}
Value truth(bool value) {
  return Value{std::int64_t{value ? 1 : 0}};
}

std::int64_t date_in_range(std::int64_t date) {
  if (!in_years(date)) throw Trap{"a date left its range"};
  return date;
}
std::int64_t instant_in_range(std::int64_t at_ms) {
  if (!in_instants(at_ms)) throw Trap{"a date left its range"};
  return at_ms;
}
std::int64_t local(const std::vector<Value>& values, std::size_t zone) {
  return scalar(values.at(0)) + offset_ms(text(values.at(zone)), scalar(values.at(0)));
}
std::int64_t day_of(std::int64_t local_ms) {
  return (local_ms - ((local_ms % kDayMs) + kDayMs) % kDayMs) / kDayMs;
}
std::optional<Value> or_absent(std::optional<std::int64_t> value) {
  return value ? std::optional(Value{*value}) : std::nullopt;
}

std::optional<Value> or_none(std::string found) {
  return found.empty() ? std::nullopt : std::optional(Value{std::move(found)});
}

std::optional<Value> call_date(Function function, const std::vector<Value>& values) {
  const auto integer = [&](std::size_t i) { return scalar(values.at(i)); };
  switch (function) {
    case Function::date_add:
      return date_in_range(integer(0) + integer(1) / kDayMs);
    case Function::date_subtract:
      return date_in_range(integer(0) - integer(1) / kDayMs);
    case Function::date_between:
      return (integer(0) - integer(1)) * kDayMs;
    case Function::instant_add:
      return instant_in_range(integer(0) + integer(1));
    case Function::instant_subtract:
      return instant_in_range(integer(0) - integer(1));
    case Function::at:
      return instant_in_range(instant_of(text(values.at(2)), integer(0) * kDayMs + integer(1)));
    case Function::date_in:
      return day_of(local(values, 1));
    case Function::time_in:
      return local(values, 1) - day_of(local(values, 1)) * kDayMs;
    case Function::weekday:
      // 1970-01-01 was a Thursday, the fourth day from Monday.
      return ((integer(0) + 3) % 7 + 7) % 7 * 1'000'000;
    case Function::next_time: {
      const std::string& zone = text(values.at(2));
      const std::int64_t today = day_of(integer(0) + offset_ms(zone, integer(0)));
      for (const std::int64_t day : {today, today + 1, today + 2}) {
        const std::int64_t at = instant_of(zone, day * kDayMs + integer(1));
        if (at >= integer(0)) return instant_in_range(std::min(at, integer(0) + integer(3)));
      }
      return instant_in_range(integer(0));
    }
    case Function::find_email:
      return or_none(find_email(text(values.at(0))));
    case Function::find_phone:
      return or_none(find_phone(text(values.at(0))));
    case Function::language_of:
      return or_none(language_of(text(values.at(0))));
    case Function::read_date:
      return or_absent(read_date(text(values.at(0))));
    case Function::read_time:
      return or_absent(read_time(text(values.at(0))));
    case Function::read_instant:
      return or_absent(read_instant(text(values.at(0))));
    case Function::text_of_date:
      return date_text(integer(0));
    case Function::text_of_time:
      return time_text(integer(0));
    case Function::text_of_instant: {
      const std::int64_t at = local(values, 1);
      return date_text(day_of(at)) + "T" + time_text(at - day_of(at) * kDayMs);
    }
    case Function::format_date:
      return format_local(integer(0) * kDayMs, text(values.at(1)), text(values.at(2)));
    case Function::format_time:
      return format_local(integer(0), text(values.at(1)), text(values.at(2)));
    case Function::format_instant:
      return format_local(local(values, 2), text(values.at(1)), text(values.at(3)));
    default:
      FLOW_CHECK(false, "function {}", static_cast<int>(function));
      return {};
  }
}

std::optional<Value> call_composite(Function function, const std::vector<Value>& values) {
  const std::string& whole = text(values.at(0));
  switch (function) {
    case Function::list_count:
      return count_items(whole) * 1'000'000;
    case Function::list_text:
      return text_at(item_json(whole, scalar(values.at(1))));
    case Function::list_scalar:
      return scalar_at(item_json(whole, scalar(values.at(1))), scalar(values.at(2)));
    case Function::record_text:
      return text_at(member_json(whole, text(values.at(1))));
    case Function::record_scalar:
      return scalar_at(member_json(whole, text(values.at(1))), scalar(values.at(2)));
    case Function::member_text:
      return text_at(member_json(whole, text(values.at(1)))).value_or(Value{std::string()});
    default:
      return scalar_at(member_json(whole, text(values.at(1))), scalar(values.at(2))).value_or(Value{std::int64_t{0}});
  }
}

std::optional<Value> call_notation(Function function, const std::vector<Value>& values) {
  const auto first = [&] { return text(values.at(0)); };
  switch (function) {
    case Function::text_matches:
      return truth(matches(first(), text(values.at(1)), true));
    case Function::text_finds:
      return truth(matches(first(), text(values.at(1)), false));
    case Function::text_of_number:
      return to_text(values.at(0), program::ValueType::number);
    case Function::text_of_boolean:
      return to_text(values.at(0), program::ValueType::boolean);
    case Function::text_of_duration:
      return to_text(values.at(0), program::ValueType::duration);
    case Function::text_of_region:
      return to_text(values.at(0), program::ValueType::region);
    case Function::text_of_instant_utc: {
      const std::int64_t at = scalar(values.at(0));
      const std::int64_t rest = at - day_of(at) * kDayMs;
      return date_text(day_of(at)) + fmt::format("T{:02}:{:02}:{:02}.{:03}Z", rest / 3'600'000, rest / 60'000 % 60,
                                                 rest / 1000 % 60, rest % 1000);
    }
    case Function::json_quote:
      return concatenate({json_quoted(first())});
    case Function::escape_json: {
      const std::string quoted = json_quoted(first());
      return concatenate({quoted.substr(1, quoted.size() - 2)});
    }
    case Function::escape_url:
      return concatenate({url_escaped(first())});
    case Function::escape_html:
      return concatenate({html_escaped(first())});
    case Function::escape_header:
      return concatenate({header_escaped(first())});
    case Function::choose_language: {
      std::vector<std::string> languages;
      std::stringstream all(text(values.at(0)));
      for (std::string one; std::getline(all, one);) languages.push_back(one);
      const std::string& wish = text(values.at(1));
      const std::string head = wish.substr(0, wish.find_first_of("_-"));
      for (const std::string& wanted : {wish, head})
        for (std::size_t i = 0; i < languages.size(); ++i)
          if (!wanted.empty() && languages[i] == wanted) return static_cast<std::int64_t>(i);
      return std::int64_t{0};
    }
    default:
      return call_date(function, values);
  }
}

std::optional<Value> call(Function function, const std::vector<Value>& values) {
  switch (function) {
    case Function::days:
      return duration_in(scalar(values.at(0)), 86'400'000);
    case Function::hours:
      return duration_in(scalar(values.at(0)), 3'600'000);
    case Function::minutes:
      return duration_in(scalar(values.at(0)), 60'000);
    case Function::seconds:
      return duration_in(scalar(values.at(0)), 1000);
    case Function::lower:
      return lower(text(values.at(0)));
    case Function::upper:
      return upper(text(values.at(0)));
    case Function::trim:
      return trim(text(values.at(0)));
    case Function::left:
      return left(text(values.at(0)), scalar(values.at(1)));
    case Function::round:
      return round_number(scalar(values.at(0)));
    case Function::length:
      return length(text(values.at(0)));
    case Function::right:
      return right(text(values.at(0)), scalar(values.at(1)));
    case Function::read_number:
      return or_absent(read_number(text(values.at(0))));
    case Function::text_of_money:
      return money_text(scalar(values.at(0)), scalar(values.at(1)));
    case Function::format_number:
      return format_number(scalar(values.at(0)), text(values.at(1)), text(values.at(2)));
    case Function::list_count:
    case Function::list_text:
    case Function::list_scalar:
    case Function::record_text:
    case Function::record_scalar:
    case Function::member_text:
    case Function::member_scalar:
      return call_composite(function, values);
    default:
      return call_notation(function, values);
  }
}

// What needs all its operands.
std::optional<Value> combine(const Expr& expr, const std::vector<Value>& values) {
  switch (expr.kind) {
    case ExprKind::equal:
      return truth(values.at(0) == values.at(1));
    case ExprKind::not_equal:
      return truth(values.at(0) != values.at(1));
    case ExprKind::less:
      return truth(scalar(values.at(0)) < scalar(values.at(1)));
    case ExprKind::less_equal:
      return truth(scalar(values.at(0)) <= scalar(values.at(1)));
    case ExprKind::greater:
      return truth(scalar(values.at(0)) > scalar(values.at(1)));
    case ExprKind::greater_equal:
      return truth(scalar(values.at(0)) >= scalar(values.at(1)));
    case ExprKind::fold_equal:
      return truth(fold_equal(text(values.at(0)), text(values.at(1))));
    case ExprKind::contains:
      return truth(text(values.at(0)).find(text(values.at(1))) != std::string::npos);
    case ExprKind::starts_with:
      return truth(text(values.at(0)).starts_with(text(values.at(1))));
    case ExprKind::ends_with:
      return truth(text(values.at(0)).ends_with(text(values.at(1))));
    case ExprKind::add:
      return add(scalar(values.at(0)), scalar(values.at(1)));
    case ExprKind::subtract:
      return subtract(scalar(values.at(0)), scalar(values.at(1)));
    case ExprKind::multiply:
      return multiply(scalar(values.at(0)), scalar(values.at(1)));
    case ExprKind::interpolate: {
      std::vector<std::string> parts;
      for (std::size_t i = 0; i < values.size(); ++i) parts.push_back(to_text(values[i], expr.children[i].type.kind));
      return concatenate(parts);
    }
    case ExprKind::call:
      return call(expr.function, values);
    default:
      FLOW_CHECK(false, "expression kind {}", static_cast<int>(expr.kind));
      return {};
  }
}

// The text of `each` for one item.
Expr with_item(Expr expr, const Value& item, std::int64_t place) {
  if (expr.kind == ExprKind::item || expr.kind == ExprKind::position) {
    const bool is_item = expr.kind == ExprKind::item;
    if (is_item && std::holds_alternative<std::string>(item))
      expr.text = text(item);
    else
      expr.scalar = is_item ? scalar(item) : place * 1'000'000;
    expr.kind = ExprKind::constant;
  }
  for (Expr& child : expr.children) child = with_item(std::move(child), item, place);
  return expr;
}

}  // namespace

std::optional<Value> evaluate(const Expr& expr, const std::vector<std::optional<Value>>& variables) {
  const auto child = [&](std::size_t i) { return evaluate(expr.children.at(i), variables); };
  switch (expr.kind) {
    case ExprKind::constant:
      if (program::is_text(expr.type.kind)) return Value{expr.text};
      return Value{expr.scalar};
    case ExprKind::variable: {
      const std::optional<Value>& value = variables.at(check::index(expr.variable));
      FLOW_CHECK(value || expr.type.optional, "variable {} has no value where it must", check::index(expr.variable));
      return value;
    }
    case ExprKind::negation:
      return truth(!holds(expr.children.at(0), variables));
    case ExprKind::logical_and:
      return truth(holds(expr.children.at(0), variables) && holds(expr.children.at(1), variables));
    case ExprKind::logical_or:
      return truth(holds(expr.children.at(0), variables) || holds(expr.children.at(1), variables));
    case ExprKind::is_set:
      return truth(child(0).has_value());
    case ExprKind::is_blank: {
      const std::optional<Value> value = child(0);
      return truth(!value || (std::holds_alternative<std::string>(*value) && is_blank(text(*value))));
    }
    case ExprKind::choose: {
      const std::optional<Value> language = child(0);
      if (!language) return std::nullopt;
      const auto which = call(Function::choose_language, {Value{expr.text}, *language});
      return child(static_cast<std::size_t>(scalar(*which)) + 1);
    }
    case ExprKind::each: {
      const std::optional<Value> list = child(0);
      if (!list) return std::nullopt;
      std::vector<std::string> texts;
      for (std::int64_t n = 1;; ++n) {
        const auto item = item_of(text(*list), n, expr.children.at(0).type.parts.at(0));
        if (!item) return concatenate(texts);
        const auto made = evaluate(with_item(expr.children.at(1), *item, n), variables);
        FLOW_CHECK(made, "an item without a text");
        texts.push_back(text(*made));
      }
    }
    case ExprKind::coalesce: {
      std::optional<Value> value = child(0);
      return value ? value : child(1);
    }
    default: {
      std::vector<Value> values;
      for (std::size_t i = 0; i < expr.children.size(); ++i) {
        std::optional<Value> value = child(i);
        if (!value) return std::nullopt;
        values.push_back(std::move(*value));
      }
      return combine(expr, values);
    }
  }
}

bool holds(const Expr& expr, const std::vector<std::optional<Value>>& variables) {
  const std::optional<Value> value = evaluate(expr, variables);
  return value && scalar(*value) != 0;
}

}  // namespace flow::oracle
