// Whether a bundle's certificate shows that each guarantee of its flows holds (docs/formats/certificate.md).
//
// Shares nothing with the prover that made it. A proof of a question is a claim for each way to rest, numbered as
// walk() meets them: how early a step can be entered, and the most that has been reached by then. A claim is checked
// against every event once, so a certificate may be made by anyone; what it claims wrongly is found.
#pragma once

#include <functional>
#include <string_view>

#include "compiler/certificate/machine.h"

namespace flow::certificate {

// None is above another of the same way to rest, in both respects.
struct Claim {
  std::int64_t earliest = 0;  // entering the step, in ms since the start
  std::int64_t most = 0;      // messages sent; for other questions: the latest such time
  friend bool operator==(const Claim&, const Claim&) = default;
};
using Claims = std::vector<Claim>;

// What an arrow makes of a claim, and when at the latest that is. Nothing: it cannot be taken.
struct Taken {
  Claim claim;
  std::int64_t ms = 0;
};
std::optional<Taken> take(const ir::Flow& flow, const ir::Guarantee& question, const Claim& claim, const Arrow& arrow);

// An arrow that can be taken, with the numbers of the ways to rest; of the start and of the end: SIZE_MAX.
struct Seen {
  std::size_t from = SIZE_MAX;
  std::size_t to = SIZE_MAX;
  const Node& node;
  const Arrow& arrow;
};

// The most that a question comes to: messages, ms; for `reaches` 1 when an execution may end without it. `claims_of`
// gives the claims of the ways to rest, one number after the other; null: there are no more.
Result<std::int64_t> walk(const ir::Flow& flow, const ir::Guarantee& question, Machine& machine,
                          const std::function<const Claims*(const Node&, std::size_t)>& claims_of,
                          const std::function<void(const Seen&)>& see);

// "messages sms", "reaches otp.sms": what a proof is of. Guarantees that differ by their limit alone share one.
std::string question_text(const ir::Flow& flow, const ir::Guarantee& guarantee);

// invalid_argument with the flow and the guarantee that is not shown to hold. Takes hostile bytes; does at most
// kWorkMax work for each guarantee. `declarations`: the bundle's.
Status verify(const ir::Module& module, std::string_view certificate, std::string_view declarations,
              const Numbers& numbers);

}  // namespace flow::certificate
