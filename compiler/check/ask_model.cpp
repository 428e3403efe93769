// `classify TEXT with MODEL as NAME { billing "invoices" => a; else => b; failed, late after 8s => c }` and
// `generate with MODEL as NAME { prompt …; input …; history 6; max 1000; ok => a; failed, late after 15s => b }`.
#include <algorithm>
#include <array>
#include <set>

#include "base/limits.h"
#include "compiler/check/operation.h"

namespace flow::check {
namespace {

using catalogue::OperationSetting;
using catalogue::OutcomeId;

constexpr std::array kClassifyRequired = {OutcomeId::failed, OutcomeId::late};
constexpr OperationWays kClassifyWays{
    kClassifyRequired, false, true,
    "arms are labels, `billing \"invoices, refunds\"`, `else`, `failed` and `late after`",
    "failed, late after 8s => STEP"};
constexpr std::array kGenerateRequired = {OutcomeId::ok, OutcomeId::failed, OutcomeId::late};
constexpr OperationWays kGenerateWays{kGenerateRequired, false, false,
                                      "its outcomes are `ok`, `failed` and `late after`",
                                      "ok => STEP; failed, late after 15s => STEP"};

class ModelChecker : OperationChecker {
 public:
  ModelChecker(FlowScope& scope, const syntax::Entry& entry, std::string_view name, program::OperationKind kind)
      : OperationChecker(scope, entry, name, kind) {}

  std::optional<StepBody> classify(const syntax::Expr& text, const syntax::Expr& model, const syntax::Expr* into) {
    take_model(model);
    take_text("input", text);
    read_block({}, no_setting_patterns(), kClassifyWays);
    if (into != nullptr) keep(*into, "label");
    report_what_it_reads(model.text);
    return take();
  }

  std::optional<StepBody> generate(const syntax::Expr& model, const syntax::Expr& into) {
    take_model(model);
    read_block(catalogue::generate_settings(), generate_setting_patterns(), kGenerateWays);
    std::vector<std::string> missing;
    if (!took(OperationSetting::prompt)) missing.emplace_back("prompt");
    if (!took(OperationSetting::max)) missing.emplace_back("max");
    if (entry_.block && !missing.empty()) {
      fine_ = false;
      sink_.report(Code::missing_setting, entry_.colon->span, "`generate` has no {}", quoted(missing, "and no"))
          .hint("`prompt \"You answer customers of a shop.\"; max 1000`");
    }
    keep(into, "text");
    report_what_it_reads(model.text);
    return take();
  }

 private:
  bool apply(OperationSetting id, const syntax::Entry&, const Match& found) override {
    const syntax::Expr& written = *found.holes[0];
    switch (id) {
      case OperationSetting::prompt:
        return take_text("prompt", written);
      case OperationSetting::input:
        return take_text("input", written);
      case OperationSetting::history:
        return take_count("history", written, 1, limits::kHistoryTurnsMax);
      case OperationSetting::max:
        return take_count("max", written, 1, limits::kGeneratedCharsMax);
      default:
        return false;
    }
  }

  void take_model(const syntax::Expr& name) {
    operation_.target = name.text;
    const WorkspaceName* known =
        find_workspace_name(scope_, name.text, name.span, WorkspaceName::Kind::model, "model", Code::unknown_model,
                            fmt::format("model {}: openai {{ … }}", name.text));
    fine_ &= known != nullptr;
    if (known == nullptr) return;
    const Model& model = scope_.shared.workspace.models[known->index];
    argument("base", constant_text(model.base, name.span));
    argument("model", constant_text(model.provider_name, name.span));
  }

  bool take_text(const char* place, const syntax::Expr& written) {
    auto value = check_value(values_, written, {});
    if (value) value = as_text(values_, std::move(*value));
    fine_ &= value.has_value();
    if (value) argument(place, std::move(*value));
    return value.has_value();
  }

  bool take_count(const char* place, const syntax::Expr& written, std::int64_t least, std::int64_t most) {
    const auto count = check_whole(values_, written, fmt::format("`{}`", place), least, most);
    if (count) argument(place, constant_text(std::to_string(*count), written.span));
    return count.has_value();
  }

  void keep(const syntax::Expr& name, const char* path) {
    const auto id = result_variable(scope_, name, ValueType::text);
    fine_ &= id.has_value();
    if (id) operation_.reads.push_back({*id, path, false, name.span});
  }

  // A model is run by others: no secret goes there, and what is personal only knowingly. What the customer wrote is
  // what the model is asked about.
  void report_what_it_reads(const std::string& model) {
    refuse_secrets("whoever runs the model would see this secret", "leave it out of what the model reads");
    std::set<VariableId> reported;
    const auto look = [&](const auto& self, const Expr& expr) -> void {
      for (const Expr& child : expr.children) self(self, child);
      if (expr.kind != ExprKind::variable || !expr.type.personal) return;
      if (scope_.notes[index(expr.variable)].said || !reported.insert(expr.variable).second) return;
      sink_
          .report(Code::personal_to_model, expr.span, "`{}` is personal, and whoever runs `{}` would see it", expr.text,
                  model)
          .hint("leave it out of what the model reads");
    };
    for (const auto& argument : operation_.arguments)
      if (!argument.value.type.secret) look(look, argument.value);
  }
};

}  // namespace

std::optional<StepBody> check_classify(FlowScope& scope, const WrittenStep& step) {
  return ModelChecker(scope, step.entry, "classify", program::OperationKind::classify)
      .classify(step.hole(0), step.hole(1), step.hole_if_any(2));
}

std::optional<StepBody> check_generate(FlowScope& scope, const WrittenStep& step) {
  return ModelChecker(scope, step.entry, "generate", program::OperationKind::generate)
      .generate(step.hole(0), step.hole(1));
}

std::uint32_t generated_max(FlowScope& scope, const syntax::Block& block) {
  Sink quiet;  // what is wrong with it is said where the step is checked
  FlowValues values(scope, &quiet);
  for (const syntax::Entry& line : block.entries) {
    const auto found = match(line.head, generate_setting_patterns());
    if (!found || catalogue::generate_settings()[found->entry].id != OperationSetting::max) continue;
    const auto most = check_whole(values, *found->holes[0], "`max`", 1, limits::kGeneratedCharsMax);
    return static_cast<std::uint32_t>(most.value_or(0));
  }
  return 0;
}

}  // namespace flow::check
