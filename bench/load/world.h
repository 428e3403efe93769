// flowd and flowsim as processes of their own, wired to each other on loopback, with flows/otp deployed.
#pragma once

#include <memory>
#include <string>

#include "base/process.h"
#include "base/result.h"
#include "runtime/http/client.h"

namespace flow::bench {

struct WorldOptions {
  std::string engine = "jit";
  std::string folder;  // for store, configuration and logs; exists, is empty
};

// Seconds of CPU that a process has used.
double cpu_seconds(pid_t process);

class World {
 public:
  // Starts both, deploys and publishes. The provider reports `sent` at once, so that an SMS ends an execution.
  static Result<std::unique_ptr<World>> start(const WorldOptions& options);

  const std::string& url() const { return url_; }
  pid_t flowd() const { return flowd_.pid(); }
  pid_t flowsim() const { return flowsim_.pid(); }

  // The sum of a metric over its labels.
  Result<double> metric(http::Client& client, const std::string& name) const;

 private:
  World(Process flowd, Process flowsim, std::string url)
      : flowd_(std::move(flowd)), flowsim_(std::move(flowsim)), url_(std::move(url)) {}

  Process flowd_;
  Process flowsim_;
  std::string url_;
};

}  // namespace flow::bench
