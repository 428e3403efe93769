#include "tests/crash/stage.h"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/check.h"
#include "runtime/core/clock.h"
#include "tests/support/run_program.h"

namespace flow::crash {

namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing_support::read_file;
using Clock = std::chrono::steady_clock;

constexpr const char* kSecret = "0123456789abcdef0123456789abcdef";
constexpr const char* kSealingKey = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

// The credentials are those that flowsim has without being told.
std::string configuration(int flowsim_port) {
  return fmt::format(R"([server]
listen = "127.0.0.1:0"
[[sealing_keys]]
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

std::vector<std::pair<std::string, std::string>> credentials() {
  return {{"FLOW_SEALING_KEY", kSealingKey},
          {"FLOW_VIBER_SECRET", "flowsim-viber-api-secret"},
          {"FLOW_VIBER_SIGNATURE", "flowsim-viber-signature-secret"},
          {"FLOW_WHATSAPP_TOKEN", "flowsim-whatsapp-access-token"},
          {"FLOW_WHATSAPP_SECRET", "flowsim-whatsapp-app-secret"},
          {"FLOW_WHATSAPP_VERIFY", kSecret},
          {"FLOW_SMS_TOKEN", "flowsim-sms-auth-token"}};
}

int wait_for_port(const std::string& file, std::string_view before, Process& process) {
  for (int i = 0; i < 1500; ++i) {
    const std::string text = std::filesystem::exists(file) ? read_file(file) : "";
    const std::size_t at = text.find(before);
    if (at != std::string::npos && text.find('\n', at) != std::string::npos) {
      return std::stoi(text.substr(at + before.size()));
    }
    if (process.wait(10ms)) return 0;
  }
  return 0;
}

}  // namespace

Stage::Stage(std::string folder, const std::string& script, double clock_rate)
    : folder_(std::move(folder)), clock_rate_(clock_rate), client_(std::make_unique<http::Client>()) {
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
  flowsim_ = *std::move(process);
  flowsim_port_ = wait_for_port(options.output_file, "http://127.0.0.1:", *flowsim_);
  FLOW_CHECK(flowsim_port_ != 0, "flowsim did not start: {}", read_file(options.output_file));
  std::ofstream(folder_ + "/flowd.toml") << configuration(flowsim_port_);
}

Stage::~Stage() {
  client_.reset();
}

std::string Stage::url(const std::string& path) const {
  return fmt::format("http://127.0.0.1:{}{}", flowd_port_, path);
}

http::ClientOutcome Stage::call(const std::string& method, const std::string& path, std::string body,
                                const std::string& type) {
  http::ClientRequest request{.method = method, .url = url(path), .headers = {}, .body = std::move(body)};
  if (!type.empty()) request.headers.emplace_back("content-type", type);
  return client_->perform(std::move(request));
}

bool Stage::launch(const std::string& failpoints) {
  const std::string port_file = folder_ + "/port";
  std::filesystem::remove(port_file);
  ProcessOptions options;
  // The same port each time: the addresses that messages carry stay good.
  options.arguments = {FLOW_BIN_DIR "/flowd",
                       "serve",
                       "--data",
                       folder_ + "/data",
                       "--config",
                       folder_ + "/flowd.toml",
                       "--listen",
                       fmt::format("127.0.0.1:{}", flowd_port_),
                       "--clock-rate",
                       std::to_string(clock_rate_),
                       "--port-file",
                       port_file};
  options.environment = credentials();
  options.environment.emplace_back("FLOWD_FAILPOINTS", failpoints);
  options.output_file = folder_ + "/flowd.log";
  auto process = Process::start(options);
  FLOW_CHECK(process.has_value(), "{}", process.error().message);
  flowd_ = *std::move(process);
  const int port = wait_for_port(port_file, "", *flowd_);
  if (port == 0) {
    killed_at_ms_.push_back(core::real_now_ms());
    flowd_.reset();
    return false;
  }
  flowd_port_ = port;
  tell_flowsim();
  return true;
}

void Stage::tell_flowsim() {
  const json hooks = {{"whatsapp", url("/v1/webhooks/waba_otp")}, {"viber", url("/v1/webhooks/viber_otp")}};
  http::ClientRequest request{.method = "PUT",
                              .url = fmt::format("http://127.0.0.1:{}/_webhooks", flowsim_port_),
                              .headers = {{"content-type", "application/json"}},
                              .body = hooks.dump()};
  const http::ClientOutcome told = client_->perform(std::move(request));
  FLOW_CHECK(told.has_value() && told->status < 300, "flowsim does not take webhooks");
}

void Stage::kill() {
  if (!flowd_) return;
  flowd_->kill();
  killed_at_ms_.push_back(core::real_now_ms());
  flowd_.reset();
}

bool Stage::running() {
  if (!flowd_) return false;
  if (!flowd_->wait(0ms)) return true;
  killed_at_ms_.push_back(core::real_now_ms());
  flowd_.reset();
  return false;
}

int Stage::stop() {
  flowd_->send_signal(SIGTERM);
  const auto end = flowd_->wait(20s);
  flowd_.reset();
  return end ? end->exit_code : -1;
}

void Stage::deploy() {
  const std::string bundle = folder_ + "/otp.bundle";
  const auto built =
      testing_support::run_program({FLOW_BIN_DIR "/flowc", "build", FLOW_SOURCE_DIR "/flows/otp", "-o", bundle});
  FLOW_CHECK(built.exit_code == 0, "{}", built.output);
  const http::ClientOutcome deployed = call("POST", "/v1/bundles", read_file(bundle), "application/octet-stream");
  FLOW_CHECK(deployed && deployed->status < 300, "not deployed: {}",
             deployed ? deployed->body : deployed.error().error.message);
  const json version = {{"bundle", json::parse(deployed->body).at("version")}};
  const http::ClientOutcome published =
      call("PUT", "/v1/flows/deliver_otp/published", version.dump(), "application/json");
  FLOW_CHECK(published && published->status < 300, "not published: {}", published ? published->body : "");
}

void Stage::load(std::chrono::milliseconds time, std::size_t open) {
  const auto until = Clock::now() + time;
  while (Clock::now() < until && running()) {
    for (std::size_t next = 0;;) {
      {
        const std::lock_guard lock(mutex_);
        if (under_way_ >= open) break;
        while (next < orders_.size() && (orders_[next].asked || !orders_[next].execution.empty())) ++next;
        if (next == orders_.size()) {
          static constexpr const char* kBegins[] = {"+63917", "+60123", "+12025"};
          orders_.push_back(
              {fmt::format("order-{}", next), fmt::format("{}{:06}", kBegins[next % 3], 550'000 + next), "", false});
        }
        orders_[next].asked = true;
        ++under_way_;
      }
      begin_order(next);
    }
    std::this_thread::sleep_for(2ms);
  }
}

void Stage::begin_order(std::size_t number) {
  http::ClientRequest request{
      .method = "POST", .url = url("/v1/flows/deliver_otp/executions"), .headers = {}, .body = {}};
  {
    const std::lock_guard lock(mutex_);
    const Order& order = orders_[number];
    request.headers = {{"content-type", "application/json"}, {"idempotency-key", order.key}};
    request.body = json{{"inputs", {{"customerPhoneNumber", order.number}, {"verificationCode", "482913"}}}}.dump();
  }
  client_->send(std::move(request), [this, number](http::ClientOutcome outcome) { answered(number, outcome); });
}

void Stage::answered(std::size_t number, const http::ClientOutcome& outcome) {
  const std::lock_guard lock(mutex_);
  Order& order = orders_[number];
  order.asked = false;
  --under_way_;
  if (!outcome) return;  // flowd died: asked again, with the same key
  if (outcome->status >= 500) return;
  if (outcome->status != 200 && outcome->status != 201) {
    faults_.push_back(fmt::format("{} was refused: {} {}", order.key, outcome->status, outcome->body));
    return;
  }
  const std::string execution = json::parse(outcome->body).at("execution");
  if (!order.execution.empty() && order.execution != execution) faults_.push_back(order.key + " is two executions");
  order.execution = execution;
}

std::size_t Stage::running_executions() {
  const http::ClientOutcome list = call("GET", "/v1/executions?ended=false&limit=200", "", "");
  if (!list || list->status != 200) return 1;
  return json::parse(list->body).at("executions").size();
}

std::size_t Stage::finish(std::chrono::seconds most) {
  const auto until = Clock::now() + most;
  while (Clock::now() < until) {
    std::size_t missing = 0;
    std::vector<std::size_t> again;
    {
      const std::lock_guard lock(mutex_);
      for (std::size_t i = 0; i < orders_.size(); ++i) {
        if (!orders_[i].execution.empty()) continue;
        ++missing;
        if (orders_[i].asked) continue;
        orders_[i].asked = true;
        ++under_way_;
        again.push_back(i);
      }
    }
    for (const std::size_t number : again) begin_order(number);
    if (missing == 0 && running_executions() == 0) return 0;
    std::this_thread::sleep_for(100ms);
  }
  return running_executions();
}

std::vector<Order> Stage::orders() const {
  const std::lock_guard lock(mutex_);
  return orders_;
}

std::vector<LoggedMessage> Stage::messages() const {
  std::vector<LoggedMessage> messages;
  std::map<std::string, std::size_t> by_id;
  std::ifstream log(folder_ + "/flowsim.jsonl");
  for (std::string line; std::getline(log, line);) {
    const json entry = json::parse(line);
    const std::string event = entry.at("event");
    if (event == "message") {
      by_id[entry.at("id")] = messages.size();
      messages.push_back({entry.at("channel"), entry.at("to"), entry.at("at_ms"), std::nullopt});
    } else if (event == "answer" && entry.contains("id") && by_id.contains(entry.at("id"))) {
      if (entry.value("status", 0) != 0) messages[by_id.at(entry.at("id"))].answered_at_ms = entry.at("at_ms");
    }
  }
  return messages;
}

std::string Stage::metrics() {
  const http::ClientOutcome answer = call("GET", "/metrics", "", "");
  return answer ? answer->body : "";
}

std::string Stage::flowd_log() const {
  return read_file(folder_ + "/flowd.log");
}

std::vector<std::string> Stage::faults() const {
  const std::lock_guard lock(mutex_);
  return faults_;
}

}  // namespace flow::crash
