// Conditions of expectations: the language's own expressions, about a message or a whole execution.
#include <algorithm>

#include "compiler/check/prices.h"
#include "compiler/test/scope.h"

namespace flow::test {
namespace {

using catalogue::FactOf;
using syntax::ExprKind;

// The facts as variables. `first_words` of a name that has two stand outside of the expression: `late receipts == 1`.
class Facts : public check::Values {
 public:
  Facts(const TestScope& scope, FactOf of, std::string first_words)
      : scope_(scope), sink_(scope.sink), of_(of), first_words_(std::move(first_words)) {}

  Found find(std::string_view name, Span span) override {
    const auto table = catalogue::test_facts();
    const auto called = [&](const std::string& whole) {
      return std::ranges::find_if(table, [&](const auto& one) { return one.of == of_ && one.name == whole; });
    };
    auto entry = called(fmt::format("{}{}{}", first_words_, first_words_.empty() ? "" : " ", name));
    if (entry != table.end())
      first_words_used_ = true;
    else
      entry = called(std::string(name));
    Found found;
    if (entry == table.end()) return output(name, span);
    if (entry->support == catalogue::Support::not_yet) {
      check::report_not_yet(sink_, span, entry->name);
      found.kind = Found::Kind::bad;
      return found;
    }
    used_ = true;
    found.kind = Found::Kind::value;
    found.expr.kind = check::ExprKind::variable;
    found.expr.variable = check::VariableId{static_cast<std::uint32_t>(entry - table.begin())};
    found.expr.type.kind = entry->type;
    if (entry->id == catalogue::TestFact::cost) {
      found.expr.type.currency = scope_.workspace.currency;
      if (!priced(span)) found.kind = Found::Kind::bad;
    }
    found.expr.text = std::string(entry->name);
    found.expr.span = span;
    return found;
  }

  std::vector<std::string> names() const override {
    std::vector<std::string> result;
    for (const auto& entry : catalogue::test_facts()) {
      if (entry.of == of_ && entry.support == catalogue::Support::supported) result.emplace_back(entry.name);
    }
    for (const check::Output& one : scope_.flow.outputs)
      if (of_ == FactOf::execution) result.push_back(scope_.flow.variables[check::index(one.variable)].name);
    return result;
  }
  const check::Wording* wording(std::string_view) const override { return nullptr; }
  std::vector<std::string> secret_path(const check::Expr&) override { return {}; }
  void revealed(Span) override {}
  std::optional<check::Expr> zone(Span place) override { return NoNames(sink()).zone(place); }
  const calendar::Zone* clocks() const override { return scope_.clocks; }
  std::optional<check::Expr> language(Span place) override { return NoNames(sink()).language(place); }
  Sink& sink() override { return sink_; }
  bool used() const { return used_; }
  bool first_words_used() const { return first_words_used_; }

 private:
  // `eta`: what the flow gives to whoever called it.
  Found output(std::string_view name, Span span) {
    Found found;
    if (of_ != FactOf::execution) return found;
    for (const check::Output& one : scope_.flow.outputs) {
      const check::Variable& variable = scope_.flow.variables[check::index(one.variable)];
      if (variable.name != name) continue;
      used_ = true;
      found.kind = Found::Kind::value;
      found.expr.kind = check::ExprKind::variable;
      found.expr.variable = output_id(one.variable);
      found.expr.type = variable.type;
      found.expr.type.optional = one.optional;
      found.expr.text = variable.name;
      found.expr.span = span;
    }
    return found;
  }

  // Whether it is known what the flow's messages cost; reports at `span` that it is not.
  bool priced(Span span) {
    if (scope_.workspace.currency != 0 && check::is_priced(scope_.workspace, scope_.flow)) return true;
    sink_.report(Code::price_missing, span, "what the messages of `{}` cost is not known", scope_.flow.name)
        .hint("`price` entries in workspace.flow for each channel that it sends on: `price sms { else = 0.05USD }`");
    return false;
  }

  const TestScope& scope_;
  Sink& sink_;
  FactOf of_;
  std::string first_words_;
  bool used_ = false;
  bool first_words_used_ = false;
};

}  // namespace

bool is_fact(check::Words words) {
  std::string name;
  for (const syntax::Expr& word : words) name += (name.empty() ? "" : " ") + word.text;
  const auto table = catalogue::test_facts();
  return std::ranges::find(table, name, &catalogue::TestFactEntry::name) != table.end();
}

bool is_condition(check::Words words) {
  if (words.empty()) return false;
  const ExprKind kind = words.back().kind;
  return kind == ExprKind::binary || kind == ExprKind::unary_not || kind == ExprKind::is || kind == ExprKind::paren;
}

bool read_condition(TestScope& scope, check::Words words, FactOf of, std::vector<Condition>& out) {
  std::string first_words;
  for (const syntax::Expr& word : words.first(words.size() - 1)) {
    if (word.kind != ExprKind::name) {
      scope.sink.report(Code::unexpected_part, word.span, "a condition does not begin like this")
          .hint("one condition, with a name of two words at its beginning: `late receipts == 1 and messages == 2`");
      return false;
    }
    first_words += (first_words.empty() ? "" : " ") + word.text;
  }
  Facts facts(scope, of, first_words);
  auto value = check::check_value(facts, words.back(), {program::ValueType::boolean, "`expect`"});
  if (!value) return false;
  if (!first_words.empty() && !facts.first_words_used()) {
    scope.sink.report(Code::unknown_test_line, words.front().span, "there is nothing called `{} …`", first_words)
        .hint("conditions can be about " + check::quoted(facts.names()));
    return false;
  }
  if (!facts.used()) {
    scope.sink.report(Code::unknown_test_line, words.back().span, "this condition is about nothing that happens")
        .hint("conditions can be about " + check::quoted(facts.names()));
    return false;
  }
  out.push_back({std::move(*value), source::join(words.front().span, words.back().span)});
  return true;
}

}  // namespace flow::test
