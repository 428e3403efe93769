// What reaches a provider beside the message, and how long flows are kept, on whole programs.
#include <filesystem>
#include <map>
#include <set>

#include <fmt/format.h>

#include "runtime/crypto/encoding.h"
#include "runtime/http/server.h"
#include "runtime/store/log/log.h"
#include "tests/operating/stage.h"

namespace flow::operating {
namespace {

using nlohmann::json;

// A provider that takes every message and keeps the trace context of each request.
class TracedProvider {
 public:
  TracedProvider()
      : server_(*http::Server::start({}, [this](http::Request& request, const http::Responder& respond) {
          {
            const std::scoped_lock lock(mutex_);
            traces_.insert(std::string(request.header("traceparent").value_or("")));
          }
          respond({.status = 201, .headers = {}, .body = R"({"sid": "SM1", "status": "queued"})"});
        })) {}
  std::uint16_t port() const { return server_->port(); }
  bool saw(const std::string& trace) {
    const std::scoped_lock lock(mutex_);
    return traces_.contains(trace);
  }

 private:
  std::mutex mutex_;
  std::set<std::string> traces_;
  std::unique_ptr<http::Server> server_;
};

class Operating : public Stage {
 protected:
  int start(const std::string& flow, const std::string& number, const std::string& trace = "") {
    http::ClientRequest request;
    request.method = "POST";
    request.url = fmt::format("{}/v1/flows/{}/executions", installation().flowd_url(), flow);
    request.headers = {{"authorization", "Bearer " + installation().credentials().api_token},
                       {"content-type", "application/json"}};
    if (!trace.empty()) request.headers.emplace_back("traceparent", trace);
    request.body = start_body(number);
    const auto answer = client_.perform(std::move(request));
    return answer ? answer->status : 0;
  }
};

TEST_F(Operating, ATraceContextReachesTheProvider) {
  TracedProvider provider;
  demo::InstallationOptions options;
  options.programs = FLOW_BIN_DIR;
  options.folder = folder_.path();
  options.provider_port = provider.port();
  installation_.emplace(std::move(options));
  ASSERT_TRUE(installation().start_flowd());
  ASSERT_TRUE(installation().deploy(FLOW_SOURCE_DIR "/flows/otp"));
  const std::string trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  ASSERT_EQ(start("deliver_otp", us_number(1), trace), 201);
  EXPECT_TRUE(eventually([&] { return provider.saw(trace); }));
  EXPECT_FALSE(provider.saw("")) << "a start without one has none";
  ASSERT_EQ(start("deliver_otp", us_number(2), "00-not-one"), 201);
  EXPECT_TRUE(eventually([&] { return provider.saw(""); }));
  EXPECT_FALSE(provider.saw("00-not-one"));
}

// The tutorial's flow twice, by two names.
class Retention : public Operating {
 protected:
  void open_with_two_flows() {
    demo::InstallationOptions options;
    options.programs = FLOW_BIN_DIR;
    options.folder = folder_.path();
    options.server_settings = {"[retention]",           "days = 30",       "idempotency_key_hours = 1",
                               "[retention.flow_days]", "deliver_otp = 1", "deliver_code = 3"};
    installation_.emplace(std::move(options));
    ASSERT_TRUE(installation().start_flowsim());
    ASSERT_TRUE(installation().start_flowd());
    const std::filesystem::path flows = folder_.file("flows");
    std::filesystem::copy(FLOW_SOURCE_DIR "/flows/otp", flows);
    std::string text = testing_support::read_file(flows / "deliver_otp.flow");
    const auto at = text.find("flow deliver_otp");
    ASSERT_NE(at, std::string::npos);
    folder_.write("flows/deliver_code.flow", text.replace(at, 16, "flow deliver_code"));
    const Status deployed = installation().deploy(flows);
    ASSERT_TRUE(deployed) << deployed.error().message;
  }
  // Executions of a flow that have ended.
  std::size_t ended(const std::string& flow) {
    const auto page = installation().request("GET", "/v1/executions?flow=" + flow);
    if (!page || page->status != 200) return 0;
    const json executions = json::parse(page->body, nullptr, false).value("executions", json::array());
    return static_cast<std::size_t>(
        std::ranges::count_if(executions, [](const json& each) { return each.contains("end"); }));
  }
  // flowd comes back after so long, by its clock.
  void sleep_for(std::chrono::hours time) {
    ASSERT_TRUE(installation().stop_flowd());
    {
      store::log::Options options{.folder = installation().data_folder()};
      const auto key = crypto::from_base64(installation().credentials().sealing_key);
      ASSERT_TRUE(key);
      options.keys = std::make_shared<const crypto::Keyring>(*crypto::Keyring::make({{"demo", *key}}));
      auto store = store::log::open(options);
      ASSERT_TRUE(store) << store.error().message;
      core::ClockBase clock = (*store)->registry().saved_clock();
      clock.base_ms += std::chrono::milliseconds(time).count();
      ASSERT_TRUE((*store)->registry().save_clock(clock));
    }
    const Status again = installation().start_flowd();
    ASSERT_TRUE(again) << again.error().message;
  }
};

TEST_F(Retention, EachFlowIsForgottenAfterItsOwnDays) {
  open_with_two_flows();
  ASSERT_EQ(start("deliver_otp", us_number(1)), 201);
  ASSERT_EQ(start("deliver_code", us_number(2)), 201);
  ASSERT_TRUE(eventually([&] { return ended("deliver_otp") == 1 && ended("deliver_code") == 1; }));
  sleep_for(std::chrono::hours(30));
  EXPECT_TRUE(eventually([&] { return ended("deliver_otp") == 0; }));
  EXPECT_EQ(ended("deliver_code"), 1U) << "it has two days more";
  sleep_for(std::chrono::hours(60));
  EXPECT_TRUE(eventually([&] { return ended("deliver_code") == 0; }));
}

}  // namespace
}  // namespace flow::operating
