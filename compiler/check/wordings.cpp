// `wording greeting(name: text) { en "Hello {{name}}"; ms "Helo {{name}}" }`, and `greeting(name: x)`.
#include <algorithm>
#include <memory>
#include <utility>

#include "compiler/check/composite.h"
#include "compiler/check/expression_checker.h"
#include "compiler/check/stages.h"
#include "compiler/diagnostics/suggest.h"
#include "compiler/syntax/format.h"
#include "runtime/program/text.h"

namespace flow::check {
namespace {

// Names in a wording's texts: its parameters, then the workspace's constants.
class WordingValues : public Values {
 public:
  // `outer`: where the wording is used; null while it is declared.
  WordingValues(Values& workspace, const Wording& wording, const std::vector<Expr>* arguments, Values* outer)
      : workspace_(workspace), wording_(wording), arguments_(arguments), outer_(outer) {}

  Found find(std::string_view name, Span span) override {
    for (std::size_t i = 0; i < wording_.parameters.size(); ++i) {
      if (wording_.parameters[i].first != name) continue;
      Found found;
      found.kind = Found::Kind::value;
      if (arguments_ != nullptr) {
        found.expr = (*arguments_)[i];
      } else {
        found.expr.kind = ExprKind::variable;
        found.expr.type = wording_.parameters[i].second;
        found.expr.type.optional = false;
        found.expr.text = name;
      }
      found.expr.span = span;
      return found;
    }
    return workspace_.find(name, span);
  }
  std::vector<std::string> names() const override {
    std::vector<std::string> all = workspace_.names();
    for (const auto& [name, type] : wording_.parameters) all.push_back(name);
    return all;
  }
  const Wording* wording(std::string_view) const override { return nullptr; }  // none in another
  Sink& sink() override { return outer_ != nullptr ? outer_->sink() : workspace_.sink(); }
  std::optional<Expr> zone(Span place) override {
    if (outer_ != nullptr) return outer_->zone(place);
    Expr any = constant_text("UTC", place);  // that of the flow which uses it
    any.type = {};
    any.type.kind = ValueType::zone;
    return any;
  }
  std::optional<Expr> language(Span place) override {
    return outer_ != nullptr ? outer_->language(place) : workspace_.language(place);
  }
  std::vector<std::string> secret_path(const Expr& expr) override {
    return outer_ != nullptr ? outer_->secret_path(expr) : std::vector<std::string>{};
  }
  void revealed(Span place) override {
    if (outer_ != nullptr) outer_->revealed(place);
  }

