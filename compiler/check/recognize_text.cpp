// `recognize email of TEXT as NAME { found => a; else => b }`, the same of a phone number, and
// `recognize language of TEXT as NAME { en, ms => a; else => b }`: something is looked for in a text, then it is a
// branch.
#include <map>
#include <utility>

#include "compiler/check/arms.h"
#include "compiler/check/expression_checker.h"
#include "compiler/syntax/format.h"

namespace flow::check {
namespace {

struct Kind {
  std::string_view name;
  Function function;
  ValueType type;
  std::string_view otherwise;
};

class TextChecker {
 public:
  TextChecker(FlowScope& scope, const WrittenStep& step, Kind kind)
      : scope_(scope), step_(step), entry_(step.entry), kind_(kind) {}

  std::optional<StepBody> run() {
    Branch body;
    body.first = look(step_.hole(0), step_.hole(1));
    const auto arms = collect_arms(scope_, entry_, kind_.name, kind_.otherwise);
    if (!arms) return std::nullopt;
    bool fine = true;
    for (const syntax::Entry* written : arms->arms) {
      Branch::Arm arm;
      arm.span = written->head.span;
      arm.name = std::string(scope_.shared.sources.text(arm.span));
      const auto target = check_arrow(scope_, *written, "an arm");
      fine &= target.has_value();
      if (target) arm.target = *target;
      arm.condition = condition(*written, body.first);
      body.arms.push_back(std::move(arm));
    }
    if (!fine || !body.first) return std::nullopt;
    body.otherwise = *arms->otherwise;
    return body;
  }

 private:
  std::optional<Assignment> look(const syntax::Expr& text, const syntax::Expr& into) {
    FlowValues values(scope_);
    auto value = check_value(values, text, {ValueType::text, fmt::format("`{}`", kind_.name)});
    if (value && value->type.secret) {
      scope_.sink().report(Code::secret_use, text.span, "what is found would show something of a secret");
      value.reset();
    }
    const auto variable = result_variable(scope_, into, kind_.type);
    if (!value || !variable) return std::nullopt;
    std::vector<Expr> operands;
    operands.push_back(std::move(*value));
    Assignment first{*variable, make_call(kind_.function, kind_.type, text.span, std::move(operands)), into.span};
    first.value.type.optional = true;
    first.value.type.personal = kind_.type != ValueType::language;
    return first;
  }

  Expr found(const std::optional<Assignment>& first, Span span) {
    Expr variable = make_expr(ExprKind::variable, kind_.type, span);
    variable.type.optional = true;
    if (first) {
      variable.variable = first->variable;
      variable.type.personal = first->value.type.personal;
      variable.text = scope_.flow.variables[index(first->variable)].name;
    }
    return variable;
  }

  Expr with(ExprKind kind, Expr a, std::optional<Expr> b, Span span) {
    Expr result = make_expr(kind, ValueType::boolean, span);
    result.children.push_back(std::move(a));
    if (b) result.children.push_back(std::move(*b));
    return result;
  }

  Expr condition(const syntax::Entry& written, const std::optional<Assignment>& first) {
    std::optional<Expr> any;
    for (const syntax::Item& item : written.head.items) {
      auto one = kind_.type == ValueType::language ? language(item, first) : word(item, first);
      if (!one) continue;
      once(item);
      any = any ? with(ExprKind::logical_or, std::move(*any), std::move(one), written.head.span) : std::move(*one);
    }
    return any.value_or(scalar_constant(ValueType::boolean, 0, written.head.span));
  }

  std::optional<Expr> word(const syntax::Item& item, const std::optional<Assignment>& first) {
    if (item.exprs.size() == 1 && item.exprs[0].kind == syntax::ExprKind::name && item.exprs[0].text == "found")
      return with(ExprKind::is_set, found(first, item.span), std::nullopt, item.span);
    scope_.sink()
        .report(Code::unknown_outcome, item.span, "`{}` has no such outcome", kind_.name)
        .hint("its arms are `found` and `else`");
    return std::nullopt;
  }

  std::optional<Expr> language(const syntax::Item& item, const std::optional<Assignment>& first) {
    if (item.exprs.size() != 1) {
      scope_.sink()
          .report(Code::unexpected_part, item.exprs[1].span, "languages stand between commas")
          .hint("`en, ms => STEP`");
      return std::nullopt;
    }
    const auto tag = check_language(scope_.sink(), item.exprs[0]);
    if (!tag) return std::nullopt;
    Expr wanted = make_expr(ExprKind::constant, ValueType::language, item.span);
    wanted.text = *tag;
    Expr equal = with(ExprKind::equal, found(first, item.span), std::move(wanted), item.span);
    // Says that it has a value, too: along the arm it is there.
    Expr set = with(ExprKind::is_set, found(first, item.span), std::nullopt, item.span);
    return with(ExprKind::logical_and, std::move(set), std::move(equal), item.span);
  }

  void once(const syntax::Item& item) {
    const std::string words = syntax::format(item.exprs[0]);
    const auto [place, is_new] = seen_.emplace(words, item.span);
    if (is_new) return;
    scope_.sink()
        .report(Code::dead_arm, item.span, "`{}` has an arm already", words)
        .label("this one never matches")
        .also(place->second, "this one comes first")
        .hint("take one of them out");
  }

  FlowScope& scope_;
  const WrittenStep& step_;
  const syntax::Entry& entry_;
  Kind kind_;
  std::map<std::string, Span> seen_;
};

}  // namespace

std::optional<StepBody> check_recognize_email(FlowScope& scope, const WrittenStep& step) {
  return TextChecker(scope, step,
                     {"recognize email", Function::find_email, ValueType::email,
                      "`else => STEP` takes texts without an address"})
      .run();
}

std::optional<StepBody> check_recognize_phone(FlowScope& scope, const WrittenStep& step) {
  return TextChecker(
             scope, step,
             {"recognize phone", Function::find_phone, ValueType::phone, "`else => STEP` takes texts without a number"})
      .run();
}

std::optional<StepBody> check_recognize_language(FlowScope& scope, const WrittenStep& step) {
  return TextChecker(scope, step,
                     {"recognize language", Function::language_of, ValueType::language,
                      "`else => STEP` takes every other language, and texts of which none can be told"})
      .run();
}

}  // namespace flow::check
