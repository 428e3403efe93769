// Several flowds on one PostgreSQL, flowsim as the provider, a load balancer in front, bad networks between, and a
// client that starts executions and repeats what was not answered.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/process.h"
#include "runtime/http/client.h"
#include "runtime/store/postgres/connection.h"
#include "tests/support/orders.h"
#include "tests/support/postgres_server.h"
#include "tests/support/providers.h"
#include "tests/support/run_program.h"
#include "tests/support/tcp_proxy.h"

namespace flow::cluster_test {

using Milliseconds = std::chrono::milliseconds;

struct StageOptions {
  int nodes = 3;
  int shards = 16;
  Milliseconds lease{1000};
  double clock_rate = 1;
  std::string script;  // flowsim's
};

class Stage {
 public:
  explicit Stage(StageOptions options);
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  std::size_t size() const { return nodes_.size(); }
  // Starts a node; at once, or when it is ready. False: it died.
  void launch(std::size_t node, const char* program = "flowd");
  bool wait_ready(std::size_t node, std::chrono::seconds most = std::chrono::seconds(60));
  void kill(std::size_t node);
  void pause(std::size_t node, bool paused);
  int stop(std::size_t node);  // SIGTERM; its exit code
  bool running(std::size_t node);
  testing_support::TcpProxy& network(std::size_t node) { return *nodes_[node].to_database; }
  testing_support::PostgresServer& database() { return database_; }

  void deploy() { orders_.deploy(path("otp.bundle")); }
  // Keeps `open` starts under way for so long.
  void load(Milliseconds time, std::size_t open);
  // Until every order is acknowledged and has ended; how many are missing.
  std::size_t finish(std::chrono::seconds most);

  // How long until no shard is without a living owner; nothing: longer than `most`. `node`: it must own none.
  std::optional<Milliseconds> wait_until_served(std::optional<std::size_t> without, std::chrono::seconds most);
  // Of how many shards a living node of this name is the owner; an empty name: how many have none.
  std::int64_t shards_of(const std::string& name);
  std::string sql(const std::string& text) { return database_.sql("flowd", text); }

  testing_support::Orders& orders() { return orders_; }
  std::vector<testing_support::LoggedMessage> messages() const { return flowsim_.messages(); }
  std::string logs() const;

 private:
  struct Node {
    std::unique_ptr<testing_support::TcpProxy> to_database;
    std::optional<Process> process;
    int port = 0;
    bool paused = false;
  };

  std::string path(const std::string& name) const { return folder_.file(name); }
  void tell_front();

  const StageOptions options_;
  testing_support::TemporaryFolder folder_;
  testing_support::PostgresServer database_;
  testing_support::TcpProxy front_{{}};
  std::vector<Node> nodes_;
  testing_support::Flowsim flowsim_;
  std::unique_ptr<store::postgres::Connection> watching_;
  http::Client client_;
  testing_support::Orders orders_;  // last: what it is doing ends before the rest
};

}  // namespace flow::cluster_test
