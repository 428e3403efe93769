// `call flow F(x: …) as v { outcome => …; failed, expired, late after 15m => … }`, `launch flow F(…) => STEP` and
// `forward to F(…)`.
#include <algorithm>
#include <map>

#include "base/limits.h"
#include "compiler/check/operation.h"
#include "compiler/check/pattern.h"
#include "compiler/check/signature.h"
#include "compiler/diagnostics/suggest.h"
#include "runtime/program/flow_call.h"
#include "runtime/program/text.h"

namespace flow::check {
namespace {

using catalogue::OutcomeId;
using Kind = program::OperationOutcome::Kind;

std::string form_of(const std::string& flow, const Signature& signature) {
  std::string inputs;
  for (const auto& input : signature.inputs) inputs += fmt::format("{}{}: …", inputs.empty() ? "" : ", ", input.name);
  return inputs.empty() ? fmt::format("`{}` takes none", flow) : fmt::format("`{}({})`", flow, inputs);
}

class Arguments {
 public:
  Arguments(FlowScope& scope, const syntax::Expr& call, const Signature& signature)
      : sink_(scope.sink()), values_(scope), call_(call), signature_(signature) {}

  bool run(std::vector<Operation::Argument>& out) {
    for (const syntax::Argument& arg : call_.args) read(arg);
    report_missing();
    for (const auto& input : signature_.inputs) {
      const auto value = given_.find(input.name);
      if (value == given_.end() || !value->second) continue;
      out.push_back({std::string(program::kFlowInputPlace) + input.name, std::move(*value->second)});
    }
    return fine_;
  }

 private:
  void read(const syntax::Argument& arg) {
    if (arg.name.empty() || arg.spread || arg.values.size() != 1) {
      wrong(arg.span, "an argument of a flow has the name of an input and one value");
      return;
    }
    const auto input = std::ranges::find(signature_.inputs, arg.name, &Signature::Value::name);
    if (input == signature_.inputs.end()) return unknown(arg);
    const auto [place, is_new] = spans_.emplace(arg.name, arg.span);
    if (!is_new) {
      fine_ = false;
      sink_.report(Code::flow_arguments, arg.span, "`{}` is given twice", arg.name)
          .also(place->second, "first here")
          .hint("keep one of them");
      return;
    }
    auto value = check_value(values_, arg.values[0], want_of(input->type, fmt::format("`{}`", arg.name)));
    const bool fits = value && takes(*input, *value, arg.values[0].span);
    std::optional<Expr> text;
    if (fits) text = as_argument(std::move(*value), input->type, arg.values[0].span);
    fine_ &= text.has_value();
    given_.emplace(arg.name, std::move(text));
  }

  void unknown(const syntax::Argument& arg) {
    fine_ = false;
    std::vector<std::string> names;
    for (const auto& input : signature_.inputs) names.push_back(input.name);
    const std::string near = diagnostics::did_you_mean(arg.name, names);
    sink_.report(Code::flow_arguments, arg.span, "`{}` has no input `{}`", call_.text, arg.name)
        .also(signature_.span, "declared here")
        .hint(near.empty() ? form_of(call_.text, signature_) : near);
  }

  bool takes(const Signature::Value& input, const Expr& value, Span place) {
    if (value.type.secret && !input.type.secret) {
      sink_
          .report(Code::secret_use, place, "this is a secret, and the input `{}` of `{}` is not", input.name,
                  call_.text)
          .also(input.span, "declared here")
          .path(values_.secret_path(value))
          .hint("write `secret` before the input's type");
      return false;
    }
    const std::string problem = misfit(value, input.type);
    if (problem.empty()) return true;
    const std::uint32_t most = characters_max(value.type);
    const bool too_long = input.type.chars_max != 0 && (most == 0 || most > input.type.chars_max);
    sink_
        .report(Code::flow_arguments, place, "this {}, and the input `{}` {}", problem, input.name,
                bounds_text(input.type))
        .also(input.span, "declared here")
        .hint(!input.type.choices.empty() ? "one of them, or a value that has no others"
              : too_long                  ? "bound the value's type, or shorten it with `left(…)`"
                                          : "give the value's type a least length, or let the input take less");
    return false;
  }

