// What a certificate says (docs/formats/certificate.md). Reads hostile bytes, throws nothing.
//
// Nothing rests on what is read being true, or being what was written: compiler/certificate holds each claim against
// the flow's IR, whoever made it.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/result.h"

namespace flow::claims {

inline constexpr std::int64_t kMost = 1'000 * limits::kExpiresMsMax;  // ms, costs: nothing that is looked at is more

// None is above another of the same way to rest, in both respects.
struct Claim {
  // Both from -kMost to kMost, whatever is read.
  std::int64_t earliest = 0;  // entering the step, in ms since the start
  // Less the credits so far: messages sent; what they cost; for `no double charge` whether one that was given up may
  // still arrive; for other questions the latest such time.
  std::int64_t most = 0;
};
using Claims = std::vector<Claim>;

// That a flow keeps to the answer of one question.
struct Proof {
  bool forgetful = false;
  std::vector<std::int64_t> credits;
  std::vector<Claims> claims;  // by way to rest; limits::kProofLabelsMax at most
};

class Certificate {
 public:
  static Result<Certificate> read(std::string_view json);

  // invalid_argument: there is none, or it cannot be read.
  Result<Proof> proof(std::string_view flow, std::string_view question) const;

 private:
  struct Document;
  std::shared_ptr<const Document> document_;
};

}  // namespace flow::claims
