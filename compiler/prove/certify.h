// Proofs for a bundle's certificate: the claims that compiler/certificate checks, found over the flow's IR.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/result.h"
#include "compiler/certificate/checker.h"
#include "compiler/check/checked.h"

namespace flow::prove {

// The proof of each question that the flow's guarantees ask, as a JSON array, in their order
// (docs/formats/certificate.md). REQUIRES: `lowered` is what `flow` was lowered to. `receipts_within`: by channel.
// resource_exhausted: a proof would take more than limits::kProofLabelsMax claims. Deterministic.
Result<std::string> make_proofs(const check::Flow& flow, const ir::Flow& lowered, const ir::Numbers& numbers,
                                const certificate::ReceiptsWithin& receipts_within);

}  // namespace flow::prove
