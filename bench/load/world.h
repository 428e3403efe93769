// What is loaded: an installation of the generator's own, or a user's. And what its flowd takes of the machine.
#pragma once

#include <sys/types.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "bench/load/options.h"
#include "demo/installation.h"
#include "runtime/http/client.h"
#include "simulator/script.h"

namespace flow::load {

// Seconds of CPU, of all threads.
double cpu_seconds(pid_t process);
double own_cpu_seconds();
// Resident bytes; 0 when the process is gone.
std::int64_t resident_bytes(pid_t process);
std::uint64_t bytes_in(const std::string& folder);

class World {
 public:
  // Starts flowd and deploys, unless a user's installation is loaded. `provider_port`: where the mock provider listens.
  static Result<std::unique_ptr<World>> start(const Options& options, std::uint16_t provider_port);
  ~World();

  const std::string& host() const { return host_; }
  std::uint16_t port() const { return port_; }
  const std::string& token() const { return token_; }
  const simulator::Accounts& accounts() const { return accounts_; }
  // Nothing for an installation that is not its own.
  std::optional<pid_t> flowd() const;
  std::string data_folder() const;
  // kill -9, and the same flowd again on the same store. Returns when it serves.
  Status restart();

  // The sums of flowd's metrics over their labels; empty when it does not tell.
  std::map<std::string, double> metrics() const;
  // How an execution ended: "done"; empty while it runs or when nothing can be learnt.
  std::string end_of(const std::string& execution) const;

 private:
  explicit World(const Options& options) : options_(options) {}
  Status start_own(std::uint16_t provider_port);
  Status use_url();
  Result<demo::Answer> get(const std::string& path) const;

  const Options& options_;
  std::string folder_;
  bool remove_folder_ = false;
  std::unique_ptr<demo::Installation> installation_;
  std::string host_;
  std::uint16_t port_ = 0;
  std::string token_;
  simulator::Accounts accounts_;
};

}  // namespace flow::load
