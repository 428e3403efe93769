#include "runtime/config/network.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace flow::config {

bool Network::contains(std::span<const std::uint8_t> address) const {
  if (address.size() != size) return false;
  const std::size_t whole = prefix / 8;
  if (std::memcmp(address.data(), bytes.data(), whole) != 0) return false;
  const unsigned left = prefix % 8;
  if (left == 0) return true;
  const unsigned shift = 8 - left;
  return address[whole] >> shift == bytes[whole] >> shift;
}

std::optional<Network> parse_network(const std::string& text) {
  const std::size_t slash = std::min(text.find('/'), text.size());
  const std::string address = text.substr(0, slash);
  Network network;
  if (::inet_pton(AF_INET, address.c_str(), network.bytes.data()) == 1)
    network.size = 4;
  else if (::inet_pton(AF_INET6, address.c_str(), network.bytes.data()) == 1)
    network.size = 16;
  else
    return std::nullopt;
  network.prefix = static_cast<unsigned>(network.size * 8);
  if (slash < text.size()) {
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + slash + 1, end, network.prefix);
    if (error != std::errc{} || stop != end || network.prefix > network.size * 8) return std::nullopt;
  }
  for (unsigned bit = network.prefix; bit < network.size * 8; ++bit)
    if ((network.bytes[bit / 8] >> (7 - bit % 8) & 1) != 0) return std::nullopt;
  return network;
}

}  // namespace flow::config
