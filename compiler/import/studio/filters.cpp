#include "compiler/import/studio/filters.h"

#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "compiler/import/draft.h"

namespace flow::importing::studio {
namespace {

using liquid::Filter;
using liquid::Operand;

Expr call(std::string_view function, const Expr& expr) {
  Expr out;
  out.code =
      fmt::format("{}({})", function, expr.kind == Kind::text && expr.prefix.empty() ? expr.code : as_text(expr));
  out.optional = expr.optional && expr.kind == Kind::text && expr.prefix.empty();
  return out;
}

class Filters {
 public:
  Filters(const OfOperand& operand, Place place, std::string& why) : operand_(operand), place_(place), why_(why) {}

  std::optional<Expr> apply(Expr value, const Filter& filter) {
    const std::string& name = filter.name;
    const auto& arguments = filter.arguments;
    if (arguments.empty()) {
      if (name == "upcase") return call("upper", value);
      if (name == "downcase") return call("lower", value);
      if (name == "strip") return call("trim", value);
      if ((name == "lstrip" || name == "rstrip") && value.code.starts_with("trim(")) return value;
      if (name == "size" && value.kind == Kind::text) return length(value);
      if (name == "capitalize" && value.kind == Kind::text && value.prefix.empty()) return capitalized(value);
      if (name == "round") return number_expr(fmt::format("round({})", as_number(value)));
      if ((name == "url_encode" || name == "url_escape") && place_ == Place::address) return value;
      return refuse(fmt::format("the filter `{}`", name));
    }
    if (name == "plus" || name == "minus" || name == "times") return calculate(value, filter);
    if (name == "slice") return sliced(value, filter);
    if (name == "truncate" && arguments.size() == 2 && arguments[1].kind == Operand::Kind::text &&
        arguments[1].text.empty()) {
      if (const auto most = whole(arguments[0])) return cut("left", value, *most);
    }
    if (name == "replace" && arguments.size() == 2 && value.constant && !value.constant->empty())
      return replaced(*value.constant, arguments);
    // What is put in place of a number's plus, or of a prefix.
    if (name == "replace" && arguments.size() == 2 && arguments[1].kind == Operand::Kind::text &&
        arguments[1].text.empty())
      return apply(std::move(value), {"remove", {arguments[0]}});
    if (arguments.size() != 1) return refuse(fmt::format("the filter `{}`", name));
    auto argument = operand_(arguments[0]);
    if (!argument) return std::nullopt;
    if (name == "default") return with_default(value, *argument);
    if (name == "append" || name == "prepend") return joined(value, *argument, name == "append");
    if (name == "remove" && !value.prefix.empty() && argument->constant == value.prefix) {
      value.prefix.clear();
      return value;
    }
    // A phone number begins with its only plus.
    if (name == "remove" && value.kind == Kind::phone && value.prefix.empty() && argument->constant == "+") {
      const std::string text = as_text(value);
      Expr out;
      out.code = fmt::format("right({}, length({}) - 1)", text, text);
      return out;
    }
    return refuse(fmt::format("the filter `{}`", name));
  }

 private:
  // The first letter in capitals, the others in small ones.
  static Expr capitalized(const Expr& value) {
    TextWriter writer;
    const auto add = [&](const std::string& code) { writer.add_value(value.optional ? code + " ?? \"\"" : code); };
    add(fmt::format("upper(left({}, 1))", value.code));
    add(fmt::format("lower(right({}, {} - 1))", value.code, length_of(value)));
    Expr out;
    out.code = writer.one_line();
    out.pieces = std::move(writer);
    return out;
  }

  // In a text that is written out.
  std::optional<Expr> replaced(std::string_view text, const std::vector<Operand>& arguments) {
    const auto what = operand_(arguments[0]);
    const auto by = operand_(arguments[1]);
    if (!what || !by || !what->constant || what->constant->empty()) return refuse("the filter `replace`");
    TextWriter writer;
    for (;;) {
      const std::size_t at = text.find(*what->constant);
      writer.add(text.substr(0, at));
      if (at == std::string_view::npos) break;
      put(writer, *by);
      text.remove_prefix(at + what->constant->size());
    }
    Expr out;
    out.code = writer.one_line();
    out.pieces = std::move(writer);
    return out;
  }

  static void put(TextWriter& writer, const Expr& one) {
    if (one.pieces) return writer.add(*one.pieces);
    writer.add(one.prefix);
    if (one.constant)
      writer.add(*one.constant);
    else
      writer.add_value(in_text(one));
  }

  static std::optional<int> whole(const Operand& operand) {
    int out = 0;
    const std::string& text = operand.text;
    const auto end = std::from_chars(text.data(), text.data() + text.size(), out);
    const bool fine = operand.kind == Operand::Kind::number && end.ec == std::errc{} &&
                      end.ptr == text.data() + text.size() && text.size() <= 5;
    return fine ? std::optional(out) : std::nullopt;
  }

