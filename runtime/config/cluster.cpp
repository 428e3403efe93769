#include "runtime/config/cluster.h"

#include <unistd.h>

#include <array>

namespace flow::config {

namespace {

constexpr std::size_t kTokenCharsMin = 16;

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "flowd";
}

void read_listen(Reader& reader, Cluster& cluster) {
  const auto listen = reader.text("listen", Need::optional);
  if (!listen) return;
  const auto place = parse_listen(*listen);
  if (!place) {
    reader.problem("listen", "`listen` must be an address and a port: \"127.0.0.1:8081\"");
    return;
  }
  cluster.address = place->first;
  cluster.port = place->second;
}

void check(Reader& reader, Cluster& cluster) {
  if (cluster.tls_certificate.empty() != cluster.tls_key.empty()) {
    reader.problem("tls_certificate", "`tls_certificate` and `tls_key` come together");
  }
  if (!is_loopback(cluster.address) && cluster.tls_certificate.empty()) {
    reader.problem("listen",
                   fmt::format("`listen` on {} in [cluster] needs `tls_certificate` and `tls_key`: nodes send "
                               "each other what must not be read on the way",
                               cluster.address));
  }
  const bool everywhere = cluster.address == "0.0.0.0" || cluster.address == "::";
  if (everywhere && cluster.advertise.empty()) {
    reader.problem("listen", fmt::format("`listen` on {} in [cluster] needs `advertise`, the URL at which the other "
                                         "nodes reach this one",
                                         cluster.address));
  }
  if (!cluster.token.empty() && cluster.token.reveal().size() < kTokenCharsMin) {
    reader.problem("token", fmt::format("the cluster's token must have at least {} characters", kTokenCharsMin));
  }
}

}  // namespace

Cluster read_cluster(Reader& reader) {
  Cluster cluster;
  cluster.node = reader.text("node", Need::optional).value_or(host_name());
  read_listen(reader, cluster);
  cluster.advertise = read_url(reader, "advertise", Need::optional);
  cluster.token = reader.secret("token", Need::required);
  cluster.database_password = reader.secret("database_password", Need::optional);
  cluster.lease = std::chrono::milliseconds(reader.integer("lease_ms", 300, 600'000).value_or(10'000));
  cluster.shards = static_cast<int>(reader.integer("shards", 1, 256).value_or(16));
  cluster.writers = static_cast<std::size_t>(reader.integer("writers", 1, 64).value_or(2));
  cluster.shards_a_transaction = static_cast<std::size_t>(reader.integer("shards_a_transaction", 0, 256).value_or(0));
  cluster.allow_unsafe_database = reader.boolean("allow_unsafe_database").value_or(false);
  cluster.tls_certificate = reader.path("tls_certificate");
  cluster.tls_key = reader.path("tls_key");
  cluster.authorities = reader.path("authorities");
  check(reader, cluster);
  return cluster;
}

}  // namespace flow::config
