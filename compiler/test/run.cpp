#include "compiler/test/run.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "compiler/check/values.h"
#include "compiler/test/handlers.h"
#include "runtime/program/http_call.h"
#include "runtime/program/text.h"

namespace flow::test {
namespace {

using catalogue::TestFact;
using Kind = Seen::Kind;

// ---- Conditions --------------------------------------------------------------------------------------------------

// A line each: `button: More`.
std::string parts_of(const program::FlowInfo& info, const program::Effect& send) {
  std::string text;
  for (std::size_t i = 0; i < send.parts.size(); ++i) {
    const auto& content = info.contents.at(static_cast<std::size_t>(send.content));
    text += fmt::format("{}{}: {}", i == 0 ? "" : "\n", program::to_string(content.parts.at(i)), send.parts[i]);
  }
  return text;
}

// A line each: `argument name: Ana`.
std::string arguments_of(const program::FlowInfo& info, const program::Effect& request) {
  const auto& places = info.operations.at(request.site).arguments;
  std::string text;
  for (std::size_t i = 0; i < std::min(places.size(), request.arguments.size()); ++i)
    text += fmt::format("{}{}: {}", i == 0 ? "" : "\n", places[i], request.arguments[i]);
  return text;
}

std::string part_of_call(const program::FlowInfo& info, const program::Effect& request,
                         std::string program::HttpCall::* part) {
  auto call = program::http_call(info.operations.at(request.site), request.arguments);
  return call ? std::move((*call).*part) : std::string();
}

// Of one message, or of the execution.
check::Expr fact(const Stage& stage, const Seen* message, const catalogue::TestFactEntry& entry) {
  check::Expr value = check::constant_text({}, {});
  const auto of_message = [&](std::string text) { value.text = std::move(text); };
  switch (entry.id) {
    case TestFact::message_text:
      of_message(message->text);
      break;
    case TestFact::message_to:
      of_message(message->effect.to);
      break;
    case TestFact::message_template:
      if (message->effect.template_index >= 0)
        of_message(stage.info().templates.at(static_cast<std::size_t>(message->effect.template_index)).name);
      break;
    case TestFact::message_language:
      of_message(message->effect.language);
      break;
    case TestFact::message_kind:
      of_message(std::string(program::to_string(program::kind_of(stage.info(), message->effect))));
      break;
    case TestFact::message_parts:
      of_message(parts_of(stage.info(), message->effect));
      break;
    case TestFact::request_url:
      of_message(part_of_call(stage.info(), message->effect, &program::HttpCall::url));
      break;
    case TestFact::request_body:
      of_message(part_of_call(stage.info(), message->effect, &program::HttpCall::body));
      break;
    case TestFact::request_arguments:
      of_message(arguments_of(stage.info(), message->effect));
      break;
    case TestFact::messages:
    case TestFact::late:
      value.scalar = stage.count_of(entry.id) * limits::kNumberScale;
      break;
    case TestFact::cost:
      value.scalar = stage.cost();
      break;
    case TestFact::none:
      break;
  }
  value.type = {};
  value.type.kind = entry.type;
  if (entry.id == TestFact::cost) value.type.currency = stage.currency();
  return value;
}

// An output as it is now; nothing: it has no value.
std::optional<check::Expr> output_value(const Stage& stage, const check::Expr& expr, check::VariableId variable) {
  const program::FlowField& field = stage.field(check::index(variable));
  if (field.present == 0) return std::nullopt;
  check::Expr value = check::constant_text({}, {});
  value.type = expr.type;
  value.type.optional = false;
  if (program::is_text(expr.type.kind))
    value.text.assign(field.text.data, field.text.size);
  else
    value.scalar = field.scalar;
  return value;
}

std::optional<check::Expr> leaf(const check::Expr& variable, const Stage& stage, const Seen* message) {
  if (const auto output = output_of(variable.variable)) return output_value(stage, variable, *output);
  return fact(stage, message, catalogue::test_facts()[check::index(variable.variable)]);
}

// Bottom up, as the checker folds constants; nothing where a value is absent.
std::optional<check::Expr> with_facts(const check::Expr& expr, const Stage& stage, const Seen* message,
                                      diagnostics::Sink& sink) {
  if (expr.kind == check::ExprKind::variable) return leaf(expr, stage, message);
  const bool first_counts = expr.kind == check::ExprKind::coalesce;
  const bool presence = expr.kind == check::ExprKind::is_set || expr.kind == check::ExprKind::is_blank;
  check::Expr result = expr;
  for (check::Expr& child : result.children) {
    auto value = with_facts(child, stage, message, sink);
    if (first_counts && value) return value;
    if (first_counts) continue;
    if (!value && presence) {
      result = check::constant_text({}, expr.span);
      result.type = expr.type;
      result.scalar = expr.kind == check::ExprKind::is_blank ? 1 : 0;
      return result;
    }
    if (!value) return std::nullopt;
    child = std::move(*value);
  }
  if (first_counts) return std::nullopt;
  check::fold(sink, result);
  return result;
}

bool holds(const Condition& condition, const Stage& stage, const Seen* message) {
  diagnostics::Sink sink;
  const auto value = with_facts(condition.expr, stage, message, sink);
  return value && check::is_constant(*value) && value->scalar != 0 && !sink.has_errors();
}

// ---- Lines -------------------------------------------------------------------------------------------------------

class Runner {
 public:
  explicit Runner(Stage& stage) : stage_(stage) {}