  // A JSON value; `null` where an optional input has none.
  std::optional<Expr> as_argument(Expr value, const Type& type, Span place) {
    auto text = json_text(values_, std::move(value), place);
    if (!text || !type.optional || is_constant(*text)) return text;
    Expr either;
    either.kind = ExprKind::coalesce;
    either.type = text->type;
    either.span = text->span;
    either.children.push_back(std::move(*text));
    either.children.push_back(constant_text("null", either.span));
    return either;
  }

  void report_missing() {
    std::vector<std::string> missing;
    for (const auto& input : signature_.inputs)
      if (!input.type.optional && !spans_.contains(input.name)) missing.push_back(input.name);
    // One that was mistyped is not missing as well.
    if (missing.empty() || !fine_) return;
    fine_ = false;
    sink_.report(Code::flow_arguments, call_.span, "`{}` is started without {}", call_.text, quoted(missing))
        .also(signature_.span, "declared here")
        .hint(form_of(call_.text, signature_));
  }

  void wrong(Span span, std::string_view what) {
    fine_ = false;
    sink_.report(Code::flow_arguments, span, "{}", what).hint(form_of(call_.text, signature_));
  }

  Sink& sink_;
  FlowValues values_;
  const syntax::Expr& call_;
  const Signature& signature_;
  std::map<std::string, Span, std::less<>> spans_;
  std::map<std::string, std::optional<Expr>, std::less<>> given_;
  bool fine_ = true;
};

// The arms of a call: the flow's own outcomes, and those that every flow has.
class CallArms {
 public:
  CallArms(FlowScope& scope, const syntax::Entry& entry, const std::string& flow, const Signature& signature)
      : scope_(scope), sink_(scope.sink()), entry_(entry), flow_(flow), signature_(signature) {}

  bool run(Operation& operation) {
    for (const syntax::Entry& line : entry_.block->entries) read(line);
    for (const OutcomeId id : {OutcomeId::failed, OutcomeId::expired, OutcomeId::late}) take_otherwise(id);
    report_missing();
    if (!fine_) return false;
    const auto add = [&](Kind kind, const std::string& name, std::string_view arm) {
      const auto found = arms_.find(arm);
      if (found != arms_.end()) operation.arms.push_back({{kind, 0, name}, found->second.target, found->second.span});
    };
    add(Kind::failed, {}, "failed");
    add(Kind::ok, {}, "done");
    for (const std::string& outcome : signature_.outcomes) add(Kind::named, outcome, outcome);
    add(Kind::expired, {}, "expired");
    operation.late = arms_.at("late");
    return true;
  }

 private:
  void read(const syntax::Entry& line) {
    refuse_other_parts(sink_, line, kArrow, "an arm");
    const syntax::Item& first = line.head.items[0];
    const auto target = check_arrow(scope_, line, first.is_else ? "else" : first.exprs[0].text);
    fine_ &= target.has_value();
    for (const syntax::Item& item : line.head.items) read_item(item, target.value_or(Target{}));
  }

  void read_item(const syntax::Item& item, const Target& target) {
    const bool word = !item.is_else && item.exprs.size() == 1 && item.exprs[0].kind == syntax::ExprKind::name;
    const bool own = word && std::ranges::find(signature_.outcomes, item.exprs[0].text) != signature_.outcomes.end();
    if (own) return add(item.exprs[0].text, {0, target, item.span});
    const auto found = item.is_else ? std::nullopt : match(item.exprs, outcome_patterns());
    const OutcomeId id = found ? catalogue::outcomes()[found->entry].id : OutcomeId::none;
    const bool of_all = id == OutcomeId::failed || id == OutcomeId::done || id == OutcomeId::expired;
    if (!of_all && id != OutcomeId::late) return unknown(item);
    if (id == OutcomeId::done && !signature_.ends) {
      unclear_ = true;
      fine_ = false;
      sink_.report(Code::impossible_outcome, item.span, "`done` cannot happen: `{}` has no plain `end`", flow_)
          .also(signature_.span, "the flow")
          .hint(fmt::format("its outcomes are {}", quoted(outcomes())));
      return;
    }
    TimedArm arm{0, target, item.span};
    if (id == OutcomeId::late) {
      FlowValues values(scope_);
      const auto ms = check_duration(values, *found->holes[0], "`late`", 1000, limits::kExpiresMsMax);
      arm.after_ms = ms.value_or(0);
      fine_ &= ms.has_value();
    }
    add(std::string(catalogue::word_of(id)), arm);
  }

