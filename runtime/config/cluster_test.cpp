#include "runtime/config/cluster.h"

#include <gtest/gtest.h>

#include <fmt/ranges.h>

namespace flow::config {
namespace {

std::expected<Config, Problems> parse_text(const std::string& text) {
  return parse(text, "flowd.toml", "/etc/flowd", [](const std::string& name) -> std::optional<std::string> {
    if (name == "SHORT") return "short";
    return "a-very-very-quiet-" + name;
  });
}

TEST(ClusterConfig, HasDefaultsForAllButTheToken) {
  const auto config = parse_text("[cluster]\ntoken = \"env:TOKEN\"\n");
  ASSERT_TRUE(config) << fmt::format("{}", fmt::join(config.error(), "\n"));
  ASSERT_TRUE(config->cluster);
  EXPECT_FALSE(config->cluster->node.empty());
  EXPECT_EQ(config->cluster->address, "127.0.0.1");
  EXPECT_EQ(config->cluster->lease, std::chrono::seconds(10));
  EXPECT_EQ(config->cluster->shards, 16);
  EXPECT_EQ(config->cluster->token.reveal(), "a-very-very-quiet-TOKEN");
  EXPECT_FALSE(parse_text("")->cluster);
}

TEST(ClusterConfig, ReadsEveryKey) {
  const auto config = parse_text(R"([cluster]
node = "a"
listen = "0.0.0.0:8081"
advertise = "https://a.internal:8081/"
token = "env:TOKEN"
database_password = "env:PASSWORD"
lease_ms = 1000
shards = 256
writers = 8
shards_a_transaction = 1
allow_unsafe_database = true
tls_certificate = "node.crt"
tls_key = "node.key"
authorities = "cluster.pem"
)");
  ASSERT_TRUE(config) << fmt::format("{}", fmt::join(config.error(), "\n"));
  const Cluster& cluster = *config->cluster;
  EXPECT_EQ(cluster.node, "a");
  EXPECT_EQ(cluster.port, 8081);
  EXPECT_EQ(cluster.advertise, "https://a.internal:8081");
  EXPECT_EQ(cluster.database_password.reveal(), "a-very-very-quiet-PASSWORD");
  EXPECT_EQ(cluster.lease, std::chrono::seconds(1));
  EXPECT_EQ(cluster.shards, 256);
  EXPECT_EQ(cluster.writers, 8U);
  EXPECT_EQ(cluster.shards_a_transaction, 1U);
  EXPECT_TRUE(cluster.allow_unsafe_database);
  EXPECT_EQ(cluster.tls_certificate, "/etc/flowd/node.crt");
  EXPECT_EQ(cluster.authorities, "/etc/flowd/cluster.pem");
}

TEST(ClusterConfig, RefusesWhatIsUnsafe) {
  const std::pair<const char*, const char*> wrong[] = {
      {"[cluster]\nnode = \"a\"\n", "needs `token`"},
      {"[cluster]\ntoken = \"env:SHORT\"\n", "at least 16 characters"},
      {"[cluster]\ntoken = \"env:T\"\nlisten = \"10.0.0.1:8081\"\n", "needs `tls_certificate`"},
      {"[cluster]\ntoken = \"env:T\"\nlisten = \"0.0.0.0:8081\"\ntls_certificate = \"c\"\ntls_key = \"k\"\n",
       "needs `advertise`"},
      {"[cluster]\ntoken = \"env:T\"\ntls_key = \"k\"\n", "come together"},
      {"[cluster]\ntoken = \"env:T\"\nlisten = \"8081\"\n", "an address and a port"},
      {"[cluster]\ntoken = \"env:T\"\nlease_ms = 10\n", "from 300 to 600000"},
      {"[cluster]\ntoken = \"env:T\"\nlease = 10\n", "has no `lease`"},
  };
  for (const auto& [text, problem] : wrong) {
    const auto config = parse_text(text);
    ASSERT_FALSE(config) << text;
    EXPECT_NE(config.error().front().find(problem), std::string::npos) << config.error().front();
  }
}

}  // namespace
}  // namespace flow::config
