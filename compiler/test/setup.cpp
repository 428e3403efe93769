// What is settled before a test begins.
#include <algorithm>
#include <cstdlib>

#include "base/instant.h"
#include "calendar/zone.h"
#include "compiler/check/composite.h"
#include "compiler/check/fields.h"
#include "compiler/check/operation.h"
#include "compiler/diagnostics/suggest.h"
#include "compiler/test/scope.h"
#include "runtime/program/text.h"
#include "runtime/program/typed_json.h"

namespace flow::test {
namespace {

using program::FieldRole;
using syntax::ExprKind;

std::vector<std::string> input_names(const check::Flow& flow) {
  std::vector<std::string> result;
  for (const check::Variable& variable : flow.variables) {
    if (variable.role == FieldRole::input) result.push_back(variable.name);
  }
  return result;
}

std::optional<check::VariableId> find_input(TestScope& scope, const syntax::Expr& name) {
  const auto& variables = scope.flow.variables;
  const auto found = std::ranges::find(variables, name.text, &check::Variable::name);
  if (found != variables.end() && found->role == FieldRole::input)
    return check::VariableId{static_cast<std::uint32_t>(found - variables.begin())};
  auto report = scope.sink.report(Code::unknown_input, name.span, "`{}` has no input `{}`", scope.flow.name, name.text);
  if (found != variables.end())
    report.also(found->span, "this is no input: the flow gives it its value");
  else
    report.hint(diagnostics::did_you_mean(name.text, input_names(scope.flow)));
  return std::nullopt;
}

bool is_blank_word(const syntax::Expr& expr) {
  return expr.kind == syntax::ExprKind::name && expr.text == "blank";
}

// What the start of an execution would refuse (runtime/core/inputs.h), as far as it shows in the type.
bool fits(TestScope& scope, const check::Variable& input, const check::Expr& value) {
  const check::Type& type = input.type;
  if (type.kind != program::ValueType::text) return true;
  if (!type.choices.empty() && std::ranges::find(type.choices, value.text) == type.choices.end()) {
    scope.sink.report(Code::type_mismatch, value.span, "this is none of the choices of `{}`", input.name)
        .hint(diagnostics::did_you_mean(value.text, type.choices));
    return false;
  }
  const std::uint64_t length = program::count_characters(value.text);
  if (length >= type.chars_min && (type.chars_max == 0 || length <= type.chars_max)) return true;
  scope.sink
      .report(Code::type_mismatch, value.span, "`{}` takes no text of {} character{}", input.name, length,
              length == 1 ? "" : "s")
      .hint(type.chars_max == 0 ? fmt::format("{} at least", type.chars_min)
                                : fmt::format("from {} to {}", type.chars_min, type.chars_max));
  return false;
}

// The text that stands for a constant wherever one is expected: that of an interpolation.
std::string text_of(Sink& sink, check::Expr constant) {
  check::Expr text;
  text.kind = check::ExprKind::interpolate;
  text.type.kind = program::ValueType::text;
  text.children.push_back(std::move(constant));
  check::fold(sink, text);
  return std::move(text.text);
}

// A list `[…]` or a record `json(…)` as the input has it.
void read_composite(TestScope& scope, check::VariableId id, const syntax::Expr& written) {
  const check::Variable& input = scope.flow.variables[check::index(id)];
  NoNames values(scope);
  std::vector<check::Operation::Argument> json;
  if (!check::json_value_arguments(values, written, json)) return;
  const program::FieldInfo field = check::field_of(input.type, input.name, input.role);
  auto text = json.size() == 1 ? program::canonical_json(json[0].value.text, field) : std::nullopt;
  if (text) {
    scope.test.givens.push_back({id, std::move(*text), written.span});
    return;
  }
  const bool list = input.type.kind == program::ValueType::list;
  scope.sink
      .report(Code::type_mismatch, written.span, "this is no {} that `{}` takes", list ? "list" : "record", input.name)
      .also(input.span, fmt::format("it is {}", check::written_type(input.type)))
      .hint(list ? "`[json(day: \"monday\"), json(day: \"friday\")]`, or `[1, 2]` of plain values"
                 : "`json(day: \"monday\", seats: 2)`");
}

void read_given(TestScope& scope, const syntax::Entry& entry, const syntax::Expr& name) {
  check::refuse_other_parts(scope.sink, entry, check::kValue, "given");
  const auto id = find_input(scope, name);
  if (!id) return;
  const check::Variable& input = scope.flow.variables[check::index(*id)];
  const auto [before, is_new] = scope.given.emplace(name.text, entry.span);
  if (!is_new) {
    scope.sink.report(Code::repeated_setting, name.span, "`{}` is given a second time", name.text)
        .also(before->second, "first here");
    return;
  }
  const syntax::Expr* written = entry.value ? check::single(*entry.value) : nullptr;
  if (written == nullptr) {
    scope.sink.report(Code::missing_part, entry.head.span, "`given {}` has no value", name.text)
        .hint(fmt::format("`given {} = VALUE`", name.text));
    return;
  }
  if (is_blank_word(*written)) {
    if (!input.type.optional)
      scope.sink.report(Code::missing_input, written->span, "`{}` cannot be blank", name.text)
          .also(input.span, "every execution has this input")
          .hint("give it a value");
    return;
  }
  if (program::is_composite(input.type.kind)) return read_composite(scope, *id, *written);
  NoNames values(scope);
  auto value = check::check_constant(values, *written, check::want_of(input.type, fmt::format("`{}`", name.text)));
  if (!value || !fits(scope, input, *value)) return;
  value->span = written->span;
  scope.test.givens.push_back({*id, text_of(scope.sink, std::move(*value)), written->span});
}

// By the clocks of `zone`, or UTC.
std::optional<std::int64_t> instant_in(TestScope& scope, const syntax::Expr& instant, const syntax::Expr* zone) {
  // The language's form, `2026-11-20T10:00`, is RFC 3339 without seconds and offset.
  const auto utc = parse_instant(instant.raw + ":00Z");
  if (instant.kind != ExprKind::datetime || !utc) {
    scope.sink.report(Code::malformed_value, instant.span, "this is no instant")
        .hint("a date and a time: `start at 2026-11-20T10:00`");
    return std::nullopt;
  }
  if (zone == nullptr) return *utc;
  NoNames values(scope);
  const auto name = check::check_constant(values, *zone, {program::ValueType::zone, "`zone`"});
  scope.clocks = name ? calendar::Zone::find(name->text) : nullptr;
  return scope.clocks == nullptr ? std::nullopt : std::optional(scope.clocks->instant_of(*utc));
}

void read_start(TestScope& scope, const syntax::Entry& entry, const syntax::Expr& instant, const syntax::Expr* zone) {
  check::refuse_other_parts(scope.sink, entry, check::kNoPart, "start");
  if (scope.test.start_ms) {
    scope.sink.report(Code::repeated_setting, entry.head.span, "the start stands here a second time");
    return;
  }
  scope.test.start_ms = instant_in(scope, instant, zone);
}

// What `choose STEP = …` calls an arm by: where it goes, and its share.
std::string target_name(const check::Flow& flow, const check::Target& target) {
  switch (target.kind) {
    case check::Target::Kind::step:
      return flow.steps[check::index(target.step)].name;
    case check::Target::Kind::jump:
      return flow.steps[check::index(flow.jumps[check::index(target.jump)].step)].name;
    case check::Target::Kind::end_outcome:
      return flow.outcomes[target.outcome];
    case check::Target::Kind::end:
    case check::Target::Kind::end_failed:
      break;
  }
  return "end";
}

struct ArmName {
  std::string name;
  std::size_t arm = 0;
};

std::vector<ArmName> arm_names(const check::Flow& flow, const check::Random& random) {
  std::vector<ArmName> result;
  for (std::size_t i = 0; i < random.arms.size(); ++i) {
    result.push_back({target_name(flow, random.arms[i].target), i});
    result.push_back({fmt::format("{}%", random.arms[i].share), i});
  }
  return result;
}

// Those that mean one arm only.
std::string usable_names(const std::vector<ArmName>& names) {
  std::vector<std::string> result;
  for (const ArmName& one : names) {
    if (std::ranges::count(names, one.name, &ArmName::name) == 1) result.push_back(one.name);
  }
  return result.empty() ? std::string() : check::quoted(result);
}

const check::Random* find_random(TestScope& scope, const syntax::Expr& name, check::StepId& step) {
  const auto found = scope.steps.find(name.text);
  if (found == scope.steps.end()) {
    scope.sink.report(Code::unknown_step, name.span, "`{}` has no step `{}`", scope.flow.name, name.text)
        .hint(diagnostics::did_you_mean(name.text, check::keys(scope.steps)));
    return nullptr;
  }
  step = found->second;
  const check::Step& body = scope.flow.steps[check::index(step)];
  const auto* random = std::get_if<check::Random>(&body.body);
  if (random == nullptr)
    scope.sink
        .report(Code::unknown_outcome, name.span, "nothing is drawn in `{}`: it is a step `{}`", name.text,
                body.component)
        .also(body.span, "declared here");
  return random;
}

void read_choice(TestScope& scope, const syntax::Entry& entry, const syntax::Expr& name) {
  check::refuse_other_parts(scope.sink, entry, check::kValue, "choose");
  check::StepId step{};
  const check::Random* random = find_random(scope, name, step);
  if (random == nullptr) return;
  const auto before = std::ranges::find(scope.test.choices, step, &Choice::step);
  if (before != scope.test.choices.end()) {
    scope.sink.report(Code::repeated_setting, name.span, "the arm of `{}` is chosen a second time", name.text);
    return;
  }
  const auto names = arm_names(scope.flow, *random);
  const std::string help = fmt::format("an arm is called by its share or by where it goes: {}", usable_names(names));
  const syntax::Expr* written = entry.value ? check::single(*entry.value) : nullptr;
  if (written == nullptr) {
    scope.sink.report(Code::missing_part, entry.head.span, "`choose {}` does not say which arm", name.text).hint(help);
    return;
  }
  const std::string& meant = written->kind == ExprKind::name ? written->text : written->raw;
  const auto fitting = std::ranges::count(names, meant, &ArmName::name);
  if (fitting == 1) {
    scope.test.choices.push_back({step, std::ranges::find(names, meant, &ArmName::name)->arm});
    return;
  }
  auto report = fitting == 0
                    ? scope.sink.report(Code::unknown_outcome, written->span, "`{}` has no such arm", name.text)
                    : scope.sink.report(Code::unknown_outcome, written->span, "{} arms of `{}` are meant by this",
                                        fitting, name.text);
  report.also(scope.flow.steps[check::index(step)].span, "declared here").hint(help);
}

}  // namespace

void read_setup(TestScope& scope, const syntax::Entry& entry, const catalogue::TestEntry& known, const Match& match) {
  switch (known.id) {
    case catalogue::TestLine::given:
      return read_given(scope, entry, *match.holes[0]);
    case catalogue::TestLine::start_at:
      return read_start(scope, entry, *match.holes[0], match.holes.size() > 1 ? match.holes[1] : nullptr);
    case catalogue::TestLine::stub:
      return read_stub(scope, entry, *match.holes[0]);
    case catalogue::TestLine::choose:
      return read_choice(scope, entry, *match.holes[0]);
    default:
      break;
  }
}

std::string_view usual_value(const check::Flow& flow, std::string_view input) {
  if (!flow.trigger) return {};
  if (input == "customerPhoneNumber") return "+639171234567";
  return input == "incomingMessageType" ? "text" : "";
}

void check_inputs(TestScope& scope) {
  std::vector<std::string> missing;
  for (const check::Variable& variable : scope.flow.variables) {
    const bool needed =
        variable.role == FieldRole::input && !variable.type.optional && usual_value(scope.flow, variable.name).empty();
    if (needed && !scope.given.contains(variable.name)) missing.push_back(variable.name);
  }
  if (missing.empty()) return;
  scope.sink
      .report(Code::missing_input, scope.test.span, "this test starts `{}` without {}", scope.flow.name,
              check::quoted(missing))
      .hint(fmt::format("`given {} = VALUE`", missing.front()));
}

}  // namespace flow::test
