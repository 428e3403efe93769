#include "compiler/optimize/optimize.h"

#include <algorithm>

#include "base/check.h"
#include "compiler/optimize/context.h"

namespace flow::optimize {
namespace {

constexpr Pass kPasses[] = {{"constant_lets"}, {"fold_constants"}, {"join_texts"},
                            {"share_values"},  {"thread_jumps"},   {"remove_dead"},
                            {"merge_equal"},   {"switch_texts"},   {"choose_regions"}};
constexpr Run kRuns[] = {constant_lets, fold_constants, join_texts,   share_values,  thread_jumps,
                         remove_dead,   merge_equal,    switch_texts, choose_regions};
static_assert(std::size(kPasses) == std::size(kRuns));

}  // namespace

std::span<const Pass> passes() {
  return kPasses;
}

bool run_pass(std::string_view name, ir::Flow& flow) {
  const auto found = std::ranges::find(kPasses, name, &Pass::name);
  FLOW_CHECK(found != std::end(kPasses), "pass {}", name);
  Context context(flow);
  return kRuns[found - std::begin(kPasses)](context);
}

ir::Flow optimize(const ir::Flow& flow) {
  ir::Flow made = flow;
  Context context(made);
  for (int round = 0; round < kRoundsMax; ++round) {
    bool changed = false;
    for (Run run : kRuns) changed = run(context) || changed;
    if (!changed) break;
  }
  return made;
}

}  // namespace flow::optimize
