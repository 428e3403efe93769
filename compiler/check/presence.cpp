#include "compiler/check/presence.h"

#include <algorithm>
#include <deque>
#include <set>

#include "base/check.h"
#include "compiler/check/graph.h"
#include "compiler/check/replies.h"

namespace flow::check {
namespace {

void unite(Known& into, const Known& other) {
  for (std::size_t i = 0; i < into.size(); ++i)
    if (other[i]) into[i] = true;
}

void intersect(Known& into, const Known& other) {
  for (std::size_t i = 0; i < into.size(); ++i)
    if (!other[i]) into[i] = false;
}

Known with(const Known& known, const Known& more) {
  Known result = known;
  unite(result, more);
  return result;
}

// Settles Type::optional in `expr`, whose place has `known`, and collects in `absent` the parts that need a value there
// and may have none.
void find_absent(Expr& expr, const Known& known, std::vector<const Expr*>& absent);

void find_absent_needed(Expr& expr, const Known& known, std::vector<const Expr*>& absent) {
  find_absent(expr, known, absent);
  if (expr.type.optional) absent.push_back(&expr);
}

void find_absent(Expr& expr, const Known& known, std::vector<const Expr*>& absent) {
  expr.type.optional = false;
  switch (expr.kind) {
    case ExprKind::constant:
      break;
    case ExprKind::variable:
      expr.type.optional = !known[index(expr.variable)];
      break;
    case ExprKind::logical_and:
    case ExprKind::logical_or: {
      const bool truth = expr.kind == ExprKind::logical_and;
      find_absent_needed(expr.children[0], known, absent);
      find_absent_needed(expr.children[1], with(known, facts(expr.children[0], truth, known.size())), absent);
      break;
    }
    case ExprKind::is_set:
    case ExprKind::is_blank:
      find_absent(expr.children[0], known, absent);
      break;
    case ExprKind::coalesce:
      find_absent(expr.children[0], known, absent);
      find_absent(expr.children[1], known, absent);
      expr.type.optional = expr.children[0].type.optional && expr.children[1].type.optional;
      break;
    case ExprKind::call:
      expr.type.optional = program::info(expr.function).partial();
      for (Expr& child : expr.children) {
        find_absent(child, known, absent);
        expr.type.optional |= child.type.optional;
      }
      break;
    case ExprKind::each:
      find_absent(expr.children[0], known, absent);
      expr.type.optional = expr.children[0].type.optional;
      find_absent_needed(expr.children[1], known, absent);
      break;
    default:
      for (Expr& child : expr.children) find_absent_needed(child, known, absent);
  }
}

void settle_for(Expr& expr, const Known& known) {
  std::vector<const Expr*> ignored;
  find_absent(expr, known, ignored);
}

// Reports what is prepared for an absence that cannot be. REQUIRES: `expr` is settled.
void report_never_absent(Sink& sink, const Expr& expr) {
  // What the checker itself supplies (`null` in JSON, a language where the flow has none): nobody wrote this `??` here.
  if (expr.kind == ExprKind::coalesce && expr.span == expr.children[0].span) {
    if (expr.type.kind != ValueType::language) report_never_absent(sink, expr.children[0]);
    return;
  }
  for (const Expr& child : expr.children) report_never_absent(sink, child);
  const bool coalesce = expr.kind == ExprKind::coalesce;
  if ((!coalesce && expr.kind != ExprKind::is_set) || expr.children[0].type.optional) return;
  // Constants are check_written_values's business.
  if (expr.children[0].kind == ExprKind::constant) return;
  auto report = sink.report(Code::never_absent, expr.children[0].span, "this value is never absent here");
  if (coalesce)
    report.also(expr.children[1].span, "so this one is never taken").hint("leave `?? …` out, or swap the two");
  else
    report.hint("leave the test out: it always holds");
}

// The first variable in `expr` that makes it absent.
const Expr* absent_variable(const Expr& expr) {
  if (expr.kind == ExprKind::variable) return expr.type.optional ? &expr : nullptr;
  for (const Expr& child : expr.children)
    if (const Expr* found = absent_variable(child)) return found;
  return nullptr;
}

class Paths {
 public:
  explicit Paths(FlowScope& scope) : scope_(scope), flow_(scope.flow) {}

  void run() {
    propagate();
    for (std::size_t i = 0; i < flow_.steps.size(); ++i)
      if (reached_[i]) report_step(flow_.steps[i], at_entry_[i]);
    report_outputs();
    // Where nothing comes nothing is absent, and nothing more is said of it.
    quiet_ = true;
    for (std::size_t i = 0; i < flow_.steps.size(); ++i)
      if (!reached_[i]) report_step(flow_.steps[i], Known(flow_.variables.size(), true));
  }

