// The ways that lead out of the steps of generated flows, and what is known of variables on each of them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "compiler/check/checked.h"

namespace flow::generate {

// A way from one step to a target, and what it says of variables (bits by id): `set` hold a value, `lost` may have lost
// theirs.
struct Edge {
  check::Target* target = nullptr;
  std::uint64_t set = 0;
  std::uint64_t lost = 0;
};

// What a step will be filled with. `gives`, of a set: whether the i-th assignment certainly gives a value; `shows`, of
// a branch: the variable that the i-th arm has shown to be set.
struct Knowledge {
  std::vector<bool> gives;
  std::vector<std::optional<check::VariableId>> shows;
};

// Points into `body`; a step that is nothing but a jump has no target of its own, so one is made for it in `held`.
std::vector<Edge> ways_out(check::StepBody& body, const Knowledge& known,
                           std::vector<std::unique_ptr<check::Target>>& held);

}  // namespace flow::generate
