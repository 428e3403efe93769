#include "compiler/check/graph.h"

#include <array>
#include <type_traits>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/check.h"
#include "compiler/check/replies.h"
#include "runtime/program/text.h"

namespace flow::check {
namespace {

class ExitCollector {
 public:
  // Without names, `arm` of what it finds stays empty.
  ExitCollector(const Flow& flow, bool named) : flow_(flow), named_(named) {}

  // `name` is the arm's, a text or what makes one.
  template <typename Name>
  void add(const Target& target, const Name& name, std::int64_t after_ms = 0, std::optional<Span> arm_span = {}) {
    std::string arm;
    if constexpr (std::is_invocable_v<Name>) {
      if (named_) arm = name();
    } else {
      if (named_) arm = name;
    }
    push(target, std::move(arm), after_ms, arm_span);
  }

  void operator()(const RecognizeRegion& body) {
    for (const RecognizeRegion::Arm& arm : body.arms)
      add(arm.target, [&] { return fmt::format("{}", fmt::join(arm.regions, ", ")); }, 0, arm.span);
    add(body.otherwise, "else");
  }
  void operator()(const RecognizeCallingCode& body) {
    for (const RecognizeCallingCode::Arm& arm : body.arms)
      add(arm.target, [&] { return codes_text(arm); }, 0, arm.span);
    add(body.otherwise, "else");
  }
  void operator()(const Branch& body) {
    for (std::size_t i = 0; i < body.arms.size(); ++i) {
      const std::string& name = body.arms[i].name;
      add(
          body.arms[i].target, [&] { return name.empty() ? fmt::format("condition {}", i + 1) : name; }, 0,
          body.arms[i].span);
    }
    add(body.otherwise, "else");
  }
  void operator()(const Random& body) {
    for (const Random::Arm& arm : body.arms)
      add(arm.target, [&] { return fmt::format("{}%", arm.share); }, 0, arm.span);
  }
  void operator()(const Set& body) { add(body.target, ""); }
  void operator()(const Wait& body) {
    add(body.target, body.past ? "reached" : "", body.ms);
    if (body.past) add(*body.past, "past");
  }
  void operator()(const AwaitSignal& body) {
    add(body.received, "received");
    timed(body.silent, "silent");
  }
  void operator()(const AwaitReply& body) {
    for (const AwaitReply::Arm& arm : body.arms) add(arm.target, [&] { return arm_text(arm); }, 0, arm.span);
    add(body.otherwise, body.arms.empty() ? "replied" : "else");
    timed(body.silent, "silent");
  }
  void operator()(const JumpStep& body) {
    Target target;
    target.kind = Target::Kind::jump;
    target.jump = body.jump;
    target.span = flow_.jumps.at(index(body.jump)).span;
    add(target, "");
  }
  void operator()(const Send& body) {
    constexpr std::array kMilestones = {"sent", "delivered", "read"};
    add(body.failed, "failed");
    if (body.opted_out) add(*body.opted_out, "opted out");
    timed(body.undelivered, "undelivered");
    timed(body.unread, "unread");
    add(body.reached, kMilestones.at(static_cast<std::size_t>(body.milestone)));
  }
  void operator()(const Extern& body) {
    for (const Extern::Arm& arm : body.arms)
      add(arm.target, [&] { return fmt::format("{}", fmt::join(arm.events, ", ")); }, 0, arm.span);
  }

  void operator()(const Operation& body) {
    using program::OperationKind;
    // Written as one arrow.
    if (body.kind == OperationKind::subscribe || body.kind == OperationKind::unsubscribe ||
        body.kind == OperationKind::typing)
      return add(body.arms.front().target, "");
    for (const Operation::Arm& arm : body.arms) add(arm.target, [&] { return arm_text(body, arm); }, 0, arm.span);
    timed(body.late, "late");
  }

  void operator()(const Launch& body) { add(body.target, ""); }

  std::vector<Exit> take() { return std::move(result_); }

