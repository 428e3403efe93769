// A PostgreSQL server of a test's own: a fresh cluster in a temporary folder, reached by a socket there. As root it
// runs as the system's user `postgres`, since PostgreSQL refuses root.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/process.h"
#include "tests/support/run_program.h"

namespace flow::testing_support {

class PostgresServer {
 public:
  // `settings` as in postgresql.conf ("max_connections=300"). Ends the process when PostgreSQL 15 is not installed or
  // does not start.
  explicit PostgresServer(std::vector<std::string> settings = {});
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  // postgres://postgres@/NAME?host=FOLDER; the database is made at the first call.
  std::string url(const std::string& database);
  const std::string& socket() const { return socket_; }
  // Runs SQL by psql and returns what it printed, unaligned, without headers.
  std::string sql(const std::string& database, const std::string& text);

  // Ends every connection at once and stops; or dies as in a power cut. Then start() goes on from the disk.
  void stop();
  void kill();
  void start();

 private:
  std::vector<std::string> as_owner(std::vector<std::string> command) const;

  TemporaryFolder folder_;
  std::vector<std::string> settings_;
  std::string socket_;
  std::string user_;  // empty: our own
  std::optional<Process> process_;
};

}  // namespace flow::testing_support
