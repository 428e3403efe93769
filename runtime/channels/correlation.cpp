#include "runtime/channels/correlation.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "runtime/crypto/digest.h"
#include "runtime/crypto/encoding.h"

namespace flow::channels {
namespace {

constexpr char kVersion = 1;
constexpr std::size_t kPlainBytes = 1 + 16 + 4 + 2 + 4;
constexpr std::size_t kMacBytes = 10;
constexpr std::int64_t kMinuteMs = 60'000;

void write(char* to, std::uint64_t value, int bytes) {
  for (int i = bytes - 1; i >= 0; --i) *to++ = static_cast<char>(value >> (8 * i) & 0xFF);
}

std::uint64_t number(std::string_view bytes) {
  std::uint64_t value = 0;
  for (char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

}  // namespace

Correlator::Correlator(const std::vector<crypto::SealingKey>& keys) {
  FLOW_CHECK(!keys.empty(), "correlation needs a key");
  for (const auto& key : keys) keys_.emplace_back(crypto::hmac_sha256(key.bytes, "flow correlation 1"));
}

Token Correlator::token(std::string_view channel, const Correlation& correlation, std::int64_t real_now_ms) const {
  std::array<char, kPlainBytes + kMacBytes> bytes{kVersion};
  std::ranges::copy(correlation.execution.bytes, bytes.begin() + 1);
  write(&bytes[17], correlation.message, 4);
  write(&bytes[21], std::min<std::uint32_t>(correlation.attempt, 0xFFFF), 2);
  write(&bytes[23], static_cast<std::uint64_t>(real_now_ms / kMinuteMs), 4);
  const auto mac = crypto::code_of(keys_.front(), std::string_view(bytes.data(), kPlainBytes), channel);
  std::copy_n(mac.begin(), kMacBytes, bytes.begin() + kPlainBytes);
  std::array<char, 52> text;
  Token token;
  FLOW_CHECK(crypto::write_base64url(crypto::view(bytes), text) == token.size());
  std::copy_n(text.begin(), token.size(), token.begin());
  return token;
}

std::string Correlator::make(std::string_view channel, const Correlation& correlation, std::int64_t real_now_ms) const {
  return std::string(crypto::view(token(channel, correlation, real_now_ms)));
}

std::optional<Correlation> Correlator::read(std::string_view channel, std::string_view token,
                                            std::int64_t real_now_ms) const {
  if (token.size() != Token().size()) return std::nullopt;
  std::array<char, 39> bytes;
  const auto size = crypto::read_base64url(token, bytes);
  if (size != kPlainBytes + kMacBytes || bytes.front() != kVersion) return std::nullopt;
  const std::string_view plain(bytes.data(), kPlainBytes);
  const std::string_view claimed(bytes.data() + kPlainBytes, kMacBytes);
  const auto made_with = [&](const crypto::HmacSha256& key) {
    return crypto::equal_constant_time(claimed,
                                       crypto::view(crypto::code_of(key, plain, channel)).substr(0, kMacBytes));
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