 private:
  Values& workspace_;
  const Wording& wording_;
  const std::vector<Expr>* arguments_;
  Values* outer_;
};

bool read_parameters(WorkspaceScope& scope, const syntax::Expr& call, Wording& result) {
  bool fine = true;
  std::map<std::string, Span, std::less<>> seen;
  for (const syntax::Argument& arg : call.args) {
    if (arg.name.empty() || arg.quoted || arg.spread) {
      scope.sink.report(Code::malformed_value, arg.span, "a parameter has a name and a type")
          .hint("`wording greeting(name: text(..40)) { en \"Hello {{name}}\" }`");
      fine = false;
      continue;
    }
    fine &= declare(scope.sink, seen, arg.name, arg.span, "parameter");
    const auto type = check_type(scope.sink, arg.values, arg.span);
    fine &= type.has_value() && refuse_composite(scope.sink, *type, arg.span, "a parameter of a wording");
    result.parameters.emplace_back(arg.name, type.value_or(Type{}));
  }
  return fine;
}

syntax::Expr copy_of(const syntax::Expr& from) {
  syntax::Expr to;
  to.kind = from.kind;
  to.span = from.span;
  to.text = from.text;
  to.raw = from.raw;
  to.op = from.op;
  to.negated = from.negated;
  to.block_string = from.block_string;
  for (const syntax::Expr& child : from.children) to.children.push_back(copy_of(child));
  for (const syntax::StringPiece& piece : from.pieces) {
    auto expr = piece.expr == nullptr ? nullptr : std::make_unique<syntax::Expr>(copy_of(*piece.expr));
    to.pieces.push_back({piece.span, piece.raw, piece.text, std::move(expr)});
  }
  for (const syntax::Argument& arg : from.args) {
    syntax::Argument& made = to.args.emplace_back(syntax::Argument{arg.span, arg.name, arg.quoted, arg.spread, {}});
    for (const syntax::Expr& value : arg.values) made.values.push_back(copy_of(value));
  }
  return to;
}

bool read_texts(WorkspaceScope& scope, const syntax::Block& block, Wording& result) {
  bool fine = true;
  for (const syntax::Entry& line : block.entries) {
    refuse_other_parts(scope.sink, line, kNoPart, "a text of a wording");
    const bool pair = line.head.items.size() == 1 && !line.head.items[0].is_else &&
                      line.head.items[0].exprs.size() == 2 &&
                      line.head.items[0].exprs[1].kind == syntax::ExprKind::string;
    if (!pair) {
      scope.sink.report(Code::malformed_value, line.head.span, "this is no text in a language")
          .hint("a language and its text: `en \"Hello {{name}}\"`");
      fine = false;
      continue;
    }
    const auto& words = line.head.items[0].exprs;
    const auto language = check_language(scope.sink, words[0]);
    fine &= language.has_value();
    if (!language) continue;
    const auto same = std::ranges::find(result.texts, *language, [](const auto& one) { return one.first; });
    if (same != result.texts.end()) {
      scope.sink.report(Code::duplicate_name, words[0].span, "the language `{}` stands here twice", *language);
      fine = false;
      continue;
    }
    result.texts.emplace_back(*language, std::make_shared<syntax::Expr>(copy_of(words[1])));
  }
  return fine;
}

}  // namespace

void declare_wording(WorkspaceScope& scope, const syntax::Entry& entry, const syntax::Expr& call, Wordings& into) {
  refuse_other_parts(scope.sink, entry, kBlock, "wording");
  Wording result;
  result.span = call.span;
  result.span.end = result.span.begin + static_cast<std::uint32_t>(call.text.size());
  bool fine = check_name_length(scope.sink, call.text, result.span, "wording");
  const auto table = catalogue::functions();
  if (std::ranges::find(table, call.text, &catalogue::FunctionEntry::name) != table.end()) {
    scope.sink
        .report(Code::reserved_name, result.span, "`{}` is a function, so no wording can have this name", call.text)
        .hint("a longer name is clearer");
    fine = false;
  }
  fine &= read_parameters(scope, call, result);
  if (entry.block) {
    fine &= read_texts(scope, *entry.block, result);
  } else {
    scope.sink.report(Code::missing_part, entry.head.span, "the wording `{}` has no texts", call.text)
        .hint("they stand in a block: `{ en \"Hello\" }`");
    fine = false;
  }
  std::vector<std::string> languages = scope.workspace.languages;
  if (languages.empty()) languages = {"en"};
  std::vector<std::string> missing;
  for (const std::string& language : languages)
    if (std::ranges::find(result.texts, language, [](const auto& one) { return one.first; }) == result.texts.end())
      missing.push_back(language);
  if (fine && !missing.empty()) {
    scope.sink
        .report(Code::wording_language, result.span, "the wording `{}` has no text in {}", call.text, quoted(missing))
        .hint("it needs one in each language of the workspace");
    fine = false;
  }
  std::ranges::stable_partition(result.texts, [&](const auto& one) { return one.first == languages.front(); });
  WorkspaceValues workspace(scope);
  for (const auto& [language, text] : result.texts) {
    if (!fine) break;
    WordingValues values(workspace, result, nullptr, nullptr);
    fine &= check_value(values, *text, {ValueType::text, "a wording"}).has_value();
  }
  result.bad = !fine;
  const auto [place, is_new] = into.try_emplace(call.text, result);
  const auto shared = &into == &scope.wordings ? scope.wordings.end() : scope.wordings.find(call.text);
  if (is_new && shared == scope.wordings.end()) return;
  scope.sink.report(Code::duplicate_name, result.span, "wording `{}` is declared twice", call.text)
      .label("declared again here")
      .also(is_new ? shared->second.span : place->second.span, "first declared here")
      .hint("give one of them another name");
}

std::optional<std::vector<Expr>> Checker::wording_arguments(const syntax::Expr& expr, const Wording& wording) {
  std::vector<std::optional<Expr>> given(wording.parameters.size());
  bool fine = true;
  for (const syntax::Argument& arg : expr.args) {
    const auto found = std::ranges::find(wording.parameters, arg.name, [](const auto& one) { return one.first; });
    if (found == wording.parameters.end() || arg.spread || arg.values.size() != 1) {
      std::vector<std::string> names;
      for (const auto& [name, type] : wording.parameters) names.push_back(name);
      auto builder =
          values_.sink().report(Code::wrong_arguments, arg.span, "`{}` has no parameter of this kind", expr.text);
      if (names.empty())
        builder.hint("it takes no values");
      else
        builder.hint(fmt::format("values are given by name: `{}(…)` takes {}", expr.text, quoted(names)));
      fine = false;
      continue;
    }
    auto& place = given[static_cast<std::size_t>(found - wording.parameters.begin())];
    if (place) {
      values_.sink().report(Code::duplicate_name, arg.span, "`{}` is given twice", arg.name);
      fine = false;
      continue;
    }
    place = value(arg.values[0], want_of(found->second, fmt::format("`{}`", arg.name)));
    fine &= place.has_value();
    if (place && place->type.secret && !found->second.secret) {
      values_.sink()
          .report(Code::secret_use, place->span, "this is a secret, and the parameter `{}` is not", arg.name)
          .path(values_.secret_path(*place))
          .hint("write `secret` before the parameter's type");
      fine = false;
    }
  }
  std::vector<Expr> all;
  std::vector<std::string> missing;
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (given[i])
      all.push_back(std::move(*given[i]));
    else
      missing.push_back(wording.parameters[i].first);
  }
  if (fine && !missing.empty()) {
    values_.sink().report(Code::wrong_arguments, expr.span, "`{}` needs {}", expr.text, quoted(missing));
    fine = false;
  }
  return fine ? std::optional(std::move(all)) : std::nullopt;
}

