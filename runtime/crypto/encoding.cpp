#include "runtime/crypto/encoding.h"

#include <array>
#include <cstdint>

#include "base/check.h"

namespace flow::crypto {
namespace {

constexpr std::string_view kStandard = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrl = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kHexDigits = "0123456789abcdef";

constexpr std::array<std::int8_t, 256> reverse(std::string_view alphabet) {
  std::array<std::int8_t, 256> table{};
  table.fill(-1);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
  }
  return table;
}

constexpr auto kStandardReverse = reverse(kStandard);
constexpr auto kUrlReverse = reverse(kUrl);

constexpr std::size_t encoded_size(std::size_t bytes) {
  return (bytes + 2) / 3 * 4;
}

std::size_t encode64(std::string_view bytes, std::string_view alphabet, bool pad, char* out) {
  const char* const begin = out;
  const auto at = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i])); };
  std::size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3) {
    const std::uint32_t window = at(i) << 16 | at(i + 1) << 8 | at(i + 2);
    *out++ = alphabet[window >> 18];
    *out++ = alphabet[window >> 12 & 63];
    *out++ = alphabet[window >> 6 & 63];
    *out++ = alphabet[window & 63];
  }
  if (i == bytes.size()) return static_cast<std::size_t>(out - begin);
  const bool two = i + 2 == bytes.size();
  const std::uint32_t window = at(i) << 16 | (two ? at(i + 1) << 8 : 0);
  *out++ = alphabet[window >> 18];
  *out++ = alphabet[window >> 12 & 63];
  if (two) *out++ = alphabet[window >> 6 & 63];
  if (pad && !two) *out++ = '=';
  if (pad) *out++ = '=';
  return static_cast<std::size_t>(out - begin);
}

std::string encode64(std::string_view bytes, std::string_view alphabet, bool pad) {
  std::string out(encoded_size(bytes.size()), '\0');
  out.resize(encode64(bytes, alphabet, pad, out.data()));
  return out;
}

// `text` without padding. Unused low bits must be zero, so that each value has exactly one text.
std::optional<std::size_t> decode64(std::string_view text, const std::array<std::int8_t, 256>& table, char* out) {
  if (text.size() % 4 == 1) return std::nullopt;
  const char* const begin = out;
  std::uint32_t window = 0;
  int bits = 0;
  for (char c : text) {
    const int value = table[static_cast<unsigned char>(c)];
    if (value < 0) return std::nullopt;
    window = window << 6 | static_cast<std::uint32_t>(value);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      *out++ = static_cast<char>(window >> bits & 0xFF);
    }
  }
  if ((window & ((1U << bits) - 1)) != 0) return std::nullopt;
  return static_cast<std::size_t>(out - begin);
}

std::optional<std::string> decode64(std::string_view text, const std::array<std::int8_t, 256>& table) {
  std::string out(text.size() / 4 * 3 + 3, '\0');
  const auto size = decode64(text, table, out.data());
  if (!size) return std::nullopt;
  out.resize(*size);
  return out;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::size_t write_hex(std::string_view bytes, std::span<char> out) {
  FLOW_CHECK(out.size() >= bytes.size() * 2);
  char* to = out.data();
  for (char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    *to++ = kHexDigits[byte >> 4];
    *to++ = kHexDigits[byte & 15];
  }
  return bytes.size() * 2;
}

std::string hex(std::string_view bytes) {
  std::string out(bytes.size() * 2, '\0');
  write_hex(bytes, out);
  return out;
}

std::size_t write_base64(std::string_view bytes, std::span<char> out) {
  FLOW_CHECK(out.size() >= encoded_size(bytes.size()));
  return encode64(bytes, kStandard, true, out.data());
}

std::size_t write_base64url(std::string_view bytes, std::span<char> out) {
  FLOW_CHECK(out.size() >= encoded_size(bytes.size()));
  return encode64(bytes, kUrl, false, out.data());
}

std::optional<std::size_t> read_base64url(std::string_view text, std::span<char> out) {
  FLOW_CHECK(out.size() >= (text.size() + 3) / 4 * 3);
  return decode64(text, kUrlReverse, out.data());
}

std::optional<std::string> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_value(text[i]);
    const int low = hex_value(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high << 4 | low);
  }
  return out;
}

std::string base64(std::string_view bytes) {
  return encode64(bytes, kStandard, true);
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  if (text.ends_with('=')) text.remove_suffix(1);
  if (text.ends_with('=')) text.remove_suffix(1);
  return decode64(text, kStandardReverse);
}

std::string base64url(std::string_view bytes) {
  return encode64(bytes, kUrl, false);
}
std::optional<std::string> from_base64url(std::string_view text) {
  return decode64(text, kUrlReverse);
}

}  // namespace flow::crypto
