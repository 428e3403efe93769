#include "tests/operating/stage.h"

#include <sys/types.h>

#include <csignal>
#include <fstream>

#include <fmt/format.h>

namespace flow::operating {

using namespace std::chrono_literals;

std::string start_body(const std::string& number) {
  return nlohmann::json{{"inputs", {{"customerPhoneNumber", number}, {"verificationCode", "482913"}}}}.dump();
}

std::string us_number(std::size_t i) {
  return fmt::format("+1415{:07}", 2'000'000 + i);
}

void Stage::open(const std::function<void(demo::InstallationOptions&)>& change) {
  demo::InstallationOptions options;
  options.programs = FLOW_BIN_DIR;
  options.folder = folder_.path();
  if (change) change(options);
  installation_.emplace(std::move(options));
  const Status flowsim = installation_->start_flowsim();
  ASSERT_TRUE(flowsim) << flowsim.error().message;
  const Status flowd = installation_->start_flowd();
  ASSERT_TRUE(flowd) << flowd.error().message;
  const Status deployed = installation_->deploy(FLOW_SOURCE_DIR "/flows/otp");
  ASSERT_TRUE(deployed) << deployed.error().message;
}

std::string Stage::configuration() const {
  return testing_support::read_file(folder_.file("flowd.toml"));
}

void Stage::edit(const std::string& what, const std::string& by) {
  std::string text = configuration();
  const auto at = text.find(what);
  ASSERT_NE(at, std::string::npos) << what;
  folder_.write("flowd.toml", text.replace(at, what.size(), by));
}

std::size_t Stage::logged(const std::string& event) const {
  const std::string log = testing_support::read_file(installation_->flowd_log());
  const std::string line = fmt::format("\"event\":\"{}\"", event);
  std::size_t count = 0;
  for (auto at = log.find(line); at != std::string::npos; at = log.find(line, at + 1)) ++count;
  return count;
}

bool Stage::eventually(const std::function<bool()>& good) const {
  for (int i = 0; i < 6000; ++i) {
    if (good()) return true;
    std::this_thread::sleep_for(10ms);
  }
  return false;
}

void Stage::reload(const std::string& event) {
  const std::size_t before = logged(event);
  ASSERT_EQ(::kill(installation_->flowd_pid(), SIGHUP), 0);
  ASSERT_TRUE(eventually([&] { return logged(event) > before; }))
      << testing_support::read_file(installation_->flowd_log());
}

int Stage::status(const std::string& method, const std::string& path, const std::string& token,
                  const std::string& body) {
  http::ClientRequest request;
  request.method = method;
  request.url = installation_->flowd_url() + path;
  request.headers = {{"authorization", "Bearer " + token}};
  if (!body.empty()) request.headers.emplace_back("content-type", "application/json");
  request.body = body;
  const auto outcome = client_.perform(std::move(request));
  EXPECT_TRUE(outcome) << outcome.error().error.message;
  return outcome ? outcome->status : 0;
}

Load::Load(std::string url, std::string token, std::size_t threads) : url_(std::move(url)), token_(std::move(token)) {
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this, i, threads] { run(i, threads); });
}

Load::~Load() {
  stop();
}

void Load::stop() {
  stopping_ = true;
  threads_.clear();
}

std::vector<std::string> Load::refusals() {
  const std::lock_guard lock(mutex_);
  return refusals_;
}

void Load::run(std::size_t first, std::size_t step) {
  for (std::size_t i = first; !stopping_; i += step) {
    http::ClientRequest request;
    request.method = "POST";
    request.url = url_ + "/v1/flows/deliver_otp/executions";
    request.headers = {{"authorization", "Bearer " + token_}, {"content-type", "application/json"}};
    request.body = start_body(us_number(i));
    const auto outcome = client_.perform(std::move(request));
    if (outcome && outcome->status == 201) {
      ++accepted_;
      continue;
    }
    const std::lock_guard lock(mutex_);
    refusals_.push_back(outcome ? fmt::format("{} {}", outcome->status, outcome->body) : outcome.error().error.message);
  }
}

}  // namespace flow::operating
