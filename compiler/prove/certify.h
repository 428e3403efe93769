// Proofs for a bundle's certificate: the claims that compiler/certificate checks, found over the flow's IR.
#pragma once

#include <string>
#include <vector>

#include "compiler/certificate/checker.h"
#include "compiler/check/checked.h"

namespace flow::prove {

// By flow: the proof of each question that its guarantees ask, or those of flows that start it, as a JSON array, in
// their order (docs/formats/certificate.md); those are left out that would take more claims than
// limits::kProofLabelsMax or more work than a checker does, or that rest on such. REQUIRES: `module` is what the
// workspace was lowered to. Deterministic.
std::vector<std::string> make_proofs(const check::Workspace& workspace, const ir::Module& module,
                                     const ir::Numbers& numbers, const certificate::ReceiptsWithin& receipts_within);

}  // namespace flow::prove
