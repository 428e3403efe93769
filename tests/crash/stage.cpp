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
using testing_support::read_file;
using Clock = std::chrono::steady_clock;

// The Philippines, Malaysia, the United States.
std::string number_of(std::size_t order) {
  static constexpr const char* kBegins[] = {"+63917", "+60123", "+12025"};
  return fmt::format("{}{:06}", kBegins[order % 3], 550'000 + order);
}

}  // namespace

Stage::Stage(std::string folder, const std::string& script, double clock_rate)
    : folder_(std::move(folder)),
      clock_rate_(clock_rate),
      flowsim_(folder_, script, clock_rate),
      orders_({.url = [this] { return url(); }, .number = number_of}) {
  std::ofstream(folder_ + "/flowd.toml") << "[server]\nlisten = \"127.0.0.1:0\"\n"
                                         << testing_support::otp_channels(flowsim_.port());
}

std::string Stage::url() const {
  return fmt::format("http://127.0.0.1:{}", flowd_port_);
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
  options.environment = testing_support::otp_credentials();
  options.environment.emplace_back("FLOWD_FAILPOINTS", failpoints);
  options.output_file = folder_ + "/flowd.log";
  auto process = Process::start(options);
  FLOW_CHECK(process.has_value(), "{}", process.error().message);
  flowd_ = *std::move(process);
  const int port = testing_support::wait_for_port(port_file, "", *flowd_);
  if (port == 0) {
    died();
    return false;
  }
  if (flowd_port_ == 0) {
    flowd_port_ = port;
    flowsim_.report_to(url());
  }
  return true;
}

void Stage::died() {
  flowd_.reset();
  flowsim_.catch_up();
  killed_at_ms_.push_back(core::real_now_ms());
}

void Stage::kill() {
  if (flowd_) died();
}

bool Stage::running() {
  if (!flowd_) return false;
  if (!flowd_->wait(0ms)) return true;
  died();
  return false;
}

int Stage::stop() {
  flowd_->send_signal(SIGTERM);
  const auto end = flowd_->wait(20s);
  flowd_.reset();
  return end ? end->exit_code : -1;
}

void Stage::load(std::chrono::milliseconds time, std::size_t open) {
  const auto until = Clock::now() + time;
  while (Clock::now() < until && running()) {
    orders_.fill(open);
    std::this_thread::sleep_for(2ms);
  }
}

std::size_t Stage::running_executions() {
  const http::ClientOutcome list = orders_.call("GET", "/v1/executions?ended=false&limit=200");
  if (!list || list->status != 200) return 1;
  return nlohmann::json::parse(list->body).at("executions").size();
}

std::size_t Stage::finish(std::chrono::seconds most) {
  const auto until = Clock::now() + most;
  while (Clock::now() < until) {
    if (orders_.ask_again() == 0 && running_executions() == 0) return 0;
    std::this_thread::sleep_for(100ms);
  }
  return running_executions();
}

std::string Stage::metrics() {
  const http::ClientOutcome answer = orders_.call("GET", "/metrics");
  return answer ? answer->body : "";
}

std::string Stage::flowd_log() const {
  return read_file(folder_ + "/flowd.log");
}

}  // namespace flow::crash