  Known initial() const {
    Known known(flow_.variables.size(), false);
    for (std::size_t i = 0; i < flow_.variables.size(); ++i) {
      const Variable& variable = flow_.variables[i];
      known[i] = variable.role != program::FieldRole::variable && !variable.type.optional;
    }
    return known;
  }

 private:
  struct Way {
    Exit exit;
    Known known;
  };

  // What is known at the end of each way out of a step, and the step's expressions settled for `known`.
  std::vector<Way> ways(Step& step, const Known& known) {
    std::vector<Way> result;
    const auto add = [&](const Target& target, std::string label, const Known& state) {
      for (Exit& exit : exits_of_target(flow_, target, std::move(label))) result.push_back({std::move(exit), state});
    };
    if (auto* branch = std::get_if<Branch>(&step.body)) {
      Known state = known;
      if (branch->first) {
        settle_for(branch->first->value, state);
        state[index(branch->first->variable)] = !branch->first->value.type.optional;
      }
      for (std::size_t i = 0; i < branch->arms.size(); ++i) {
        Branch::Arm& arm = branch->arms[i];
        settle_for(arm.condition, state);
        add(arm.target, arm.name.empty() ? source_text(arm.condition) : arm.name,
            with(state, facts(arm.condition, true, state.size())));
        unite(state, facts(arm.condition, false, state.size()));
      }
      add(branch->otherwise, "else", state);
    } else if (auto* recognize = std::get_if<RecognizeRegion>(&step.body)) {
      settle_for(recognize->number, known);
      Known named = known, rest = known;
      if (recognize->into) {
        named[index(*recognize->into)] = true;
        rest[index(*recognize->into)] = false;
      }
      for (const auto& arm : recognize->arms) add(arm.target, quoted_codes(arm.regions), named);
      add(recognize->otherwise, "else", rest);
    } else if (auto* operation = std::get_if<Operation>(&step.body)) {
      for (auto& argument : operation->arguments) settle_for(argument.value, known);
      Known read = known;
      for (const Operation::Read& each : operation->reads) read[index(each.variable)] = !each.optional;
      for (const Operation::Arm& arm : operation->arms)
        add(arm.target, arm_text(*operation, arm), program::takes_values(arm.outcome) ? read : known);
      if (operation->late)
        add(operation->late->target, fmt::format("late after {}", duration_words(operation->late->after_ms)), known);
    } else if (const auto* reply = std::get_if<AwaitReply>(&step.body)) {
      for (const AwaitReply::Arm& arm : reply->arms) add(arm.target, arm_text(arm), after_reply(*reply, &arm, known));
      add(reply->otherwise, reply->arms.empty() ? "replied" : "else", after_reply(*reply, nullptr, known));
      add(reply->silent.target, fmt::format("silent after {}", duration_words(reply->silent.after_ms)), known);
    } else {
      Known state = known;
      if (auto* code = std::get_if<RecognizeCallingCode>(&step.body)) {
        settle_for(code->number, known);
        if (code->into) state[index(*code->into)] = true;
      } else if (auto* random = std::get_if<Random>(&step.body); random != nullptr && !random->draws) {
        settle_for(random->key, known);
      } else if (auto* wait = std::get_if<Wait>(&step.body); wait != nullptr && wait->until) {
        settle_for(*wait->until, known);
      } else if (auto* launch = std::get_if<Launch>(&step.body)) {
        for (auto& argument : launch->arguments) settle_for(argument.value, known);
      } else if (auto* foreign = std::get_if<Extern>(&step.body)) {
        for (auto& setting : foreign->settings) settle_for(setting.value, known);
        if (foreign->into) state[index(*foreign->into)] = true;
      } else if (auto* set = std::get_if<Set>(&step.body)) {
        for (Set::Assignment& assignment : set->assignments) {
          settle_for(assignment.value, state);
          state[index(assignment.variable)] = !assignment.value.type.optional;
        }
      }
      for (Exit& exit : exits(flow_, step)) result.push_back({std::move(exit), state});
    }
    return result;
  }

