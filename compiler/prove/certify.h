// Proofs for a bundle's certificate: the claims that compiler/certificate checks, found over the flow's IR.
#pragma once

#include <string>

#include "compiler/certificate/checker.h"
#include "compiler/check/checked.h"

namespace flow::prove {

// The proof of each question that the flow's guarantees ask, as a JSON array, in their order
// (docs/formats/certificate.md); those are left out that would take more claims than limits::kProofLabelsMax or more
// work than a checker does. REQUIRES: `lowered` is what `flow` was lowered to. Deterministic.
std::string make_proofs(const check::Flow& flow, const ir::Flow& lowered, const ir::Numbers& numbers,
                        const certificate::ReceiptsWithin& receipts_within);

}  // namespace flow::prove
