#include "simulator/provider.h"

#include <algorithm>

#include "runtime/crypto/encoding.h"
#include "runtime/crypto/random.h"

namespace flow::simulator {

std::string random_sid(std::string_view prefix) {
  return std::string(prefix) + crypto::hex(crypto::random_bytes(16));
}

std::string random_uuid() {
  std::string bytes = crypto::random_bytes(16);
  bytes[6] = static_cast<char>((bytes[6] & 0x0F) | 0x40);
  bytes[8] = static_cast<char>((bytes[8] & 0x3F) | 0x80);
  std::string text = crypto::hex(bytes);
  for (const std::size_t at : {8U, 13U, 18U, 23U}) text.insert(at, "-");
  return text;
}

std::string basic_credentials(const http::Request& request) {
  const std::string_view header = request.header("authorization").value_or("");
  if (!header.starts_with("Basic ")) return {};
  return crypto::from_base64(header.substr(6)).value_or("");
}

bool is_e164(std::string_view number) {
  if (!number.starts_with('+')) return false;
  number.remove_prefix(1);
  return number.size() >= 7 && number.size() <= 15 && number.front() != '0' &&
         std::ranges::all_of(number, [](char c) { return c >= '0' && c <= '9'; });
}

bool Provider::knows(std::string_view from) const {
  return is_e164(from);
}

}  // namespace flow::simulator
