#include "compiler/check/composite.h"

#include <algorithm>
#include <map>

#include "base/limits.h"
#include "compiler/check/expression_checker.h"
#include "compiler/syntax/format.h"
#include "runtime/program/composite.h"
#include "runtime/program/money.h"

namespace flow::check {
namespace {

std::nullopt_t refuse(Sink& sink, Span span, std::string_view what) {
  sink.report(Code::not_yet, span, "{} is part of the language, but not of this release", what)
      .hint("lists are of plain values or of records, records of plain values");
  return std::nullopt;
}

// What a part of the whole may be; reports otherwise.
std::optional<Type> part_type(Sink& sink, std::span<const syntax::Expr> words, Span span, bool in_list) {
  auto type = check_type(sink, words, span);
  if (!type) return std::nullopt;
  if (type->kind == ValueType::list) return refuse(sink, span, in_list ? "a list of lists" : "a list in a record");
  if (type->kind == ValueType::record && !in_list) return refuse(sink, span, "a record in a record");
  if (type->kind == ValueType::json) return refuse(sink, span, in_list ? "a list of `json`" : "`json` in a record");
  if (!in_list || !type->optional) return type;
  sink.report(Code::unexpected_part, span, "an item of a list is never absent, so its type has no `?`")
      .hint("leave out the `?`; members of a record may have one");
  return std::nullopt;
}

void add_part(Type& whole, Type part) {
  whole.secret |= part.secret;
  whole.personal |= part.personal;
  whole.parts.push_back(std::move(part));
}

Expr part_call(Function text, Function scalar, const Type& part, std::vector<Expr> operands, Span span) {
  const bool texts = program::is_text(part.kind);
  if (!texts)
    operands.push_back(scalar_constant(ValueType::number, program::scalar_code(part.kind, part.currency), span));
  Expr result = make_call(texts ? text : scalar, part.kind, span, std::move(operands));
  const bool secret = result.type.secret, personal = result.type.personal;
  result.type = part;
  result.type.secret |= secret;
  result.type.personal |= personal;
  return result;
}

}  // namespace

std::optional<Type> check_list_type(Sink& sink, const syntax::Expr& call) {
  const bool two = call.kind == syntax::ExprKind::call && call.args.size() == 2 && call.args[0].name.empty() &&
                   !call.args[0].spread && call.args[1].name.empty() && call.args[1].spread &&
                   call.args[1].values.size() == 1 && call.args[1].values[0].kind == syntax::ExprKind::number;
  if (!two) {
    sink.report(Code::malformed_value, call.span, "a list says what is in it, and how many at the most")
        .hint("written `list(text(..30), ..9)`");
    return std::nullopt;
  }
  auto item = part_type(sink, call.args[0].values, call.args[0].span, true);
  if (!item) return std::nullopt;
  const auto units = parse_number_literal(call.args[1].values[0].raw);
  const bool whole = units && *units % limits::kNumberScale == 0;
  const std::int64_t most = whole ? *units / limits::kNumberScale : 0;
  if (most < 1 || most > static_cast<std::int64_t>(limits::kListItemsMax)) {
    sink.report(Code::out_of_range, call.args[1].span, "a list cannot have `..{}` items", call.args[1].values[0].raw)
        .hint(fmt::format("from ..1 to ..{}", limits::kListItemsMax));
    return std::nullopt;
  }
  Type type;
  type.kind = ValueType::list;
  type.items_max = static_cast<std::uint32_t>(most);
  add_part(type, std::move(*item));
  return type;
}

std::optional<Type> check_record_type(Sink& sink, const syntax::Expr& call) {
  if (call.kind != syntax::ExprKind::call || call.args.empty()) {
    sink.report(Code::malformed_value, call.span, "this record has no members")
        .hint("written `record(day: text(..12), seats: number)`");
    return std::nullopt;
  }
  Type type;
  type.kind = ValueType::record;
  std::map<std::string, Span, std::less<>> seen;
  bool fine = true;
  for (const syntax::Argument& arg : call.args) {
    if (arg.name.empty() || arg.spread || arg.quoted) {
      sink.report(Code::malformed_value, arg.span, "a member of a record is a name and a type")
          .hint("written `record(day: text(..12), seats: number)`; the name is one such as variables have");
      fine = false;
      continue;
    }
    auto member = part_type(sink, arg.values, arg.span, false);
    fine &= declare(sink, seen, arg.name, arg.span, "member") && check_name_length(sink, arg.name, arg.span, "member");
    fine &= member.has_value();
    if (!fine) continue;
    type.names.push_back(arg.name);
    add_part(type, std::move(*member));
  }
  if (!fine) return std::nullopt;
  if (type.parts.size() > limits::kRecordMembersMax) {
    sink.report(Code::too_many, call.span, "this record has {} members", type.parts.size())
        .hint(fmt::format("at most {}", limits::kRecordMembersMax));
    return std::nullopt;
  }
  return type;
}

bool same_parts(const Type& a, const Type& b) {
  if (a.items_max != b.items_max || a.names != b.names || a.parts.size() != b.parts.size()) return false;
  for (std::size_t i = 0; i < a.parts.size(); ++i) {
    const Type& one = a.parts[i];
    const Type& other = b.parts[i];
    if (one.kind != other.kind || one.optional != other.optional || one.currency != other.currency ||
        one.chars_min != other.chars_min || one.chars_max != other.chars_max || one.choices != other.choices ||
        !same_parts(one, other))
      return false;
  }
  return true;
}

std::string written_type(const Type& type) {
  std::string text;
  if (type.kind == ValueType::list) {
    text = fmt::format("list({}, ..{})", written_type(type.parts[0]), type.items_max);
  } else if (type.kind == ValueType::record) {
    for (std::size_t i = 0; i < type.parts.size(); ++i)
      text += fmt::format("{}{}: {}", i == 0 ? "record(" : ", ", type.names[i], written_type(type.parts[i]));
    text += ")";
  } else if (!type.choices.empty()) {
    text = "oneof(…)";
  } else {
    text = std::string(catalogue::name_of(type.kind));
    if (type.kind == ValueType::money) text += fmt::format("({})", program::currency_text(type.currency));
    if (type.kind == ValueType::text && type.chars_max != 0)
      text += type.chars_min == 0 ? fmt::format("(..{})", type.chars_max)
                                  : fmt::format("({}..{})", type.chars_min, type.chars_max);
  }
  return type.optional ? text + "?" : text;
}

bool refuse_composite(Sink& sink, const Type& type, Span span, std::string_view what) {
  if (!program::is_composite(type.kind)) return true;
  refuse(sink, span, fmt::format("{} as {}", type_words(type.kind), what));
  return false;
}

bool refuse_in_text(Sink& sink, const Expr& value, Span span) {
  if (!program::is_composite(value.type.kind)) return true;
  const bool list = value.type.kind == ValueType::list;
  const std::string name = value.text.empty() ? "…" : value.text;
  auto report = sink.report(Code::composite_in_text, span, "{} has no form as a text", list ? "a list" : "a record");
  if (list)
    report.hint(fmt::format("`each({}, \"…\")` makes a text of each item, `json(list: {})` JSON of all", name, name));
  else
    report.hint(fmt::format("its members have one: `{}.{}`; `json(record: {})` is JSON of all", name,
                            value.type.names.empty() ? "day" : value.type.names.front(), name));
  return false;
}

Expr item_of(Expr list, Expr number, Span span) {
  const Type part = list.type.parts.front();
  std::vector<Expr> operands;
  operands.push_back(std::move(list));
  operands.push_back(std::move(number));
  return part_call(Function::list_text, Function::list_scalar, part, std::move(operands), span);
}

std::optional<Expr> member_of_record(Expr record, std::string_view name, Span span) {
  const auto found = std::ranges::find(record.type.names, name);
  if (found == record.type.names.end()) return std::nullopt;
  const Type part = record.type.parts[static_cast<std::size_t>(found - record.type.names.begin())];
  const std::string path = record.text.empty() ? std::string() : record.text + "." + std::string(name);
  std::vector<Expr> operands;
  operands.push_back(std::move(record));
  operands.push_back(constant_text(std::string(name), span));
  Expr result = part.optional
                    ? part_call(Function::record_text, Function::record_scalar, part, std::move(operands), span)
                    : part_call(Function::member_text, Function::member_scalar, part, std::move(operands), span);
  result.text = path;
  return result;
}

// ---- Functions of lists

namespace {

// What the text of `each` may name besides everything else.
class ItemValues final : public Values {
 public:
  ItemValues(Values& outer, const Type& item) : outer_(outer), item_(item) {}

