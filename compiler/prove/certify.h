// Proofs for a bundle's certificate: the claims that compiler/certificate checks, found over the flow's IR.
#pragma once

#include <cstddef>
#include <string>

#include "base/result.h"
#include "compiler/certificate/machine.h"
#include "compiler/check/checked.h"

namespace flow::prove {

// The claims of a guarantee's question, as the certificate holds them. REQUIRES: `lowered` is what `flow` was lowered
// to. `work`: as make_machine() has it, of the flow. resource_exhausted: it would take more than
// limits::kProofLabelsMax claims.
Result<std::string> make_claims(const check::Flow& flow, const ir::Flow& lowered, const ir::Guarantee& question,
                                const certificate::Numbers& numbers, std::size_t& work);

}  // namespace flow::prove