  // What a reply that this arm takes has for certain; null: any reply.
  static Known after_reply(const AwaitReply& reply, const AwaitReply::Arm* arm, const Known& known) {
    const auto every_kind = [&](bool (*has)(program::ReplyKind)) {
      return arm != nullptr && std::ranges::all_of(arm->matches, [&](const AwaitReply::Match& match) {
               return match.kind == AwaitReply::Match::Kind::kind && has(match.reply);
             });
    };
    Known state = known;
    for (const AwaitReply::Take& take : reply.takes) {
      bool has = false;
      switch (take.value) {
        case program::ReplyValue::text:
        case program::ReplyValue::kind:
        case program::ReplyValue::at:
          has = true;
          break;
        case program::ReplyValue::choice:
          has = every_kind([](program::ReplyKind kind) { return program::has_choice(kind); });
          break;
        case program::ReplyValue::url:
          has = every_kind([](program::ReplyKind kind) { return program::has_url(kind); });
          break;
        case program::ReplyValue::latitude:
        case program::ReplyValue::longitude:
          has = every_kind([](program::ReplyKind kind) { return program::has_place(kind); });
          break;
      }
      state[index(take.variable)] = has;
    }
    return state;
  }

  static std::string quoted_codes(const std::vector<std::string>& codes) {
    std::string text;
    for (const std::string& code : codes) text += (text.empty() ? "" : ", ") + code;
    return text;
  }

  // On one line, however it was written.
  std::string source_text(const Expr& expr) const {
    std::string text;
    for (const char c : scope_.shared.sources.text(expr.span)) {
      const bool space = c == ' ' || c == '\n' || c == '\t' || c == '\r';
      if (!space) text += c;
      if (space && !text.empty() && text.back() != ' ') text += ' ';
    }
    return text;
  }

  void enter(StepId step, const Known& known, std::deque<std::size_t>& open) {
    const std::size_t i = index(step);
    Known next = known;
    if (reached_[i]) intersect(next, at_entry_[i]);
    if (reached_[i] && next == at_entry_[i]) return;
    reached_[i] = true;
    at_entry_[i] = std::move(next);
    open.push_back(i);
  }

  // The smallest knowledge at each step that all ways into it agree on.
  void propagate() {
    reached_.assign(flow_.steps.size(), false);
    at_entry_.assign(flow_.steps.size(), {});
    std::deque<std::size_t> open;
    for (const StepId step : entries(flow_)) enter(step, initial(), open);
    while (!open.empty()) {
      const std::size_t i = open.front();
      open.pop_front();
      for (const Way& way : ways(flow_.steps[i], at_entry_[i]))
        if (way.exit.to) enter(*way.exit.to, way.known, open);
    }
  }

  void report_step(Step& step, const Known& known) {
    ways(step, known);  // settles the expressions for what is known in the end
    const auto need = [&](Expr& expr, const Known& state) {
      std::vector<const Expr*> absent;
      find_absent_needed(expr, state, absent);
      if (quiet_) return;
      for (const Expr* part : absent) report(step, *part);
      report_never_absent(scope_.sink(), expr);
    };
    if (auto* branch = std::get_if<Branch>(&step.body)) {
      Known state = known;
      if (branch->first) {
        for (Expr& operand : branch->first->value.children) need(operand, known);
        state[index(branch->first->variable)] = !branch->first->value.type.optional;
      }
      for (Branch::Arm& arm : branch->arms) {
        need(arm.condition, state);
        unite(state, facts(arm.condition, false, state.size()));
      }
    } else if (auto* recognize = std::get_if<RecognizeRegion>(&step.body)) {
      need(recognize->number, known);
    } else if (auto* code = std::get_if<RecognizeCallingCode>(&step.body)) {
      need(code->number, known);
    } else if (auto* random = std::get_if<Random>(&step.body); random != nullptr && !random->draws) {
      need(random->key, known);
    } else if (auto* wait = std::get_if<Wait>(&step.body); wait != nullptr && wait->until) {
      need(*wait->until, known);
    } else if (auto* foreign = std::get_if<Extern>(&step.body)) {
      for (auto& setting : foreign->settings) need(setting.value, known);
    } else if (auto* set = std::get_if<Set>(&step.body)) {
      Known state = known;
      for (Set::Assignment& assignment : set->assignments) {
        std::vector<const Expr*> absent;
        find_absent(assignment.value, state, absent);
        for (const Expr* part : absent)
          if (!quiet_) report(step, *part);
        if (!quiet_) report_never_absent(scope_.sink(), assignment.value);
        state[index(assignment.variable)] = !assignment.value.type.optional;
      }
    } else if (auto* operation = std::get_if<Operation>(&step.body)) {
      for (auto& argument : operation->arguments) need(argument.value, known);
    } else if (auto* launch = std::get_if<Launch>(&step.body)) {
      for (auto& argument : launch->arguments) need(argument.value, known);
    } else if (auto* send = std::get_if<Send>(&step.body)) {
      need(send->to, known);
      if (send->body) need(*send->body, known);
      for (Expr& parameter : send->parameters) need(parameter, known);
      for (MessagePart& part : send->parts) need(part.value, known);
    }
  }

