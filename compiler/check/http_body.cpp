// Bodies of requests: `json(name: value, …)`, `form(…)`, or a text.
#include "compiler/check/operation.h"

namespace flow::check {
namespace {

using syntax::ExprKind;

bool is_call(const syntax::Expr& expr, std::string_view name) {
  return expr.kind == ExprKind::call && expr.text == name;
}

class JsonWriter {
 public:
  JsonWriter(Values& values, std::vector<Operation::Argument>& out) : values_(values), out_(out) {}

  bool run(const syntax::Expr& written) {
    const bool fine = value(written);
    flush(written.span);
    return fine;
  }

 private:
  bool value(const syntax::Expr& written) {
    if (is_call(written, "json")) return object(written);
    if (written.kind == ExprKind::list) return array(written);
    auto checked = check_value(values_, written, {});
    if (!checked) return false;
    const ValueType kind = checked->type.kind;
    const bool bare = kind == ValueType::number || kind == ValueType::boolean;
    auto text = as_text(values_, std::move(*checked));
    if (!text) return false;
    add(bare ? "json" : "json text", std::move(*text));
    return true;
  }

  bool object(const syntax::Expr& call) {
    bool fine = true;
    literal_ += '{';
    for (std::size_t i = 0; i < call.args.size(); ++i) {
      const syntax::Argument& arg = call.args[i];
      if (arg.name.empty() || arg.spread || arg.values.size() != 1) {
        values_.sink()
            .report(Code::malformed_value, arg.span, "a member of `json` has a name and one value")
            .hint("`json(order: answer, \"x-tags\": [\"a\", \"b\"])`");
        fine = false;
        continue;
      }
      if (i > 0) literal_ += ',';
      add("json text", constant_text(arg.name, arg.span));
      literal_ += ':';
      fine &= value(arg.values[0]);
    }
    literal_ += '}';
    return fine;
  }

  bool array(const syntax::Expr& list) {
    bool fine = true;
    literal_ += '[';
    for (std::size_t i = 0; i < list.children.size(); ++i) {
      if (i > 0) literal_ += ',';
      fine &= value(list.children[i]);
    }
    literal_ += ']';
    return fine;
  }

  void add(const char* place, Expr text) {
    flush(text.span);
    out_.push_back({place, std::move(text)});
  }

  void flush(Span span) {
    if (!literal_.empty()) out_.push_back({"json", constant_text(std::move(literal_), span)});
    literal_.clear();
  }

  Values& values_;
  std::vector<Operation::Argument>& out_;
  std::string literal_;
};

bool form(Values& values, const syntax::Expr& call, std::vector<Operation::Argument>& out) {
  bool fine = true;
  for (const syntax::Argument& arg : call.args) {
    if (arg.name.empty() || arg.spread || arg.values.size() != 1) {
      values.sink()
          .report(Code::malformed_value, arg.span, "a field of `form` has a name and one value")
          .hint("`form(order: answer)`");
      fine = false;
      continue;
    }
    auto value = check_value(values, arg.values[0], {});
    if (value) value = as_text(values, std::move(*value));
    if (value)
      out.push_back({"form " + arg.name, std::move(*value)});
    else
      fine = false;
  }
  return fine;
}

}  // namespace

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

bool body_arguments(Values& values, const syntax::Expr& written, std::vector<Operation::Argument>& out) {
  if (is_call(written, "json")) return JsonWriter(values, out).run(written);
  if (is_call(written, "form")) return form(values, written, out);
  auto text = check_value(values, written, {ValueType::text, "`body`"});
  if (!text) return false;
  out.push_back({"text", std::move(*text)});
  return true;
}

}  // namespace flow::check
