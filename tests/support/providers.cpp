#include "tests/support/providers.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/check.h"
#include "tests/support/run_program.h"

namespace flow::testing_support {

using nlohmann::json;
using namespace std::chrono_literals;

std::string otp_channels(int flowsim_port) {
  return fmt::format(R"([[sealing_keys]]
id = "k1"
key = "env:FLOW_SEALING_KEY"
[channels.viber_otp]
provider = "vonage_viber"
base_url = "http://127.0.0.1:{0}"
api_key = "flowsim1"
api_secret = "env:FLOW_VIBER_SECRET"
signature_secret = "env:FLOW_VIBER_SIGNATURE"
timeout_ms = 2000
[channels.waba_otp]
provider = "whatsapp_cloud"
base_url = "http://127.0.0.1:{0}"
phone_number_id = "100000000000001"
access_token = "env:FLOW_WHATSAPP_TOKEN"
app_secret = "env:FLOW_WHATSAPP_SECRET"
verify_token = "env:FLOW_WHATSAPP_VERIFY"
timeout_ms = 2000
[channels.sms_otp]
provider = "twilio_sms"
base_url = "http://127.0.0.1:{0}"
account_sid = "AC00000000000000000000000000f10w51"
auth_token = "env:FLOW_SMS_TOKEN"
timeout_ms = 2000
)",
                     flowsim_port);
}

std::vector<std::pair<std::string, std::string>> otp_credentials() {
  return {{"FLOW_SEALING_KEY", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="},
          {"FLOW_VIBER_SECRET", "flowsim-viber-api-secret"},
          {"FLOW_VIBER_SIGNATURE", "flowsim-viber-signature-secret"},
          {"FLOW_WHATSAPP_TOKEN", "flowsim-whatsapp-access-token"},
          {"FLOW_WHATSAPP_SECRET", "flowsim-whatsapp-app-secret"},
          {"FLOW_WHATSAPP_VERIFY", "0123456789abcdef0123456789abcdef"},
          {"FLOW_SMS_TOKEN", "flowsim-sms-auth-token"}};
}

int wait_for_port(const std::string& file, std::string_view before, Process& process) {
  for (int i = 0; i < 3000; ++i) {
    const std::string text = std::filesystem::exists(file) ? read_file(file) : "";
    const std::size_t at = text.find(before);
    if (at != std::string::npos && text.find('\n', at) != std::string::npos) {
      return std::stoi(text.substr(at + before.size()));
    }
    if (process.wait(10ms)) return 0;
  }
  return 0;
}

Flowsim::Flowsim(std::string folder, const std::string& script, double clock_rate) : folder_(std::move(folder)) {
  std::ofstream(folder_ + "/script.toml") << script;
  ProcessOptions options;
  options.arguments = {FLOW_BIN_DIR "/flowsim",
                       "--listen",
                       "127.0.0.1:0",
                       "--script",
                       folder_ + "/script.toml",
                       "--log",
                       folder_ + "/flowsim.jsonl",
                       "--clock-rate",
                       std::to_string(clock_rate)};
  options.output_file = folder_ + "/flowsim.out";
  auto process = Process::start(options);
  FLOW_CHECK(process.has_value(), "{}", process.error().message);
  process_ = *std::move(process);
  port_ = wait_for_port(options.output_file, "http://127.0.0.1:", *process_);
  FLOW_CHECK(port_ != 0, "flowsim did not start: {}", read_file(options.output_file));
}

void Flowsim::report_to(const std::string& url) {
  set_webhooks({{"whatsapp", url + "/v1/webhooks/waba_otp"}, {"viber", url + "/v1/webhooks/viber_otp"}});
}

void Flowsim::set_webhooks(const json& webhooks) {
  const http::ClientOutcome told = client_.perform({.method = "PUT",
                                                    .url = fmt::format("http://127.0.0.1:{}/_webhooks", port_),
                                                    .headers = {{"content-type", "application/json"}},
                                                    .body = webhooks.dump()});
  FLOW_CHECK(told.has_value() && told->status < 300, "flowsim does not take webhooks");
}

int Flowsim::incoming(const json& message) {
  const http::ClientOutcome told = client_.perform({.method = "POST",
                                                    .url = fmt::format("http://127.0.0.1:{}/_incoming", port_),
                                                    .headers = {{"content-type", "application/json"}},
                                                    .body = message.dump()});
  FLOW_CHECK(told.has_value() && told->status == 200, "flowsim does not take the message");
  return json::parse(told->body).at("answered");
}

// Its loop takes what is ready in the order in which it became so: a connection that waits to be accepted in the first
// round, and what it carries in the second.
void Flowsim::catch_up() {
  for (int round = 0; round < 2; ++round) {
    const auto answer = client_.perform({.url = fmt::format("http://127.0.0.1:{}/_health", port_)});
    FLOW_CHECK(answer.has_value() && answer->status == 200, "flowsim does not answer");
  }
}

std::vector<LoggedMessage> Flowsim::messages() const {
  std::vector<LoggedMessage> messages;
  std::map<std::string, std::size_t> by_id;
  std::ifstream log(folder_ + "/flowsim.jsonl");
  for (std::string line; std::getline(log, line);) {
    const json entry = json::parse(line);
    const std::string event = entry.at("event");
    if (event == "message") {
      by_id[entry.at("id")] = messages.size();
      messages.push_back({entry.at("channel"), entry.at("to"), entry.value("text", ""), entry.at("at_ms"), std::nullopt,
                          std::nullopt});
      continue;
    }
    const auto about = entry.contains("id") ? by_id.find(entry.at("id")) : by_id.end();
    if (about == by_id.end()) continue;
    LoggedMessage& message = messages[about->second];
    if (event == "answer" && entry.value("status", 0) != 0) message.answered_at_ms = entry.at("at_ms");
    const int answered = event == "report" ? entry.value("answered", 0) : 0;
    if (answered >= 200 && answered < 300 && !message.reported_at_ms) message.reported_at_ms = entry.at("at_ms");
  }
  return messages;
}

}  // namespace flow::testing_support