  // Whoever called the flow reads its outputs after every end but a failed one.
  void report_outputs() {
    std::set<std::pair<std::uint32_t, VariableId>> reported;
    const auto need = [&](const Exit& exit, const Known& known, const Step* step) {
      if (exit.to || exit.target == nullptr || exit.target->kind == Target::Kind::end_failed) return;
      for (const Output& output : flow_.outputs) {
        const VariableId id = output.variable;
        if (output.optional || known[index(id)] || scope_.notes[index(id)].bad) continue;
        if (!reported.emplace(exit.span.begin, id).second) continue;
        auto builder = scope_.sink().report(Code::maybe_absent, exit.span, "the output `{}` may have no value here",
                                            flow_.variables[index(id)].name);
        builder.label("whoever called the flow reads it").also(flow_.variables[index(id)].span, "declared here");
        if (step != nullptr && reported.size() <= kPathsShownMax) builder.path(path_without(*step, id));
        builder.hint("set it before, end with `end failed`, or make its type optional: `?`");
      }
    };
    for (std::size_t i = 0; i < flow_.steps.size() && !flow_.outputs.empty(); ++i) {
      if (!reached_[i]) continue;
      // Copied: the search for a path settles the step's expressions anew.
      const std::vector<Way> all = ways(flow_.steps[i], at_entry_[i]);
      for (const Way& way : all) need(way.exit, way.known, &flow_.steps[i]);
    }
    for (const Handler& handler : flow_.handlers)
      for (const Exit& exit : exits_of_target(flow_, handler.target)) need(exit, initial(), nullptr);
  }

  void report(const Step& step, const Expr& absent) {
    const Expr* named = absent_variable(absent);
    if (named == nullptr) return report_call(absent);
    const Variable& variable = flow_.variables[index(named->variable)];
    const bool header = variable.role != program::FieldRole::variable;
    if (!reported_.emplace(&step, named->variable).second) return;  // once in a step
    auto builder = scope_.sink().report(Code::maybe_absent, named->span, "`{}` may have no value here", variable.name);
    builder.label("a value is needed");
    if (header)
      builder.also(variable.span, "it may be left out");
    else
      builder.also(variable.span, "it gets its value here");
    if (!header && reported_.size() <= kPathsShownMax) builder.path(path_without(step, named->variable));
    builder.hint(fmt::format("test it before (`{} is set`), or supply one: `{} ?? …`", variable.name, variable.name));
  }

  // A function that gives no value for some operands.
  void report_call(const Expr& absent) {
    const std::string written = source_text(absent);
    scope_.sink()
        .report(Code::maybe_absent, absent.span, "`{}` may have no value", written)
        .label("a value is needed")
        .hint(fmt::format("supply one: `{} ?? …`", written));
  }

  // A shortest way from the start, or from a handler, to `goal` on which `variable` has no value in the end; one line
  // an arrow. A step counts twice: with the variable and without.
  std::vector<std::string> path_without(const Step& goal, VariableId variable) {
    struct Visit {
      std::size_t from;
      std::string line;
    };
    constexpr std::size_t kNone = SIZE_MAX;
    const std::size_t end = static_cast<std::size_t>(&goal - flow_.steps.data()) * 2;
    std::vector<std::optional<Visit>> seen(flow_.steps.size() * 2);
    std::deque<std::size_t> open;
    const auto visit = [&](StepId to, bool has, std::size_t from, std::string line) {
      const std::size_t node = index(to) * 2 + (has ? 1 : 0);
      if (seen[node]) return;
      seen[node] = Visit{from, std::move(line)};
      open.push_back(node);
    };
    const auto name = [&](StepId id) -> const std::string& { return step_of(flow_, id).name; };
    visit(flow_.start, false, kNone, fmt::format("start => {}", name(flow_.start)));
    for (const Handler& handler : flow_.handlers) {
      for (const Exit& exit : exits_of_target(flow_, handler.target))
        if (exit.to) visit(*exit.to, false, kNone, fmt::format("{} => {}", handler_text(handler), name(*exit.to)));
    }
    while (!open.empty() && !seen[end]) {
      const std::size_t node = open.front();
      open.pop_front();
      Step& step = flow_.steps[node / 2];
      // What is known besides the variable is the least there ever is.
      Known known = at_entry_[node / 2];
      known[index(variable)] = node % 2 == 1;
      for (const Way& way : ways(step, known)) {
        if (!way.exit.to) continue;
        const std::string arm = way.exit.arm.empty() ? "" : ": " + way.exit.arm;
        visit(*way.exit.to, way.known[index(variable)], node,
              fmt::format("{}{} => {}", step.name, arm, name(*way.exit.to)));
      }
    }
    std::vector<std::string> lines;
    for (std::size_t i = end; i != kNone && seen[i]; i = seen[i]->from) lines.push_back(seen[i]->line);
    std::ranges::reverse(lines);
    // Settle again what the search has touched.
    for (std::size_t i = 0; i < flow_.steps.size(); ++i)
      if (reached_[i]) ways(flow_.steps[i], at_entry_[i]);
    return lines;
  }

