// flowd and flowsim as whole processes, and a caller who starts executions and repeats what was not answered.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/process.h"
#include "tests/support/orders.h"
#include "tests/support/providers.h"

namespace flow::crash {

class Stage {
 public:
  // Everything lies in `folder`. Starts flowsim with the script.
  Stage(std::string folder, const std::string& script, double clock_rate);

  // Starts flowd and waits until it serves. False: it died before (its log says why).
  bool launch(const std::string& failpoints = "");
  void kill();
  bool running();
  // SIGTERM; its exit code.
  int stop();
  void deploy() { orders_.deploy(folder_ + "/otp.bundle"); }
  // Keeps `open` starts under way for so long, or until flowd is gone.
  void load(std::chrono::milliseconds time, std::size_t open);
  // Until every order is acknowledged and every execution has ended; how many are missing.
  std::size_t finish(std::chrono::seconds most);

  testing_support::Orders& orders() { return orders_; }
  std::vector<testing_support::LoggedMessage> messages() const { return flowsim_.messages(); }
  // When a flowd was gone and flowsim had taken all that it had sent: what flowsim took later is of the next ones.
  const std::vector<std::int64_t>& killed_at_ms() const { return killed_at_ms_; }
  std::string metrics();
  std::string flowd_log() const;

 private:
  std::string url() const;
  void died();
  std::size_t running_executions();

  std::string folder_;
  double clock_rate_;
  testing_support::Flowsim flowsim_;
  std::optional<Process> flowd_;
  int flowd_port_ = 0;
  std::vector<std::int64_t> killed_at_ms_;
  testing_support::Orders orders_;  // last: what it is doing ends before the rest
};

}  // namespace flow::crash
