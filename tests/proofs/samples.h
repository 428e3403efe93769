// Generated flows with guarantees drawn around the true values, proven.
#pragma once

#include <cstdint>

#include "compiler/certificate/machine.h"
#include "compiler/prove/prove.h"
#include "tests/proofs/executions.h"
#include "tests/proofs/replay.h"

namespace flow::prove {

struct Sample {
  check::Workspace workspace;
  check::Flow* flow = nullptr;
  diagnostics::Sink sink;
  Certificate certificate;
};

// Whether it has a step that does.
bool starts_others(const check::Flow& flow);

// Prices that tell regions and channels apart; an SMS of one to three parts.
void put_prices(check::Workspace& workspace, check::Flow& flow);

// The same number gives the same flow. When it starts others, they are in the workspace, and may start a third. Every
// fourth has lists. Its guarantees, in this order: messages; sms messages; last send; every region reaches a step; end;
// and of every third flow cost. `child`: what each flow that it starts does, which then is not there.
Sample draw(std::uint64_t number, const Reach* child = nullptr);

// Some inputs of a flow, as the search for witnesses tries them: `count` at most, or a few more.
std::vector<std::vector<Given>> some_inputs(const check::Workspace& workspace, const check::Flow& flow,
                                            std::size_t count);

// What some executions of the module's flows behind the first came to, each by itself the most; a flow counts with what
// it starts. REQUIRES: module was lowered of the sample's workspace, or changed after that.
Children seen_of_others(const Sample& sample, const ir::Module& module, const Bounds& bounds);

// Whether what an execution did so far is within a guarantee.
bool keeps(const Done& done, const ir::Guarantee& guarantee);

// What a guarantee limits of a whole execution; and whether that breaks it.
std::int64_t amount(const Observed& observed, const check::Guarantee& guarantee);
bool breaks(const Observed& observed, const check::Guarantee& guarantee);

// The phone numbers of these flows' world: number_of() in replay.h.
const ir::Numbers& sample_numbers();

}  // namespace flow::prove