 private:
  void push(const Target& target, std::string arm, std::int64_t after_ms, std::optional<Span> arm_span) {
    const Target* rest = &target;
    // A jump's `else` may be a jump, too; the bound only guards against a tree that refers to itself.
    for (std::size_t i = 0; rest->kind == Target::Kind::jump && i <= flow_.jumps.size(); ++i) {
      const Jump& jump = flow_.jumps.at(index(rest->jump));
      result_.push_back({arm, nullptr, jump.step, rest->jump, rest->span, arm_span.value_or(rest->span), after_ms});
      rest = &jump.otherwise;
    }
    if (rest->kind == Target::Kind::jump) return;
    const bool is_step = rest->kind == Target::Kind::step;
    result_.push_back({std::move(arm), rest, is_step ? std::optional(rest->step) : std::nullopt, std::nullopt,
                       rest->span, arm_span.value_or(rest->span), after_ms});
  }

  void timed(const std::optional<TimedArm>& arm, const char* name) {
    if (arm) timed(*arm, name);
  }
  // An exit points at the target: no copy of the arm may come between.
  void timed(const TimedArm& arm, const char* name) {
    add(
        arm.target, [&] { return fmt::format("{} after {}", name, program::duration_text(arm.after_ms)); },
        arm.after_ms, arm.span);
  }

  const Flow& flow_;
  bool named_;
  std::vector<Exit> result_;
};

std::vector<Exit> collected(const Flow& flow, const Step& step, bool named) {
  ExitCollector collector(flow, named);
  std::visit(collector, step.body);
  return collector.take();
}

}  // namespace

std::vector<Exit> exits(const Flow& flow, const Step& step) {
  return collected(flow, step, true);
}

std::vector<Exit> unnamed_exits(const Flow& flow, const Step& step) {
  return collected(flow, step, false);
}

std::vector<Exit> exits_of_target(const Flow& flow, const Target& target, const std::string& arm) {
  ExitCollector collector(flow, true);
  collector.add(target, arm);
  return collector.take();
}

std::string codes_text(const RecognizeCallingCode::Arm& arm) {
  std::string text;
  for (const auto& code : arm.codes) text += fmt::format("{}{}", text.empty() ? "" : ", ", code.code);
  return text;
}

bool rests(const Step& step) {
  return std::holds_alternative<Send>(step.body) || std::holds_alternative<Wait>(step.body) ||
         std::holds_alternative<AwaitSignal>(step.body) || std::holds_alternative<AwaitReply>(step.body) ||
         std::holds_alternative<Operation>(step.body) || std::holds_alternative<Extern>(step.body);
}

std::string arm_text(const Operation& step, const Operation::Arm& arm) {
  return program::outcome_text(step.kind, arm.outcome);
}

const std::string* started_flow(const Step& step) {
  if (const auto* launch = std::get_if<Launch>(&step.body)) return &launch->flow;
  const auto* operation = std::get_if<Operation>(&step.body);
  const bool calls = operation != nullptr && operation->kind == program::OperationKind::flow;
  return calls ? &operation->target : nullptr;
}

const Step& step_of(const Flow& flow, StepId id) {
  FLOW_CHECK(index(id) < flow.steps.size(), "step {} of {}", index(id), flow.steps.size());
  return flow.steps[index(id)];
}

std::vector<bool> reachable(const Flow& flow, const std::vector<StepId>& from) {
  std::vector<bool> seen(flow.steps.size(), false);
  std::vector<StepId> open = from;
  while (!open.empty()) {
    const StepId id = open.back();
    open.pop_back();
    if (seen.at(index(id))) continue;
    seen[index(id)] = true;
    for (const Exit& exit : unnamed_exits(flow, step_of(flow, id))) {
      if (exit.to) open.push_back(*exit.to);
    }
  }
  return seen;
}

std::vector<StepId> entries(const Flow& flow) {
  std::vector<StepId> result = {flow.start};
  for (const Handler& handler : flow.handlers) {
    for (const Exit& exit : exits_of_target(flow, handler.target)) {
      if (exit.to) result.push_back(*exit.to);
    }
  }
  return result;
}

}  // namespace flow::check