  Found find(std::string_view name, Span span) override {
    const bool item = name == "item";
    if (!item && name != "position") return outer_.find(name, span);
    Found found;
    found.kind = Found::Kind::value;
    found.expr = make_expr(item ? ExprKind::item : ExprKind::position, ValueType::number, span);
    if (item) found.expr.type = item_;
    found.expr.text = std::string(name);
    return found;
  }
  std::vector<std::string> names() const override {
    std::vector<std::string> all = outer_.names();
    all.insert(all.end(), {"item", "position"});
    return all;
  }
  const Wording* wording(std::string_view name) const override { return outer_.wording(name); }
  bool is_secret_name(std::string_view name) const override { return outer_.is_secret_name(name); }
  bool in_each() const override { return true; }
  Sink& sink() override { return outer_.sink(); }
  std::optional<Expr> zone(Span place) override { return outer_.zone(place); }
  const calendar::Zone* clocks() const override { return outer_.clocks(); }
  std::optional<Expr> language(Span place) override { return outer_.language(place); }
  std::vector<std::string> secret_path(const Expr& expr) override { return outer_.secret_path(expr); }
  void revealed(Span place) override { outer_.revealed(place); }

 private:
  Values& outer_;
  const Type& item_;
};

bool plain_arguments(Sink& sink, const syntax::Expr& expr, std::size_t count, std::string_view form) {
  const bool plain = expr.args.size() == count && std::ranges::all_of(expr.args, [](const syntax::Argument& arg) {
                       return arg.name.empty() && !arg.spread && arg.values.size() == 1;
                     });
  if (!plain)
    sink.report(Code::wrong_arguments, expr.span, "`{}` takes {}", expr.text,
                count == 1            ? "one value, a list"
                : expr.text == "each" ? "a list and a text"
                                      : "a list and a number")
        .hint(std::string(form));
  return plain;
}

}  // namespace

std::optional<Expr> Checker::list_argument(const syntax::Expr& expr) {
  auto list = value(expr.args[0].values[0], {});
  if (!list || list->type.kind == ValueType::list) return list;
  values_.sink().report(Code::type_mismatch, list->span, "`{}` needs a list, and this is {}", expr.text,
                        type_words(list->type.kind));
  return std::nullopt;
}

std::optional<Expr> Checker::count_of(const syntax::Expr& expr) {
  if (!plain_arguments(values_.sink(), expr, 1, "`count(xs)`")) return std::nullopt;
  auto list = list_argument(expr);
  if (!list) return std::nullopt;
  std::vector<Expr> operands;
  operands.push_back(std::move(*list));
  return make_call(Function::list_count, ValueType::number, expr.span, std::move(operands));
}

std::optional<Expr> Checker::item_at(const syntax::Expr& expr) {
  if (!plain_arguments(values_.sink(), expr, 2, "`item(xs, 1)`, counted from 1")) return std::nullopt;
  auto list = list_argument(expr);
  auto number = value(expr.args[1].values[0], {ValueType::number, "`item`"});
  if (!list || !number) return std::nullopt;
  if (is_constant(*number)) {
    const bool whole = number->scalar % limits::kNumberScale == 0;
    const std::int64_t place = number->scalar / limits::kNumberScale;
    if (!whole || place < 1 || place > static_cast<std::int64_t>(list->type.items_max)) {
      values_.sink()
          .report(Code::out_of_range, number->span, "this list has no such item")
          .hint(fmt::format("items are counted from 1, and this list has {} at the most", list->type.items_max));
      return std::nullopt;
    }
  }
  return item_of(std::move(*list), std::move(*number), expr.span);
}

std::optional<Expr> Checker::each_of(const syntax::Expr& expr) {
  if (!plain_arguments(values_.sink(), expr, 2, "`each(xs, \"{{position}}. {{item}}\\n\")`")) return std::nullopt;
  if (values_.in_each()) return refuse(values_.sink(), expr.span, "`each` within `each`");
  auto list = list_argument(expr);
  if (!list) return std::nullopt;
  ItemValues items(values_, list->type.parts.front());
  auto text = check_value(items, expr.args[1].values[0], {ValueType::text, "`each`"});
  if (!text) return std::nullopt;
  Expr result = make_expr(ExprKind::each, ValueType::text, expr.span);
  result.type.secret = list->type.secret || text->type.secret;
  result.type.personal = list->type.personal || text->type.personal;
  const std::uint64_t longest = std::uint64_t{characters_max(text->type)} * list->type.items_max;
  if (longest <= limits::kTextValueBytesMax) result.type.chars_max = static_cast<std::uint32_t>(longest);
  result.children.push_back(std::move(*list));
  result.children.push_back(std::move(*text));
  return result;
}

}  // namespace flow::check
