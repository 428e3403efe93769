// How a provider's report finds its way back to the message it is about: a token that travels in the provider's opaque
// field or in the address it reports to, and that nobody else can make.
//
// 50 characters of base64url: version (1 byte, 1) · execution (16) · message (4) · attempt (2) · time of making in
// minutes since the epoch (4, big-endian all) · HMAC-SHA256 of these bytes and the channel's name, cut to 10 bytes.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/core/execution_id.h"
#include "runtime/crypto/mac.h"
#include "runtime/crypto/seal.h"

namespace flow::channels {

struct Correlation {
  core::ExecutionId execution;
  std::uint32_t message = 0;
  std::uint32_t attempt = 0;  // 65535: that, or more

  friend bool operator==(const Correlation&, const Correlation&) = default;
};

// A provider that reports later than this reports to nobody.
inline constexpr std::int64_t kCorrelationAgeMsMax = 40LL * 24 * 3600 * 1000;

using Token = std::array<char, 50>;

// Immutable; any thread.
class Correlator {
 public:
  // The first key makes tokens, each is accepted: sealing keys, from which keys of its own are derived. REQUIRES: one
  // at least.
  explicit Correlator(const std::vector<crypto::SealingKey>& keys);

  // `real_now_ms`: wall-clock time.
  Token token(std::string_view channel, const Correlation& correlation, std::int64_t real_now_ms) const;
  std::string make(std::string_view channel, const Correlation& correlation, std::int64_t real_now_ms) const;

  // Nothing unless the token was made for this channel, with one of the keys, and at most kCorrelationAgeMsMax ago.
  std::optional<Correlation> read(std::string_view channel, std::string_view token, std::int64_t real_now_ms) const;

 private:
  std::vector<crypto::HmacSha256> keys_;
};

}  // namespace flow::channels