  void event(const Line& line) {
    stage_.run_until(*line.at_ms - 1);
    act_of(line.entry->id)(stage_, line, *line.at_ms);
  }

  void timed(const Line& line) {
    const std::int64_t at = *line.at_ms;
    stage_.run_until(at - 1);
    if (line.entry == nullptr) {
      stage_.run_until(at);
      return conditions(line, nullptr, at);
    }
    // Timers that are due now fire only as far as something is missing: what the test does next at this instant may
    // come before the others.
    do {
      if (take(line, at)) return;
    } while (stage_.fire_one(at));
    miss(line, at);
  }

  void untimed(const Line& line) {
    if (line.entry == nullptr) return conditions(line, nullptr, end_ms());
    if (line.entry->about_all) return never(line);
    if (!take(line, std::nullopt)) miss(line, end_ms());
  }

 private:
  std::int64_t end_ms() { return stage_.seen().empty() ? 0 : stage_.seen().back().at_ms; }

  bool fits(const Seen& seen, const Line& line) const {
    return seen.kind == Kind::effect && judge_of(line.entry->id)(stage_.info(), line, seen.effect);
  }

  bool all_hold(const Seen& seen, const Line& line) const {
    return std::ranges::all_of(line.conditions, [&](const Condition& one) { return holds(one, stage_, &seen); });
  }

  // Marks what the line expects, at `at` or whenever: one that no other line has taken, and that meets its conditions.
  // Where only the conditions fail, says so beside the message.
  bool take(const Line& line, std::optional<std::int64_t> at) {
    auto& seen = stage_.seen();
    std::size_t near = seen.size();
    for (std::size_t i = 0; i < seen.size(); ++i) {
      if (!fits(seen[i], line) || (at && seen[i].at_ms != *at)) continue;
      if (at && seen[i].met) continue;
      if (all_hold(seen[i], line)) {
        seen[i].met = true;
        return true;
      }
      near = i;
    }
    if (near == seen.size()) return false;
    const Seen message = seen[near];
    conditions(line, &message, message.at_ms);
    return true;
  }

  // Those that do not hold are missed.
  void conditions(const Line& line, const Seen* message, std::int64_t at) {
    for (const Condition& condition : line.conditions) {
      if (holds(condition, stage_, message)) continue;
      Seen missed{Kind::missed, at, {}, {}, &line, &condition, seen_values(condition.expr, message), false, false};
      stage_.note(std::move(missed));
    }
  }

