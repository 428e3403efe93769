// Steps of generated flows that ask others: what starts flows, and `typing`.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "base/limits.h"
#include "compiler/check/checked.h"
#include "tests/differential/random.h"

namespace flow::generate {

inline void make_call(Random& random, check::Operation& body, const std::function<check::Target()>& target) {
  using Kind = program::OperationOutcome::Kind;
  body.kind = program::OperationKind::flow;
  body.target = "other_flow";
  for (auto& argument : body.arguments) argument.name = "input " + std::to_string(random.below(100));
  while (body.arms.size() > 2) body.arms.pop_back();
  if (random.chance(50)) body.arms.push_back({{Kind::named, 0, "verified"}, target(), {}});
  body.arms.push_back({{Kind::expired, 0, {}}, target(), {}});
}

// Gives the step what asks the outside; or a call of a flow, made of it.
inline void put_operation(Random& random, check::Step& step, check::Operation body, bool calls,
                          const std::function<check::Target()>& target) {
  if (calls) make_call(random, body, target);
  step.component = calls ? "call flow" : "http";
  step.body = std::move(body);
}

// Whom it is shown to is filled in later.
inline check::Operation typing_on(const std::string& channel, const check::Target& target) {
  using Kind = program::OperationOutcome::Kind;
  check::Operation body;
  body.kind = program::OperationKind::typing;
  body.target = channel;
  body.arguments.push_back({"to", {}});
  body.arms = {{{Kind::failed, 0, {}}, target, {}}, {{Kind::ok, 0, {}}, target, {}}};
  body.late = check::TimedArm{limits::kTypingMsMax, target, {}};
  return body;
}

// The target of the launch.
inline check::Target& make_launch(Random& random, check::Step& step, const check::Target& target) {
  check::Launch body;
  body.flow = "other_flow";
  for (std::size_t n = random.below(3); n > 0; --n) body.arguments.push_back({"input " + std::to_string(n), {}});
  body.target = target;
  step.component = "launch flow";
  step.body = std::move(body);
  return std::get<check::Launch>(step.body).target;
}

}  // namespace flow::generate
