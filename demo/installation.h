// A whole installation on loopback, in a folder of its own: flowsim, flowd and its configuration. For the demo, and
// for tests and benchmarks that want everything.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "base/process.h"
#include "base/result.h"
#include "runtime/http/client.h"

namespace flow::demo {

struct InstallationOptions {
  std::string programs;  // folder of flowc, flowd, flowsim
  std::string folder;    // exists; everything is written there
  double clock_rate = 1;
  std::string script;  // flowsim's rules (docs/flowsim.md); empty: its defaults
  std::vector<std::string> flowsim_arguments;
  std::vector<std::string> flowd_arguments;
  std::uint16_t provider_port = 0;                 // where the providers are on loopback; 0: flowsim's, which is chosen
  std::vector<std::string> server_settings = {};   // TOML lines for flowd's [server]
  std::vector<std::string> channel_settings = {};  // TOML lines for each of flowd's channels
};

// Accounts at the providers.
inline constexpr const char* kViberApiKey = "a1b2c3d4";
inline constexpr const char* kWhatsappPhoneNumberId = "106540352242922";
inline constexpr const char* kSmsAccountSid = "AC00000000000000000000000000000000";

// Names of the channels and credentials of the installation; all are made up, and worth nothing anywhere else.
struct Credentials {
  std::string api_token;
  std::string sealing_key;  // base64
  std::string viber_api_secret;
  std::string viber_signature_secret;
  std::string whatsapp_access_token;
  std::string whatsapp_app_secret;
  std::string whatsapp_verify_token;
  std::string sms_auth_token;

  static Credentials make();  // other ones each time
  std::vector<std::string> all() const;
};

struct Answer {
  int status = 0;
  std::string body;
};

// One thread. The destructor kills what runs.
class Installation {
 public:
  explicit Installation(InstallationOptions options);

  Status start_flowsim();
  Status start_flowd();  // after flowsim; again after kill_flowd(), on the same address and store
  // Of the next start, in place of InstallationOptions::flowd_arguments.
  void set_flowd_arguments(std::vector<std::string> arguments) { options_.flowd_arguments = std::move(arguments); }
  void kill_flowd();    // kill -9
  Status stop_flowd();  // SIGTERM, and waits for exit code 0
  // flowc with `arguments`: what it printed. An error when it does not exit with 0.
  Result<std::string> flowc(const std::vector<std::string>& arguments) const;
  // flowc build of `workspace`, deploy and publish.
  Status deploy(const std::string& workspace);

  // One request to flowd's API with the token; `body` empty: none.
  Result<Answer> request(const std::string& method, const std::string& path, const std::string& body = "",
                         const std::string& idempotency_key = "");
  Result<nlohmann::json> execution(const std::string& id);

  const Credentials& credentials() const { return credentials_; }
  // The variables by which the configuration refers to them.
  std::vector<std::pair<std::string, std::string>> environment() const;
  pid_t flowd_pid() const { return flowd_ ? flowd_->pid() : -1; }
  std::string flowd_url() const;
  std::string flowsim_url() const;
  std::string file(const std::string& name) const { return options_.folder + "/" + name; }
  std::string data_folder() const { return file("data"); }
  std::string flowd_log() const { return file("flowd.log"); }
  std::string flowsim_journal() const { return file("flowsim.jsonl"); }

 private:
  Status write_configuration() const;
  Status write_script() const;

  InstallationOptions options_;
  Credentials credentials_;
  std::uint16_t flowd_port_ = 0;
  std::uint16_t flowsim_port_ = 0;
  std::optional<Process> flowsim_;
  std::optional<Process> flowd_;
  http::Client client_;
};

}  // namespace flow::demo
