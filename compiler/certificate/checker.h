// Whether a bundle's certificate shows that each guarantee of its flows holds (docs/formats/certificate.md).
//
// Shares nothing with the prover that made it. A proof of a question is a claim for each way to rest, numbered as
// walk() meets them: how early a step can be entered, and the most that has been reached by then. A claim is checked
// against every event once, so a certificate may be made by anyone; what it claims wrongly is found.
#pragma once

#include <functional>
#include <map>
#include <string_view>

#include "compiler/certificate/machine.h"
#include "compiler/claims/claims.h"
#include "compiler/ir/starts.h"

namespace flow::certificate {

using claims::Claim, claims::Claims;

// What was shown, by flow (in Module::flows) and ir::question_text().
using Shown = std::map<std::pair<std::uint32_t, std::string>, std::int64_t>;

// Of the module's flow number `flow`, with what was shown of the flows that it starts. invalid_argument: the question
// takes something of them that was not.
Result<Question> question_of(const ir::Module& module, const ir::Starts& starts, std::uint32_t flow,
                             const ir::Guarantee& guarantee, const ReceiptsWithin& receipts_within, const Shown& shown);

// What an arrow makes of a claim, and what the question comes to on it. Nothing: it cannot be taken.
struct Taken {
  Claim claim;
  std::int64_t value = 0;
};
std::optional<Taken> take(const Question& question, const Claim& claim, const Arrow& arrow);

// The most that a question comes to, with all that the flow starts: messages, ms, 10^-6 of a currency; for `reaches` 1
// when an execution may end without it, for `no double charge` 2 when a message may arrive beside its fallback, for
// `last send` -1 when nothing is sent. `claims_of` gives the claims of the ways to rest, one number after the other.
// `work` is counted up for each claim that is looked at.
Result<std::int64_t> walk(const Question& question, Machine& machine, std::size_t& work,
                          const std::function<Claims(const Node&, std::size_t)>& claims_of);

// invalid_argument with the flow and the guarantee that is not shown to hold. Takes hostile bytes; does at most
// kWorkMax work for each flow.
Status verify(const ir::Module& module, std::string_view certificate, const ReceiptsWithin& receipts_within,
              const ir::Numbers& numbers);

}  // namespace flow::certificate