  FlowScope& scope_;
  Flow& flow_;
  bool quiet_ = false;  // expressions are settled, and nothing is reported
  std::vector<bool> reached_;
  std::vector<Known> at_entry_;
  static constexpr std::size_t kPathsShownMax = 20;  // searching for more would cost more than they tell
  std::set<std::pair<const Step*, VariableId>> reported_;
};

}  // namespace

Known facts(const Expr& condition, bool truth, std::size_t variables) {
  Known result(variables, false);
  const auto from = [&](std::size_t child, bool wanted) { return facts(condition.children[child], wanted, variables); };
  const auto variable = [&] { return condition.children[0].kind == ExprKind::variable; };
  switch (condition.kind) {
    case ExprKind::is_set:
      if (truth && variable()) result[index(condition.children[0].variable)] = true;
      break;
    case ExprKind::is_blank:
      if (!truth && variable()) result[index(condition.children[0].variable)] = true;
      break;
    case ExprKind::negation:
      return from(0, !truth);
    case ExprKind::logical_and:
    case ExprKind::logical_or: {
      // Both sides hold in one of the two cases; in the other, what either would tell.
      const bool both = (condition.kind == ExprKind::logical_and) == truth;
      result = from(0, truth);
      const Known other = from(1, truth);
      both ? unite(result, other) : intersect(result, other);
      break;
    }
    default:
      break;
  }
  return result;
}

void check_header_presence(FlowScope& scope) {
  Flow& flow = scope.flow;
  const auto report = [&](const Expr& absent) {
    const Expr* named = absent_variable(absent);
    if (named == nullptr) {
      const std::string_view written = scope.shared.sources.text(absent.span);
      scope.sink()
          .report(Code::maybe_absent, absent.span, "`{}` may have no value", written)
          .label("a value is needed")
          .hint(fmt::format("supply one: `{} ?? …`", written));
      return;
    }
    scope.sink()
        .report(Code::maybe_absent, named->span, "`{}` may have no value here",
                flow.variables[index(named->variable)].name)
        .label("a value is needed")
        .also(flow.variables[index(named->variable)].span, "it may be left out")
        .hint(fmt::format("supply one: `{} ?? …`", flow.variables[index(named->variable)].name));
  };
  Known known(flow.variables.size(), false);
  for (std::size_t i = 0; i < flow.variables.size(); ++i)
    known[i] = flow.variables[i].role == program::FieldRole::input && !flow.variables[i].type.optional;
  if (flow.trigger && flow.trigger->when) {
    std::vector<const Expr*> absent;
    find_absent_needed(*flow.trigger->when, known, absent);
    for (const Expr* part : absent) report(*part);
    report_never_absent(scope.sink(), *flow.trigger->when);
  }
  for (auto& [id, value] : flow.lets) {
    Variable& variable = flow.variables[index(id)];
    const bool declared = variable.type.optional;
    std::vector<const Expr*> absent;
    find_absent(value, known, absent);
    for (const Expr* part : absent) report(*part);
    report_never_absent(scope.sink(), value);
    if (absent.empty() && value.type.optional && !declared && scope.notes[index(id)].typed) report(value);
    variable.type.optional = value.type.optional || declared;
    known[index(id)] = !value.type.optional;
  }
  if (flow.language) {
    std::vector<const Expr*> absent;
    find_absent(*flow.language, known, absent);
    for (const Expr* part : absent) report(*part);
    report_never_absent(scope.sink(), *flow.language);
  }
  if (flow.zone) {
    std::vector<const Expr*> absent;
    find_absent_needed(*flow.zone, known, absent);
    for (const Expr* part : absent) report(*part);
  }
}

void check_presence(FlowScope& scope) {
  if (scope.structure_known && !scope.flow.steps.empty()) Paths(scope).run();
}

}  // namespace flow::check
