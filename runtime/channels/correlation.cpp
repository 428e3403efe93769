#include "runtime/channels/correlation.h"

#include <algorithm>

#include "base/check.h"
#include "runtime/crypto/digest.h"
#include "runtime/crypto/encoding.h"

namespace flow::channels {
namespace {

constexpr char kVersion = 1;
constexpr std::size_t kPlainBytes = 1 + 16 + 4 + 2 + 4;
constexpr std::size_t kMacBytes = 10;
constexpr std::int64_t kMinuteMs = 60'000;

void append(std::string& out, std::uint64_t value, int bytes) {
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(value >> (8 * i) & 0xFF);
}

std::uint64_t number(std::string_view bytes) {
  std::uint64_t value = 0;
  for (char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

std::string mac(std::string_view key, std::string_view plain, std::string_view channel) {
  return crypto::hmac_sha256(key, std::string(plain).append(channel)).substr(0, kMacBytes);
}

}  // namespace

Correlator::Correlator(const std::vector<crypto::SealingKey>& keys) {
  FLOW_CHECK(!keys.empty(), "correlation needs a key");
  for (const auto& key : keys) keys_.push_back(crypto::hmac_sha256(key.bytes, "flow correlation 1"));
}

std::string Correlator::make(std::string_view channel, const Correlation& correlation, std::int64_t real_now_ms) const {
  std::string plain(1, kVersion);
  const auto& id = correlation.execution.bytes;
  plain.append(id.begin(), id.end());
  append(plain, correlation.message, 4);
  append(plain, std::min<std::uint32_t>(correlation.attempt, 0xFFFF), 2);
  append(plain, static_cast<std::uint64_t>(real_now_ms / kMinuteMs), 4);
  return crypto::base64url(plain + mac(keys_.front(), plain, channel));
}

std::optional<Correlation> Correlator::read(std::string_view channel, std::string_view token,
                                            std::int64_t real_now_ms) const {
  if (token.size() > 2 * (kPlainBytes + kMacBytes)) return std::nullopt;
  const auto bytes = crypto::from_base64url(token);
  if (!bytes || bytes->size() != kPlainBytes + kMacBytes || bytes->front() != kVersion) return std::nullopt;
  const std::string_view plain = std::string_view(*bytes).substr(0, kPlainBytes);
  const std::string_view claimed = std::string_view(*bytes).substr(kPlainBytes);
  const auto made_with = [&](const std::string& key) {
    return crypto::equal_constant_time(claimed, mac(key, plain, channel));
  };
  if (std::ranges::none_of(keys_, made_with)) return std::nullopt;

  Correlation correlation;
  std::ranges::copy(plain.substr(1, 16), correlation.execution.bytes.begin());
  correlation.message = static_cast<std::uint32_t>(number(plain.substr(17, 4)));
  correlation.attempt = static_cast<std::uint32_t>(number(plain.substr(21, 2)));
  const auto made_ms = static_cast<std::int64_t>(number(plain.substr(23, 4))) * kMinuteMs;
  if (real_now_ms - made_ms > kCorrelationAgeMsMax) return std::nullopt;
  return correlation;
}

}  // namespace flow::channels
