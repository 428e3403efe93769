// Steps of generated flows that start other flows.
#pragma once

#include <functional>
#include <string>
#include <utility>

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