  // "text is "Hello", messages is 2"
  std::string seen_values(const check::Expr& expr, const Seen* message) const {
    if (expr.kind == check::ExprKind::variable) {
      const auto value = leaf(expr, stage_, message);
      if (!value) return fmt::format("{} has no value", expr.text);
      if (value->type.secret) return fmt::format("{} is another secret", expr.text);
      if (program::is_text(value->type.kind)) return fmt::format("{} is \"{}\"", expr.text, value->text);
      diagnostics::Sink sink;
      return fmt::format("{} is {}", expr.text, check::as_text(sink, *value).text);
    }
    std::string result;
    for (const check::Expr& child : expr.children) {
      const std::string part = seen_values(child, message);
      if (!part.empty() && result.find(part) == std::string::npos) result += (result.empty() ? "" : ", ") + part;
    }
    return result;
  }

  void never(const Line& line) {
    const auto& seen = stage_.seen();
    const auto found = std::ranges::find_if(seen, [&](const Seen& one) { return fits(one, line); });
    if (found == seen.end()) return;
    const std::string note = fmt::format("seen at {}", program::duration_text(found->at_ms));
    stage_.note({Kind::missed, end_ms(), {}, {}, &line, nullptr, note, false, false});
  }

  void miss(const Line& line, std::int64_t at) {
    stage_.note({Kind::missed, at, {}, {}, &line, nullptr, {}, false, false});
  }

  Stage& stage_;
};

// When a thing that was missed at its time was seen instead: known only after the end.
void explain(const program::FlowInfo& info, std::vector<Seen>& seen) {
  for (Seen& missed : seen) {
    if (missed.kind != Kind::missed || !missed.line->at_ms || missed.condition != nullptr || !missed.note.empty())
      continue;
    const Seen* nearest = nullptr;
    for (const Seen& one : seen) {
      if (one.kind != Kind::effect || one.met) continue;
      if (!judge_of(missed.line->entry->id)(info, *missed.line, one.effect)) continue;
      const auto distance = [&](const Seen& to) { return std::abs(to.at_ms - missed.at_ms); };
      if (nearest == nullptr || distance(one) < distance(*nearest)) nearest = &one;
    }
    missed.note = nearest == nullptr ? "not seen at all" : "seen at " + program::duration_text(nearest->at_ms);
  }
}

}  // namespace

Outcome run(const Test& test, const check::Workspace& workspace, const program::Program& program) {
  Outcome result;
  std::vector<std::pair<std::string, std::string>> texts;
  for (const Given& given : test.givens)
    texts.emplace_back(test.flow->variables.at(check::index(given.variable)).name, given.text);
  for (const check::Variable& variable : test.flow->variables) {
    const std::string_view usual = usual_value(*test.flow, variable.name);
    if (!usual.empty() &&
        std::ranges::find(texts, variable.name, &std::pair<std::string, std::string>::first) == texts.end())
      texts.emplace_back(variable.name, usual);
  }
  const auto inputs = core::read_inputs(texts, program.info(), {});
  if (!inputs) {
    result.refused = inputs.error().message;
    return result;
  }
  Stage stage(test, workspace, program);
  stage.start(*inputs);
  Runner runner(stage);
  for (const Line& line : test.lines) {
    if (!line.expectation)
      runner.event(line);
    else if (line.at_ms)
      runner.timed(line);
  }
  stage.run_to_end();
  for (const Line& line : test.lines) {
    if (line.expectation && !line.at_ms) runner.untimed(line);
  }
  explain(stage.info(), stage.seen());
  result.passed = std::ranges::none_of(
      stage.seen(), [](const Seen& one) { return one.kind == Kind::problem || one.kind == Kind::missed; });
  result.seen = std::move(stage.seen());
  result.entered = stage.entered();
  return result;
}

}  // namespace flow::test
