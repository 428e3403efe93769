// SIGTERM while a slow provider has hundreds of messages: nothing is lost, nothing is repeated, and nobody waits longer
// than the drain.
#include <csignal>
#include <map>
#include <sstream>

#include <fmt/format.h>

#include "tests/operating/stage.h"

namespace flow::operating {
namespace {

// How often the provider was asked to send to each number.
std::map<std::string, int> sends(const std::string& journal) {
  std::map<std::string, int> seen;
  std::istringstream lines(journal);
  for (std::string line; std::getline(lines, line);) {
    const auto entry = nlohmann::json::parse(line, nullptr, false);
    if (entry.is_object() && entry.value("event", "") == "message") ++seen[entry.value("to", "")];
  }
  return seen;
}

class Drain : public Stage {};

TEST_F(Drain, NothingIsLostOrRepeatedWhenFlowdIsStoppedUnderLoad) {
  open([](demo::InstallationOptions& options) {
    options.script = "[[rules]]\nchannel = \"sms\"\nanswer_after = \"1s\"\n";
    options.channel_settings = {"in_flight_max = 400"};
  });
  constexpr std::size_t kStarts = 300;
  std::string batch;
  for (std::size_t i = 0; i < kStarts; ++i) batch += (i == 0 ? "" : ",") + start_body(us_number(i));
  const auto answer =
      installation().request("POST", "/v1/flows/deliver_otp/executions:batch", "{\"executions\":[" + batch + "]}");
  ASSERT_TRUE(answer && answer->status == 200) << (answer ? answer->body : answer.error().message);
  const Status stopped = installation().stop_flowd();
  ASSERT_TRUE(stopped) << stopped.error().message << ": exit code 0 within the drain's time";
  const Status again = installation().start_flowd();
  ASSERT_TRUE(again) << again.error().message;
  const auto journal = [&] { return testing_support::read_file(installation().flowsim_journal()); };
  ASSERT_TRUE(eventually([&] { return sends(journal()).size() == kStarts; })) << "nothing is lost";
  ASSERT_TRUE(installation().stop_flowd());
  for (const auto& [number, count] : sends(journal())) EXPECT_EQ(count, 1) << number;
}

TEST_F(Drain, IsNotReadyAtOnceAndEndsWhatIsUnderWay) {
  open([](demo::InstallationOptions& options) {
    options.script = "[[rules]]\nchannel = \"sms\"\nanswer_after = \"2s\"\n";
  });
  const auto started = installation().request("POST", "/v1/flows/deliver_otp/executions", start_body(us_number(1)));
  ASSERT_TRUE(started && started->status == 201);
  ASSERT_TRUE(eventually(
      [&] { return sends(testing_support::read_file(installation().flowsim_journal())).contains(us_number(1)); }));
  ASSERT_EQ(::kill(installation().flowd_pid(), SIGTERM), 0);
  ASSERT_TRUE(eventually([&] { return logged("stopping") == 1; }));
  bool refused = false;
  ASSERT_TRUE(eventually([&] {
    const auto ready = installation().request("GET", "/readyz");
    refused = refused || (ready && ready->status == 503);
    return !ready || refused;
  }));
  EXPECT_TRUE(refused) << "the listener is there while the drain goes on, and says that it goes";
  const Status stopped = installation().stop_flowd();
  EXPECT_TRUE(stopped) << stopped.error().message;
  const Status again = installation().start_flowd();
  ASSERT_TRUE(again) << again.error().message;
  const auto view = installation().execution(nlohmann::json::parse(started->body)["execution"]);
  ASSERT_TRUE(view);
  EXPECT_NE(view->dump().find("\"accepted\""), std::string::npos) << "the answer was taken in before the end";
}

}  // namespace
}  // namespace flow::operating
