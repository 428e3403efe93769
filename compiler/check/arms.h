// What the blocks of arms have in common: `else` last and there, no rest. Internal to compiler/check.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "compiler/check/stages.h"

namespace flow::check {

struct ArmEntries {
  std::vector<const syntax::Entry*> arms;  // those before `else`
  std::optional<Target> otherwise;         // the `else` arm's
};

// Sorts the arms of a step whose block must have an `else` (recognize, branch); reports a block or `else` that is
// missing, arms after it, parts that arms have not. Nothing when paths cannot be known for it.
std::optional<ArmEntries> collect_arms(FlowScope& scope, const syntax::Entry& step, std::string_view what,
                                       std::string_view otherwise_hint);

// The regions that an arm names, without those of `seen`, which are reported; false when the arm cannot be read.
bool check_region_arm(FlowScope& scope, const syntax::Entry& entry, std::map<std::string, Span>& seen,
                      std::vector<std::string>& regions);

}  // namespace flow::check