  void add(const std::string& name, const TimedArm& arm) {
    const auto [place, is_new] = arms_.emplace(name, arm);
    if (is_new) return;
    fine_ = false;
    sink_.report(Code::dead_arm, arm.span, "`{}` has an arm already", name)
        .label("this one never matches")
        .also(place->second.span, "this one comes first")
        .hint("take one of them out");
  }

  void unknown(const syntax::Item& item) {
    unclear_ = true;
    fine_ = false;
    if (item.is_else) {
      sink_.report(Code::unknown_outcome, item.span, "`else` covers no outcome of a called flow")
          .hint(fmt::format("name them: {}", quoted(outcomes())));
      return;
    }
    const std::string written = item.exprs[0].kind == syntax::ExprKind::name ? item.exprs[0].text : std::string("this");
    const std::string near = diagnostics::did_you_mean(written, outcomes());
    sink_.report(Code::unknown_outcome, item.span, "`{}` has no outcome `{}`", flow_, written)
        .also(signature_.span, "the flow")
        .hint(near.empty() ? fmt::format("its outcomes are {}", quoted(outcomes())) : near);
  }

  // All that need an arm.
  std::vector<std::string> outcomes() const {
    std::vector<std::string> names = signature_.outcomes;
    if (signature_.ends) names.insert(names.begin(), "done");
    for (const char* name : {"failed", "expired", "late"}) names.emplace_back(name);
    return names;
  }

  void take_otherwise(OutcomeId id) {
    const std::string name(catalogue::word_of(id));
    if (arms_.contains(name)) return;
    const auto rule = std::ranges::find(scope_.otherwise, id, &Otherwise::outcome);
    if (rule == scope_.otherwise.end()) return;
    rule->used = true;
    fine_ &= rule->target.has_value();
    arms_.emplace(name, TimedArm{rule->after_ms, rule->target.value_or(Target{}), rule->span});
  }

  void report_missing() {
    if (unclear_) return;
    std::vector<std::string> missing;
    for (const std::string& name : outcomes())
      if (!arms_.contains(name)) missing.push_back(name);
    if (missing.empty()) return;
    fine_ = false;
    sink_
        .report(Code::unhandled_outcome, entry_.colon->span, "`{}` does not handle {}", single_name(entry_.head)->text,
                quoted(missing))
        .label(missing.size() == 1 ? "an outcome without an arm" : "outcomes without an arm")
        .also(signature_.span, "the flow that is called")
        .hint("`failed, expired, late after 15m => STEP`: no wait is without an end");
  }

