// flowd and flowsim as whole processes, and a client that starts executions and repeats what was not answered.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/process.h"
#include "runtime/http/client.h"

namespace flow::crash {

struct Order {
  std::string key;
  std::string number;
  std::string execution;  // once flowd acknowledged it
  bool asked = false;     // a request is under way
};

// What flowsim's log says of one message.
struct LoggedMessage {
  std::string channel;
  std::string number;
  std::int64_t taken_at_ms = 0;
  std::optional<std::int64_t> answered_at_ms;
};

class Stage {
 public:
  // Everything lies in `folder`. Starts flowsim with the script.
  Stage(std::string folder, const std::string& script, double clock_rate);
  ~Stage();
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  // Starts flowd and waits until it serves. False: it died before (its log says why).
  bool launch(const std::string& failpoints = "");
  void kill();
  bool running();
  // SIGTERM; its exit code.
  int stop();
  // Builds flows/otp and deploys it. Once.
  void deploy();
  // Keeps `open` starts under way for so long, or until flowd is gone.
  void load(std::chrono::milliseconds time, std::size_t open);
  // Until every order is acknowledged and every execution has ended; how many are missing.
  std::size_t finish(std::chrono::seconds most);

  std::vector<Order> orders() const;
  const std::vector<std::int64_t>& killed_at_ms() const { return killed_at_ms_; }
  std::vector<LoggedMessage> messages() const;  // in flowsim's order
  std::string metrics();
  std::string flowd_log() const;
  std::vector<std::string> faults() const;

 private:
  std::string url(const std::string& path) const;
  http::ClientOutcome call(const std::string& method, const std::string& path, std::string body,
                           const std::string& type);
  void tell_flowsim();
  void begin_order(std::size_t number);
  void answered(std::size_t number, const http::ClientOutcome& outcome);
  std::size_t running_executions();

  std::string folder_;
  double clock_rate_;
  std::optional<Process> flowsim_;
  std::optional<Process> flowd_;
  int flowsim_port_ = 0;
  int flowd_port_ = 0;
  std::vector<std::int64_t> killed_at_ms_;

  mutable std::mutex mutex_;
  std::vector<Order> orders_;
  std::size_t under_way_ = 0;
  std::vector<std::string> faults_;
  std::unique_ptr<http::Client> client_;  // last: its destructor still answers
};

}  // namespace flow::crash
