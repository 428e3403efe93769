// Limits of messages, from the workspace's line to what an operator sees.
#include <filesystem>
#include <fstream>

#include "tests/operating/stage.h"

namespace flow::operating {
namespace {

using nlohmann::json;

class Limits : public Stage {
 protected:
  // The tutorial's workspace with these lines behind its own.
  void deploy_with(const std::string& lines) {
    const std::string folder = FLOW_SOURCE_DIR "/flows/otp/";
    const std::string flows = folder_.path() + "/limited";
    std::filesystem::create_directory(flows);
    for (const char* name : {"deliver_otp.flow", "workspace.flow"}) {
      const bool workspace = std::string(name) == "workspace.flow";
      std::ofstream(flows + "/" + name) << testing_support::read_file(folder + name) << (workspace ? lines : "");
    }
    const Status deployed = installation().deploy(flows);
    ASSERT_TRUE(deployed) << deployed.error().message;
  }
  // How a code for this number ended, and what its timeline says of messages that were not sent.
  std::string code_for(const std::string& number) {
    const auto answer = installation().request("POST", "/v1/flows/deliver_otp/executions", start_body(number));
    EXPECT_TRUE(answer && answer->status == 201);
    const std::string id = json::parse(answer->body).at("execution");
    json view;
    EXPECT_TRUE(eventually([&] {
      auto read = installation().execution(id);
      if (read) view = *std::move(read);
      return view.contains("end") && view["end"].is_string();
    })) << view.dump(2);
    std::string text = view.value("end", "");
    for (const json& entry : view["timeline"])
      if (entry.value("kind", "") == "not_sent") text += ", " + entry.value("detail", "");
    return text;
  }
};

TEST_F(Limits, HoldAcrossAKill) {
  open();
  deploy_with(
      "limit each recipient 2 messages within 1d for authentication\nlimit each prefix(6) 3 messages within 1d\n");
  EXPECT_EQ(code_for(us_number(1)), "done");
  EXPECT_EQ(code_for(us_number(1)), "done");
  installation().kill_flowd();
  const Status again = installation().start_flowd();
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(code_for(us_number(1)), "failed, over_limit: each recipient 2 messages within 1d for authentication");
  EXPECT_EQ(code_for(us_number(2)), "done");
  EXPECT_EQ(code_for(us_number(3)), "failed, over_limit: each prefix(6) 3 messages within 1d");
  const auto metrics = installation().request("GET", "/metrics");
  ASSERT_TRUE(metrics);
  for (const char* reason : {"limit_recipient", "limit_prefix"})
    EXPECT_NE(
        metrics->body.find(std::string("flow_sends_refused_total{channel=\"sms_otp\",reason=\"") + reason + "\"} 1"),
        std::string::npos)
        << metrics->body;
  ASSERT_TRUE(installation().stop_flowd());
}

}  // namespace
}  // namespace flow::operating
