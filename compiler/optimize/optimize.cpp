#include "compiler/optimize/optimize.h"

#include <algorithm>

#include "base/check.h"
#include "compiler/optimize/context.h"

namespace flow::optimize {
namespace {

using OfFunction = bool (*)(Context&, ir::Function&);
using OfFlow = bool (*)(Context&);

struct Runs {
  OfFunction one = nullptr;
  OfFlow all = nullptr;
};

constexpr Pass kPasses[] = {{"constant_lets"}, {"fold_constants"}, {"join_texts"},
                            {"share_values"},  {"thread_jumps"},   {"remove_dead"},
                            {"merge_equal"},   {"switch_texts"},   {"choose_regions"}};
constexpr Runs kRuns[] = {{nullptr, constant_lets},
                          {fold_constants},
                          {join_texts},
                          {share_values},
                          {thread_jumps, thread_tails},
                          {remove_dead, remove_functions},
                          {merge_equal, merge_functions},
                          {switch_texts},
                          {choose_regions}};
static_assert(std::size(kPasses) == std::size(kRuns));

// The passes that look at one function, until they find nothing more in it.
void run_on(Context& context, ir::Function& function) {
  for (int round = 0; round < kRoundsMax; ++round) {
    bool changed = false;
    for (const Runs& runs : kRuns)
      if (runs.one != nullptr) changed = runs.one(context, function) || changed;
    if (!changed) return;
  }
}

}  // namespace

std::span<const Pass> passes() {
  return kPasses;
}

bool run_pass(std::string_view name, ir::Flow& flow) {
  const auto found = std::ranges::find(kPasses, name, &Pass::name);
  FLOW_CHECK(found != std::end(kPasses), "pass {}", name);
  Context context(flow);
  const Runs& runs = kRuns[found - std::begin(kPasses)];
  bool changed = runs.all != nullptr && runs.all(context);
  for (ir::Function& function : flow.functions)
    if (runs.one != nullptr) changed = runs.one(context, function) || changed;
  return changed;
}

ir::Flow optimize(const ir::Flow& flow) {
  ir::Flow made = flow;
  Context context(made);
  for (int round = 0; round < kRoundsMax; ++round) {
    bool changed = constant_lets(context);
    for (std::size_t i = 0; i < made.functions.size(); ++i) {
      if (!context.touched[i]) continue;
      run_on(context, made.functions[i]);
      context.touched[i] = false;
    }
    for (OfFlow run : {thread_tails, remove_functions, merge_functions}) changed = run(context) || changed;
    if (!changed) break;
  }
  return made;
}

}  // namespace flow::optimize
