// With which data an exploration begins.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "compiler/check/checked.h"
#include "compiler/prove/values.h"

namespace flow::prove {

// One for each combination of regions that the flow can tell apart: those it names anywhere, one that stands for the
// others it may send to, one for those it may not, and no region. Everything else from outside is unknown; `let`s are
// evaluated. Phone inputs that would make more than kStartsMax combinations stay unknown.
// With `priced`, regions that have a price of their own are told apart as well.
std::vector<Valuation> abstract_starts(const check::Workspace& workspace, const check::Flow& flow, bool priced);

// Every input known: combinations of the values at which the flow's conditions turn, at most limits::kProofInputsMax of
// them. What a search for witnesses tries.
std::vector<Valuation> concrete_starts(const check::Workspace& workspace, const check::Flow& flow, bool priced);

// `start` with the inputs that it leaves unknown filled with a value that their type takes.
Valuation completed(const check::Flow& flow, Valuation start);

inline constexpr std::size_t kStartsMax = 1024;

}  // namespace flow::prove
