// A flow beside the limits of its workspace.
#pragma once

#include "compiler/check/checked.h"
#include "compiler/diagnostics/diagnostic.h"

namespace flow::prove {

// Reports (F0821) each limit that one execution of `flow` can go beyond by itself, with an execution that does. What is
// not shown by one is not reported: the runtime holds the limit in any case. `most_messages`: of one execution, a sound
// bound. REQUIRES: as prove().
void report_over_limits(const check::Workspace& workspace, const check::Flow& flow, std::int64_t most_messages,
                        diagnostics::Sink& sink);

}  // namespace flow::prove