std::optional<Expr> Checker::wording_text(const syntax::Expr& expr, const Wording& wording) {
  if (wording.bad) return std::nullopt;
  const auto arguments = wording_arguments(expr, wording);
  auto language = values_.language(expr.span);
  if (!arguments || !language) return std::nullopt;
  std::vector<std::string> languages;
  std::vector<Expr> texts;
  for (const auto& [name, written] : wording.texts) {
    WordingValues values(values_, wording, &*arguments, &values_);
    auto text = check_value(values, *written, {ValueType::text, "a wording"});
    if (!text) return std::nullopt;
    languages.push_back(name);
    texts.push_back(std::move(*text));
  }
  if (is_constant(*language)) {
    Expr chosen = std::move(texts[program::choose_language(languages, language->text)]);
    chosen.span = expr.span;
    return chosen;
  }
  Expr result = make_expr(ExprKind::choose, ValueType::text, expr.span);
  bool bounded = true;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    result.text += (i == 0 ? "" : "\n") + languages[i];
    result.type.secret |= texts[i].type.secret;
    result.type.personal |= texts[i].type.personal;
    const std::uint32_t longest = characters_max(texts[i].type);
    bounded &= longest != 0;
    result.type.chars_max = std::max(result.type.chars_max, longest);
  }
  if (!bounded) result.type.chars_max = 0;
  result.children.push_back(std::move(*language));
  for (Expr& text : texts) result.children.push_back(std::move(text));
  return result;
}

}  // namespace flow::check