  // Never absent.
  static std::string length_of(const Expr& value) { return fmt::format("length({})", as_text(value)); }

  // `left(x, 3)`.
  static Expr cut(std::string_view function, const Expr& value, int count) {
    Expr out = call(function, value);
    out.code.insert(out.code.size() - 1, fmt::format(", {}", count));
    return out;
  }

  // Characters from a place on, from the end where it is below 0. Of a text that may be shorter than that Liquid makes
  // nothing.
  std::optional<Expr> sliced(const Expr& value, const Filter& filter) {
    constexpr int kPhoneCharsMin = 8;
    const auto& arguments = filter.arguments;
    const auto from = whole(arguments[0]);
    const auto count = arguments.size() == 2 ? whole(arguments[1]) : std::optional(1);
    if (!from || !count || arguments.size() > 2 || *count < 1) return refuse("the filter `slice`");
    if (*from == 0) return cut("left", value, *count);
    const bool phone = value.kind == Kind::phone && value.prefix.empty();
    if (*from < 0 && (!phone || -*from > kPhoneCharsMin)) return refuse("the filter `slice`");
    if (*from < 0) {
      const Expr end = cut("right", value, -*from);
      return *count >= -*from ? end : cut("left", end, *count);
    }
    Expr rest = call("right", value);
    rest.code.insert(rest.code.size() - 1, fmt::format(", {} - {}", length_of(value), *from));
    return cut("left", rest, *count);
  }

  static Expr length(const Expr& value) {
    Expr out = call("length", value);
    out.kind = Kind::number;
    return out;
  }

  std::optional<Expr> calculate(const Expr& value, const Filter& filter) {
    if (filter.arguments.size() != 1) return refuse(fmt::format("the filter `{}`", filter.name));
    auto argument = operand_(filter.arguments[0]);
    if (!argument) return std::nullopt;
    const bool zero = argument->constant == "0";
    const std::string left = as_number(value);
    if (zero && filter.name != "times") return number_expr(left);
    const char* sign = filter.name == "plus" ? "+" : filter.name == "minus" ? "-" : "*";
    // `a ?? 0 + 1` is `a ?? (0 + 1)`.
    const bool chain =
        value.kind == Kind::number && !value.optional && filter.name != "times" && !has_operator(left, " ?? ");
    std::string right = studio::operand(as_number(*argument));
    if (right.starts_with('-')) right = "(" + right + ")";
    return number_expr(fmt::format("{} {} {}", chain ? left : studio::operand(left), sign, right));
  }

  // Liquid puts it in place of an empty text, too, which the language does not.
  std::optional<Expr> with_default(Expr value, const Expr& argument) {
    if (value.never || (value.constant && value.constant->empty())) return argument;
    if (value.kind == Kind::text && !value.constant && why_.empty())
      why_ = "the filter `default` stands in for a value that is absent, and no longer for an empty text";
    if (!value.optional) return value;  // nothing to add: it always has a value
    if (value.kind != Kind::text) {
      if (value.kind != Kind::number || !argument.constant) return refuse("the filter `default`");
      double read = 0;
      const std::string& text = *argument.constant;
      const auto end = std::from_chars(text.data(), text.data() + text.size(), read);
      if (end.ec != std::errc{} || end.ptr != text.data() + text.size()) return refuse("the filter `default`");
      return number_expr(fmt::format("{} ?? {}", value.code, text));
    }
    Expr out;
    out.code = fmt::format("{} ?? {}", value.code, as_text(argument));
    return out;
  }

  static std::optional<Expr> joined(const Expr& value, const Expr& argument, bool append) {
    TextWriter writer;
    put(writer, append ? value : argument);
    put(writer, append ? argument : value);
    Expr out;
    out.code = writer.one_line();
    out.pieces = std::move(writer);
    return out;
  }

  std::nullopt_t refuse(std::string why) {
    if (why_.empty()) why_ = std::move(why);
    return std::nullopt;
  }

  const OfOperand& operand_;
  Place place_;
  std::string& why_;
};

}  // namespace

Expr number_expr(std::string code) {
  Expr out;
  out.code = std::move(code);
  out.kind = Kind::number;
  return out;
}

bool has_operator(const std::string& code, std::string_view wanted) {
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < code.size(); ++i) {
    const char c = code[i];
    if (c == '\\' && quoted) {
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && (c == '(' || c == '[')) {
      ++depth;
    } else if (!quoted && (c == ')' || c == ']')) {
      --depth;
    } else if (!quoted && depth == 0 && code.compare(i, wanted.size(), wanted) == 0) {
      return true;
    }
  }
  return false;
}

std::optional<Expr> filtered(Expr value, const Filter& filter, const OfOperand& operand, Place place,
                             std::string& why) {
  return Filters(operand, place, why).apply(std::move(value), filter);
}

}  // namespace flow::importing::studio
