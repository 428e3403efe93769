#include "runtime/operations/networks.h"

#include <algorithm>

#include "base/check.h"

namespace flow::operations {
namespace {

using config::Network;

std::vector<Network> parse_all(std::initializer_list<const char*> texts) {
  std::vector<Network> networks;
  for (const char* text : texts) {
    const auto network = config::parse_network(text);
    FLOW_CHECK(network.has_value(), "{} is no network", text);
    networks.push_back(*network);
  }
  return networks;
}

// IANA's registry of special-purpose addresses: all that is not globally reachable, and what is for several receivers.
const std::vector<Network>& refused_v4() {
  static const std::vector<Network> networks =
      parse_all({"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
                 "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24",
                 "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"});
  return networks;
}

// Of the part of IPv6 that is given out (2000::/3): protocols' own, Teredo among them, documents, 6to4.
const std::vector<Network>& refused_v6() {
  static const std::vector<Network> networks = parse_all({"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"});
  return networks;
}

bool is_in(std::span<const std::uint8_t> address, const std::vector<Network>& networks) {
  return std::ranges::any_of(networks, [&](const Network& each) { return each.contains(address); });
}

}  // namespace

bool is_public(std::span<const std::uint8_t> address) {
  if (address.size() == 4) return !is_in(address, refused_v4());
  return address.size() == 16 && address[0] >> 5 == 1 && !is_in(address, refused_v6());
}

bool may_connect(std::span<const std::uint8_t> address, const std::vector<Network>& allowed) {
  return is_public(address) || is_in(address, allowed);
}

}  // namespace flow::operations
