#include <gtest/gtest.h>

#include "runtime/config/config.h"

namespace flow::config {
namespace {

std::expected<Config, Problems> parse_text(const std::string& text) {
  return parse(text, "flowd.toml", "/etc/flow", [](const std::string&) { return std::nullopt; });
}

TEST(Outgoing, WhatFlowsMayAsk) {
  const auto config = parse_text(
      "[outgoing]\ntimeout_ms = 500\nnetworks = [\"10.1.0.0/16\", \"fd00::/8\", \"127.0.0.1\"]\n"
      "plain_hosts = [\"crm.internal:8080\", \"[::1]:9\"]\nauthorities = \"a.pem\"\nconnections_max = 7\n"
      "connections_per_host_max = 3\n");
  ASSERT_TRUE(config);
  EXPECT_EQ(config->outgoing.timeout, std::chrono::milliseconds(500));
  ASSERT_EQ(config->outgoing.networks.size(), 3U);
  EXPECT_EQ(config->outgoing.networks[1].prefix, 8U);
  EXPECT_EQ(config->outgoing.plain_hosts.at(0), "crm.internal:8080");
  EXPECT_EQ(config->outgoing.authorities, "/etc/flow/a.pem");
  EXPECT_EQ(config->outgoing.connections_max, 7U);
  EXPECT_EQ(config->outgoing.connections_per_host_max, 3U);
  const auto none = parse_text("");
  ASSERT_TRUE(none);
  EXPECT_EQ(none->outgoing, Outgoing());
  EXPECT_TRUE(none->outgoing.networks.empty()) << "nothing of the operator's own is within reach unasked";
}

TEST(Outgoing, SaysWhatIsWrong) {
  const std::pair<const char*, const char*> cases[] = {
      {"timeout_ms = 1", "timeout_ms"},
      {"networks = [\"10.1.0.1/16\"]", "`10.1.0.1/16` is no network"},
      {"networks = [\"localhost\"]", "`localhost` is no network"},
      {"networks = [4]", "list of texts"},
      {"plain_hosts = [\"http://crm\"]", "`http://crm` is no name of a host"},
      {"plain_hosts = \"crm\"", "plain_hosts"},
      {"plain_host = []", "plain_hosts"},
      {"connections_max = 0", "connections_max"},
  };
  for (const auto& [line, why] : cases) {
    const auto config = parse_text(std::string("[outgoing]\n") + line + "\n");
    ASSERT_FALSE(config) << line;
    EXPECT_TRUE(config.error()[0].starts_with("flowd.toml:2:")) << config.error()[0];
    EXPECT_NE(config.error()[0].find(why), std::string::npos) << config.error()[0];
  }
}

TEST(Outgoing, MostOfItMayChange) {
  const auto restart_for = [](const std::string& text) {
    return restart_needed(*parse_text(""), *parse_text("[outgoing]\n" + text + "\n"));
  };
  EXPECT_EQ(restart_for("timeout_ms = 500\nnetworks = [\"10.1.0.0/16\"]\nplain_hosts = [\"crm\"]"), Problems());
  EXPECT_EQ(restart_for("connections_max = 7\nconnections_per_host_max = 3\nauthorities = \"a.pem\"").size(), 3U);
}

}  // namespace
}  // namespace flow::config
