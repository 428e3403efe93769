// What may change while flowd runs.
#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "runtime/config/config.h"

namespace flow::config {
namespace {

bool same_cluster(const Cluster& a, const Cluster& b) {
  const auto settings = [](const Cluster& c) {
    return std::tie(c.node, c.address, c.port, c.advertise, c.token.reveal(), c.database_password.reveal(), c.lease,
                    c.shards, c.writers, c.shards_a_transaction, c.allow_unsafe_database, c.tls_certificate, c.tls_key,
                    c.authorities);
  };
  return settings(a) == settings(b);
}

void compare_servers(const Config& running, const Config& wanted, Problems& problems) {
  const auto differs = [&](std::string_view key) {
    problems.push_back(fmt::format("[server] `{}` is different: it takes effect at a restart only", key));
  };
  if (running.address != wanted.address || running.port != wanted.port) differs("listen");
  if (running.public_url != wanted.public_url) differs("public_url");
  if (running.tls_certificate != wanted.tls_certificate) differs("tls_certificate");
  if (running.tls_key != wanted.tls_key) differs("tls_key");
  if (running.behind_tls_proxy != wanted.behind_tls_proxy) differs("behind_tls_proxy");
  if (running.connections_max != wanted.connections_max) differs("connections_max");
  if (running.workers != wanted.workers) differs("workers");
  const bool as_before = running.cluster.has_value() == wanted.cluster.has_value() &&
                         (!running.cluster || same_cluster(*running.cluster, *wanted.cluster));
  if (!as_before) problems.emplace_back("[cluster] is different: it takes effect at a restart only");
}

void compare_outgoing(const Outgoing& running, const Outgoing& wanted, Problems& problems) {
  const auto differs = [&](std::string_view key) {
    problems.push_back(fmt::format("[outgoing] `{}` is different: it takes effect at a restart only", key));
  };
  if (running.connections_max != wanted.connections_max) differs("connections_max");
  if (running.connections_per_host_max != wanted.connections_per_host_max) differs("connections_per_host_max");
  if (running.authorities != wanted.authorities) differs("authorities");
}

// Bundles count on what is bound.
void compare_bindings(const Bindings& running, const Bindings& wanted, Problems& problems) {
  const auto compare = [&](std::string_view section, const auto& now, const auto& then) {
    for (const auto& [name, binding] : now)
      if (!then.contains(name))
        problems.push_back(fmt::format("[{}] `{}` is gone: names are taken away at a restart only", section, name));
  };
  compare("secrets", running.secrets, wanted.secrets);
  compare("functions", running.functions, wanted.functions);
  compare("models", running.models, wanted.models);
  compare("desks", running.desks, wanted.desks);
}

// What is sealed with a key must be opened with it for as long as flowd runs.
void compare_keys(const Config& running, const Config& wanted, Problems& problems) {
  if (running.sealing_keys.empty() && !wanted.sealing_keys.empty()) {
    problems.emplace_back("[[sealing_keys]] is new: a store begins to seal at a restart only");
  }
  for (const crypto::SealingKey& key : running.sealing_keys) {
    const auto same = std::ranges::find(wanted.sealing_keys, key.id, &crypto::SealingKey::id);
    if (same == wanted.sealing_keys.end()) {
      problems.push_back(
          fmt::format("sealing key `{}` is gone: keys can be added, but taken out at a restart only", key.id));
    } else if (same->bytes != key.bytes) {
      problems.push_back(fmt::format("sealing key `{}` has another value: give a new key an id of its own", key.id));
    }
  }
}

// Bundles count on a channel and what kind it is, receipts of messages on their way on the account they went to.
void compare_channels(const Config& running, const Config& wanted, Problems& problems) {
  for (const auto& [name, channel] : running.channels) {
    const auto same = wanted.channels.find(name);
    if (same == wanted.channels.end()) {
      problems.push_back(fmt::format("[channels.{}] is gone: channels are taken away at a restart only", name));
    } else if (account_of(same->second) != account_of(channel)) {
      problems.push_back(fmt::format(
          "[channels.{}] has another provider, address or account: it takes effect at a restart only", name));
    }
  }
}

}  // namespace

Problems restart_needed(const Config& running, const Config& wanted) {
  Problems problems;
  compare_servers(running, wanted, problems);
  compare_outgoing(running.outgoing, wanted.outgoing, problems);
  compare_bindings(running.bindings, wanted.bindings, problems);
  compare_keys(running, wanted, problems);
  compare_channels(running, wanted, problems);
  return problems;
}

}  // namespace flow::config
