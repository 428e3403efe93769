#include "runtime/operations/networks.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <array>
#include <string>

namespace flow::operations {
namespace {

std::vector<std::uint8_t> address(const std::string& text) {
  std::array<std::uint8_t, 16> bytes{};
  if (::inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) return {bytes.begin(), bytes.begin() + 4};
  EXPECT_EQ(::inet_pton(AF_INET6, text.c_str(), bytes.data()), 1) << text;
  return {bytes.begin(), bytes.end()};
}

TEST(Networks, OnlyPublicAddressesMayBeReached) {
  for (const char* each :
       {"0.0.0.0",     "0.1.2.3",         "10.0.0.1",         "10.255.255.255", "100.64.0.1",       "100.127.255.255",
        "127.0.0.1",   "127.255.255.254", "169.254.169.254",  "172.16.0.1",     "172.31.255.255",   "192.0.0.8",
        "192.0.2.1",   "192.88.99.1",     "192.168.1.1",      "198.18.0.1",     "198.19.255.255",   "198.51.100.7",
        "203.0.113.7", "224.0.0.1",       "239.255.255.255",  "240.0.0.1",      "255.255.255.255",  "::",
        "::1",         "::ffff:10.0.0.1", "::ffff:8.8.8.8",   "::8.8.8.8",      "64:ff9b::8.8.8.8", "64:ff9b:1::1",
        "100::1",      "2001::1",         "2001:1ff:ffff::1", "2001:db8::1",    "2002:0a00:1::1",   "3fff::1",
        "fc00::1",     "fd00:ec2::254",   "fe80::1",          "febf::1",        "fec0::1",          "ff02::1",
        "4000::1"}) {
    EXPECT_FALSE(is_public(address(each))) << each;
  }
  for (const char* each :
       {"1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "169.253.1.1", "172.15.1.1",
        "172.32.1.1", "192.1.1.1", "198.17.1.1", "198.20.1.1", "223.255.255.255", "2001:200::1", "2001:4860:4860::8888",
        "2606:4700::1111", "2a00:1450::1"}) {
    EXPECT_TRUE(is_public(address(each))) << each;
  }
  EXPECT_FALSE(is_public({}));
}

TEST(Networks, TheOperatorMayAllowMore) {
  const std::vector<config::Network> allowed = {*config::parse_network("10.1.0.0/16"),
                                                *config::parse_network("fd00:1::/33"),
                                                *config::parse_network("192.168.1.7")};
  EXPECT_TRUE(may_connect(address("10.1.255.1"), allowed));
  EXPECT_FALSE(may_connect(address("10.2.0.1"), allowed));
  EXPECT_TRUE(may_connect(address("fd00:1:7fff::1"), allowed));
  EXPECT_FALSE(may_connect(address("fd00:1:8000::1"), allowed));
  EXPECT_TRUE(may_connect(address("192.168.1.7"), allowed));
  EXPECT_FALSE(may_connect(address("192.168.1.8"), allowed));
  EXPECT_FALSE(may_connect(address("::ffff:10.1.0.1"), allowed)) << "written as what it is, it is seen as what it is";
  EXPECT_TRUE(may_connect(address("8.8.8.8"), allowed));
}

TEST(Networks, AreWrittenWithAPrefix) {
  for (const char* each : {"", "10.1.0.0/", "10.1.0.0/33", "10.1.0.1/16", "10.1/16", "fd00::/129", "a/8", "10.0.0.0/-1",
                           "10.0.0.0/8/8", "10.0.0.0/ 8"}) {
    EXPECT_FALSE(config::parse_network(each)) << each;
  }
  EXPECT_TRUE(config::parse_network("0.0.0.0/0")->contains(address("8.8.8.8")));
  EXPECT_FALSE(config::parse_network("0.0.0.0/0")->contains(address("::1")));
}

}  // namespace
}  // namespace flow::operations
