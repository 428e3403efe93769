// `json(name: value, …)` and `form(…)`: as values of expressions, and as bodies of requests, where secrets of the
// workspace may stand, too.
#include <map>

#include "compiler/check/expression_checker.h"
#include "compiler/check/operation.h"
#include "runtime/program/escape.h"
#include "runtime/program/text.h"

namespace flow::check {

// Each argument with a name of its own; reports those without.
bool Checker::named_arguments(const syntax::Expr& expr) {
  std::map<std::string, Span, std::less<>> seen;
  bool fine = true;
  for (const syntax::Argument& arg : expr.args) {
    if (arg.name.empty() || arg.spread || arg.values.size() != 1) {
      values_.sink()
          .report(Code::wrong_arguments, arg.span, "`{}` takes members: a name and a value", expr.text)
          .hint(fmt::format("`{}(name: x)`; other names stand in quotes", expr.text));
      fine = false;
      continue;
    }
    fine &= declare(values_.sink(), seen, arg.name, arg.span, "member");
  }
  return fine;
}

std::optional<Expr> Checker::joined(std::vector<Piece> pieces, ValueType type, Span span) {
  Expr result = make_expr(ExprKind::interpolate, ValueType::text, span);
  for (Piece& piece : pieces) {
    result.type.secret |= piece.value.type.secret;
    result.type.personal |= piece.value.type.personal;
    result.children.push_back(std::move(piece.value));
  }
  fold(values_.sink(), result);
  result.type.kind = type;
  if (type == ValueType::json) result.type.chars_min = result.type.chars_max = 0;
  return result;
}

std::optional<Expr> Checker::json_object(const syntax::Expr& expr) {
  std::vector<Piece> pieces;
  if (!json_members(expr, pieces, false)) return std::nullopt;
  return joined(std::move(pieces), ValueType::json, expr.span);
}

bool Checker::json_members(const syntax::Expr& expr, std::vector<Piece>& out, bool secrets) {
  if (!named_arguments(expr)) return false;
  std::string open = "{";
  bool fine = true;
  for (const syntax::Argument& arg : expr.args) {
    open += '"';
    program::append_json_escaped(open, arg.name);
    out.push_back({false, constant_text(open + "\":", arg.span)});
    open = ",";
    fine &= json_value(arg.values[0], out, secrets);
  }
  out.push_back({false, constant_text(expr.args.empty() ? "{}" : "}", expr.span)});
  return fine;
}

bool Checker::json_value(const syntax::Expr& expr, std::vector<Piece>& out, bool secrets) {
  if (expr.kind == syntax::ExprKind::call && expr.text == "json") return json_members(expr, out, secrets);
  if (expr.kind == syntax::ExprKind::list) {
    std::string open = "[";
    for (const syntax::Expr& item : expr.children) {
      out.push_back({false, constant_text(open, item.span)});
      open = ",";
      if (!json_value(item, out, secrets)) return false;
    }
    out.push_back({false, constant_text(expr.children.empty() ? "[]" : "]", expr.span)});
    return true;
  }
  if (secrets && is_secret(expr)) {
    out.push_back({true, secret_name(expr)});
    return true;
  }
  auto member = value(expr, {});
  if (!member) return false;
  const ValueType kind = member->type.kind;
  const bool as_it_is = kind == ValueType::json || program::is_composite(kind);
  std::optional<Expr> written = as_it_is ? std::move(member) : as_text(std::move(*member), expr.span, true);
  if (!written) return false;
  if (!as_it_is && kind != ValueType::number && kind != ValueType::boolean) {
    std::vector<Expr> operands;
    operands.push_back(std::move(*written));
    written = make_call(Function::json_quote, ValueType::text, expr.span, std::move(operands));
    if (!fold(values_.sink(), *written)) return false;
  }
  if (is_constant(*written)) {
    out.push_back({false, std::move(*written)});
    return true;
  }
  Expr either = make_expr(ExprKind::coalesce, ValueType::text, expr.span);
  either.type.secret = written->type.secret;
  either.type.personal = written->type.personal;
  either.children.push_back(std::move(*written));
  either.children.push_back(constant_text("null", expr.span));
  out.push_back({false, std::move(either)});
  return true;
}

bool Checker::is_secret(const syntax::Expr& expr) const {
  return expr.kind == syntax::ExprKind::name && values_.is_secret_name(expr.text);
}

Expr Checker::secret_name(const syntax::Expr& expr) {
  Expr name = constant_text(expr.text, expr.span);
  name.type.secret = true;
  return name;
}

std::optional<Expr> Checker::form(const syntax::Expr& expr) {
  if (!named_arguments(expr)) return std::nullopt;
  std::vector<Piece> pieces;
  for (const syntax::Argument& arg : expr.args) {
    std::string start = pieces.empty() ? "" : "&";
    program::append_url_escaped(start, arg.name);
    pieces.push_back({false, constant_text(start + "=", arg.span)});
    auto member = value(arg.values[0], {});
    if (member) member = escaped(std::move(*member), arg.values[0].span, Context::url);
    if (!member) return std::nullopt;
    pieces.push_back({false, std::move(*member)});
  }
  return joined(std::move(pieces), ValueType::text, expr.span);
}

// ---- As arguments of a request -----------------------------------------------------------------------------------

bool Checker::json_arguments(const syntax::Expr& call, std::vector<Operation::Argument>& out) {
  std::vector<Piece> pieces;
  if (!json_members(call, pieces, true)) return false;
  add_json(std::move(pieces), out);
  return true;
}

bool Checker::json_value_arguments(const syntax::Expr& written, std::vector<Operation::Argument>& out) {
  std::vector<Piece> pieces;
  if (!json_value(written, pieces, true)) return false;
  add_json(std::move(pieces), out);
  return true;
}

void Checker::add_json(std::vector<Piece> pieces, std::vector<Operation::Argument>& out) {
  for (Piece& piece : pieces) {
    Operation::Argument argument{piece.secret ? "secret json text" : "json", std::move(piece.value)};
    // What is known stands in one piece.
    if (!piece.secret && is_constant(argument.value) && !out.empty() && out.back().name == "json" &&
        is_constant(out.back().value)) {
      out.back().value.text += argument.value.text;
      continue;
    }
    out.push_back(std::move(argument));
  }
}

bool Checker::form_arguments(const syntax::Expr& call, std::vector<Operation::Argument>& out) {
  if (!named_arguments(call)) return false;
  bool fine = true;
  for (const syntax::Argument& arg : call.args) {
    if (is_secret(arg.values[0])) {
      out.push_back({"secret form " + arg.name, secret_name(arg.values[0])});
      continue;
    }
    auto member = value(arg.values[0], {});
    if (member) member = check::as_text(values_, std::move(*member));
    fine &= member.has_value();
    if (member) out.push_back({"form " + arg.name, std::move(*member)});
  }
  return fine;
}

bool Checker::text_arguments(const syntax::Expr& written, const std::string& place,
                             std::vector<Operation::Argument>& out) {
  if (is_secret(written)) {
    out.push_back({"secret " + place, secret_name(written)});
    return true;
  }
  bool has_secret = false;
  for (const syntax::StringPiece& piece : written.pieces) has_secret |= piece.expr != nullptr && is_secret(*piece.expr);
  if (!has_secret) {
    auto text = value(written, {});
    if (text) text = check::as_text(values_, std::move(*text));
    if (text) out.push_back({place, std::move(*text)});
    return text.has_value();
  }
  bool fine = true;
  for (const syntax::StringPiece& piece : written.pieces) {
    if (piece.expr == nullptr) {
      out.push_back({place, constant_text(piece.text, piece.span)});
    } else if (is_secret(*piece.expr)) {
      out.push_back({"secret " + place, secret_name(*piece.expr)});
    } else {
      auto part = value(*piece.expr, {});
      if (part) part = check::as_text(values_, std::move(*part));
      fine &= part.has_value();
      if (part) out.push_back({place, std::move(*part)});
    }
  }
  return fine;
}

std::optional<Expr> as_text(Values& values, Expr value) {
  const Span span = value.span;
  auto piece = check_piece(values, std::move(value), span);
  if (!piece || program::is_text(piece->type.kind)) return piece;
  Expr text;
  text.kind = check::ExprKind::interpolate;
  text.type.kind = ValueType::text;
  text.type.secret = piece->type.secret;
  text.type.personal = piece->type.personal;
  text.span = span;
  text.children.push_back(std::move(*piece));
  fold(values.sink(), text);
  return text;
}

bool json_arguments(Values& values, const syntax::Expr& call, std::vector<Operation::Argument>& out) {
  return Checker(values).json_arguments(call, out);
}

bool json_value_arguments(Values& values, const syntax::Expr& written, std::vector<Operation::Argument>& out) {
  return Checker(values).json_value_arguments(written, out);
}

bool text_arguments(Values& values, const syntax::Expr& written, const std::string& place,
                    std::vector<Operation::Argument>& out) {
  return Checker(values).text_arguments(written, place, out);
}

bool body_arguments(Values& values, const syntax::Expr& written, std::vector<Operation::Argument>& out) {
  const auto is_call = [&](std::string_view name) {
    return written.kind == syntax::ExprKind::call && written.text == name;
  };
  if (is_call("json")) return Checker(values).json_arguments(written, out);
  if (is_call("form")) return Checker(values).form_arguments(written, out);
  return Checker(values).text_arguments(written, "text", out);
}

}  // namespace flow::check