  FlowScope& scope_;
  Sink& sink_;
  const syntax::Entry& entry_;
  const std::string& flow_;
  const Signature& signature_;
  std::map<std::string, TimedArm, std::less<>> arms_;
  bool unclear_ = false;  // an outcome that could not be read may be the one that seems to be missing
  bool fine_ = true;
};

// A name of which nothing but outputs is a value: `v.eta`.
bool read_outputs(FlowScope& scope, const syntax::Expr& into, const Signature& signature, Operation& operation) {
  bool fine = true;
  for (const auto& output : signature.outputs) {
    syntax::Expr name;
    name.kind = syntax::ExprKind::name;
    name.text = fmt::format("{}.{}", into.text, output.name);
    name.span = into.span;
    const auto id = result_variable(scope, name, output.type.kind);
    fine &= id.has_value();
    if (id) operation.reads.push_back({*id, output.name, output.type.optional, into.span});
  }
  return fine;
}

const Signature* flow_and_arguments(FlowScope& scope, const syntax::Expr& call,
                                    std::vector<Operation::Argument>& arguments, bool& fine) {
  const Signature* signature = find_flow(scope, call);
  fine = signature != nullptr && Arguments(scope, call, *signature).run(arguments);
  return signature;
}

std::optional<Launch> launch(FlowScope& scope, const syntax::Expr& call) {
  Launch body;
  body.flow = call.text;
  bool fine = false;
  flow_and_arguments(scope, call, body.arguments, fine);
  if (!fine) return std::nullopt;
  return body;
}

}  // namespace

std::string misfit(const Expr& value, const Type& type) {
  if (type.kind != ValueType::text) return {};
  if (!type.choices.empty()) {
    const auto among = [&](const std::string& text) {
      return std::ranges::find(type.choices, text) != type.choices.end();
    };
    if (is_constant(value)) return among(value.text) ? "" : "is none of its choices";
    const bool known = !value.type.choices.empty() && std::ranges::all_of(value.type.choices, among);
    return known ? "" : "may be any text";
  }
  if (is_constant(value)) {
    const std::uint64_t length = program::count_characters(value.text);
    const bool fits = length >= type.chars_min && (type.chars_max == 0 || length <= type.chars_max);
    return fits ? "" : fmt::format("has {} character{}", length, length == 1 ? "" : "s");
  }
  const std::uint32_t least = value.type.chars_min;
  const std::uint32_t most = characters_max(value.type);
  if (type.chars_max != 0 && most == 0) return "may be of any length";
  if (type.chars_max != 0 && most > type.chars_max) return fmt::format("has up to {} characters", most);
  if (least >= type.chars_min) return {};
  return least == 0 ? "may be empty" : fmt::format("may have only {} characters", least);
}

std::string bounds_text(const Type& type) {
  if (!type.choices.empty()) return fmt::format("is one of {}", quoted(type.choices, "or"));
  if (type.chars_min == type.chars_max) return fmt::format("takes exactly {} characters", type.chars_min);
  if (type.chars_max == 0) return fmt::format("takes at least {} characters", type.chars_min);
  if (type.chars_min == 0) return fmt::format("takes at most {} characters", type.chars_max);
  return fmt::format("takes {} to {} characters", type.chars_min, type.chars_max);
}

std::optional<StepBody> check_call_flow(FlowScope& scope, const WrittenStep& step) {
  const syntax::Entry& entry = step.entry;
  const syntax::Expr& call = step.hole(0);
  const syntax::Expr* into = step.hole_if_any(1);
  if (entry.block) refuse_other_parts(scope.sink(), entry, kColon | kBlock, "call flow");
  Operation operation;
  operation.kind = program::OperationKind::flow;
  operation.target = call.text;
  bool fine = false;
  const Signature* signature = flow_and_arguments(scope, call, operation.arguments, fine);
  if (signature == nullptr) return std::nullopt;
  if (!entry.block) {
    scope.sink()
        .report(Code::missing_part, entry.colon->span, "`call flow` has no arms")
        .hint("a block: `{ done => STEP; failed, expired, late after 15m => STEP }`");
    return std::nullopt;
  }
  if (into != nullptr) fine &= read_outputs(scope, *into, *signature, operation);
  fine &= CallArms(scope, entry, call.text, *signature).run(operation);
  if (!fine) return std::nullopt;
  return operation;
}

std::optional<StepBody> check_launch_flow(FlowScope& scope, const WrittenStep& step) {
  const syntax::Entry& entry = step.entry;
  refuse_other_parts(scope.sink(), entry, kColon | kArrow, "launch flow");
  auto body = launch(scope, step.hole(0));
  const auto target = check_arrow(scope, entry, "launch flow");
  if (!body || !target) return std::nullopt;
  body->target = *target;
  return std::move(*body);
}

std::optional<StepBody> check_forward_flow(FlowScope& scope, const WrittenStep& step) {
  const syntax::Entry& entry = step.entry;
  refuse_other_parts(scope.sink(), entry, kColon, "forward to");
  auto body = launch(scope, step.hole(0));
  if (!body) return std::nullopt;
  body->target.kind = Target::Kind::end;
  body->target.span = entry.colon->span;
  return std::move(*body);
}

}  // namespace flow::check
