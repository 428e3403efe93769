// Copies of a flow that do what a test needs.
#pragma once

#include "compiler/check/checked.h"
#include "compiler/test/tests.h"

namespace flow::test {

// A workspace with what `flow` needs of its own (channels, templates, regions), and `flow` alone in it.
check::Workspace one_flow(const check::Workspace& workspace, std::unique_ptr<check::Flow> flow);

// The same as `flow`, except that each `random` step of `choices` always takes the arm that is chosen for it. The steps
// keep their numbers. The choices are of this flow or of a copy of it.
std::unique_ptr<check::Flow> with_choices(const check::Flow& flow, const std::vector<Choice>& choices);

}  // namespace flow::test
