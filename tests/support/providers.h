// flowsim as the provider of whole programs under test: the accounts that flowd gets there, and what its log says.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "base/process.h"
#include "runtime/http/client.h"

namespace flow::testing_support {

// A sealing key and the channels of flows/otp, as lines of flowd's configuration, and the credentials that these name,
// for its environment. They are those that flowsim has without being told.
std::string otp_channels(int flowsim_port);
std::vector<std::pair<std::string, std::string>> otp_credentials();

// The number behind `before` in a file that `process` writes, once its line is whole; 0: none came, or it ended.
int wait_for_port(const std::string& file, std::string_view before, Process& process);

// What flowsim's log says of one message that it took: one copy of it, when it came again.
struct LoggedMessage {
  std::string channel;
  std::string number;  // or the person's id
  std::string text;
  std::int64_t taken_at_ms = 0;
  std::optional<std::int64_t> answered_at_ms;
  std::optional<std::int64_t> reported_at_ms;  // when flowd first answered a report on it with 2xx
};

class Flowsim {
 public:
  // Starts it; ends the test's process when that fails. Its files are in `folder`.
  Flowsim(std::string folder, const std::string& script, double clock_rate);

  int port() const { return port_; }
  // Where its reports go: the address of flowd, or of what is in front of it.
  void report_to(const std::string& url);
  // The same for the channels that the object names: `{"messenger": URL}`; the others have none from then on.
  void set_webhooks(const nlohmann::json& webhooks);
  // Somebody writes; REQUIRES: the message is of a kind that the channel has. With which status flowd answered.
  int incoming(const nlohmann::json& message);
  // Whatever had been sent to it before the call is in its log afterwards.
  void catch_up();
  std::vector<LoggedMessage> messages() const;  // in its order

 private:
  std::string folder_;
  std::optional<Process> process_;
  int port_ = 0;
  http::Client client_;
};

}  // namespace flow::testing_support
