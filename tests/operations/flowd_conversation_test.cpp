// People write on Messenger and Instagram, with everything in between real: the provider's webhook and its signature,
// flowd, the flow that the message starts, its answers and their reports.
#include <chrono>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "runtime/crypto/digest.h"
#include "runtime/crypto/encoding.h"
#include "tests/operations/stage.h"
#include "tests/support/providers.h"

namespace flow::operations_stage {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

std::string size_flow(const std::string& channel, const std::string& on) {
  return fmt::format(R"(flow {0}_size "Which size?"

trigger {0} on {1} when incomingMessage ~= "size"
purpose transaction
expires 1h

otherwise failed => end failed "not sent"

start => which

which: ask as size {{
  text "S or L?"
  buttons "S", "L"

  "L" => large
  else => end failed "another size"
  silent after 30s => end failed "no answer"
}}

large: reply {{ text "L it is, {{{{customerPhoneNumber}}}}."; sent => end }}
)",
                     channel, on);
}

class FlowdConversation : public testing::TestWithParam<std::string> {
 protected:
  FlowdConversation() : flowsim_(folder_.path(), "[[rules]]\nreports = [{ status = \"sent\", after = \"0ms\" }]\n", 1) {
    stage_.write("workspace.flow", R"(edition 1

allow regions all
channel page_shop: messenger { page "104455"; flows messenger_size }
channel insta_shop: instagram { account "shop.example"; flows instagram_size }
)");
    stage_.write("messenger_size.flow", size_flow("messenger", "page_shop"));
    stage_.write("instagram_size.flow", size_flow("instagram", "insta_shop"));
    std::string channels;
    for (const auto& [name, kind, account] : {std::tuple{"page_shop", "messenger", "200000000000001"},
                                              std::tuple{"insta_shop", "instagram", "300000000000001"}}) {
      channels += fmt::format(
          "[channels.{0}]\nprovider = \"meta_{1}\"\nbase_url = \"http://127.0.0.1:{2}\"\naccount_id = \"{3}\"\n"
          "access_token = \"env:TOKEN_{1}\"\napp_secret = \"env:SECRET_{1}\"\nverify_token = \"env:VERIFY_{1}\"\n",
          name, kind, flowsim_.port(), account);
      stage_.environment.emplace_back(fmt::format("TOKEN_{}", kind), fmt::format("flowsim-{}-access-token", kind));
      stage_.environment.emplace_back(fmt::format("SECRET_{}", kind), fmt::format("flowsim-{}-app-secret", kind));
      stage_.environment.emplace_back(fmt::format("VERIFY_{}", kind), "0123456789abcdef0123456789abcdef");
    }
    stage_.configure(channels);
  }

  std::string hook() const { return GetParam() == "messenger" ? "page_shop" : "insta_shop"; }

  int write(const std::string& text) {
    return flowsim_.incoming({{"channel", GetParam()}, {"from", "7700112233"}, {"text", text}});
  }

  // What the provider took so far, when there is so much (20 s at most).
  std::vector<std::string> texts(std::size_t at_least) {
    std::vector<std::string> result;
    for (int tries = 0; tries < 2000 && result.size() < at_least; ++tries) {
      if (tries > 0) std::this_thread::sleep_for(10ms);
      result.clear();
      for (const auto& message : flowsim_.messages()) {
        EXPECT_EQ(message.channel, GetParam());
        EXPECT_EQ(message.number, "7700112233");
        result.push_back(message.text);
      }
    }
    return result;
  }

  json executions() {
    const json page = json::parse(stage_.call("GET", fmt::format("/v1/executions?flow={}_size", GetParam())).body);
    return page.at("executions");
  }

  Stage stage_;
  testing_support::TemporaryFolder folder_;
  testing_support::Flowsim flowsim_;
};

INSTANTIATE_TEST_SUITE_P(Channels, FlowdConversation, testing::Values("messenger", "instagram"),
                         [](const auto& channel) { return channel.param; });

TEST_P(FlowdConversation, AMessageStartsAFlowThatAnswers) {
  ASSERT_TRUE(stage_.launch()) << stage_.log();
  ASSERT_LT(stage_.deploy(GetParam() + "_size").status, 300);
  flowsim_.set_webhooks({{GetParam(), stage_.url() + "/v1/webhooks/" + hook()}});

  // No flow takes it.
  EXPECT_EQ(write("hello"), 200);
  EXPECT_TRUE(executions().empty());

  EXPECT_EQ(write("Size"), 200);
  EXPECT_EQ(texts(1), std::vector<std::string>{"S or L?"}) << stage_.log();
  EXPECT_EQ(write("l"), 200);
  EXPECT_EQ(texts(2), (std::vector<std::string>{"S or L?", "L it is, 7700112233."})) << stage_.log();
  ASSERT_EQ(executions().size(), 1U);
  const json view = stage_.ended(executions()[0].at("execution"));
  EXPECT_EQ(view.value("end", ""), "done") << view.dump(2);
}

// What is not signed by the provider starts nothing; the same bytes with its signature do.
TEST_P(FlowdConversation, OnlyWhatTheProviderSignedIsTaken) {
  ASSERT_TRUE(stage_.launch()) << stage_.log();
  ASSERT_LT(stage_.deploy(GetParam() + "_size").status, 300);
  const bool instagram = GetParam() == "instagram";
  const std::string account = instagram ? "300000000000001" : "200000000000001";
  const std::int64_t now_ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count();
  const json event = {{"sender", {{"id", "7700112233"}}},
                      {"recipient", {{"id", account}}},
                      {"timestamp", now_ms},
                      {"message", {{"mid", "m_1"}, {"text", "size"}}}};
  const json body = {{"object", instagram ? "instagram" : "page"},
                     {"entry", {{{"id", account}, {"time", now_ms}, {"messaging", {event}}}}}};
  const auto post = [&](const std::string& secret) {
    const std::string signature = crypto::hex(crypto::hmac_sha256(secret, body.dump()));
    return stage_
        .call("POST", "/v1/webhooks/" + hook(), body.dump(), "application/json",
              {{"x-hub-signature-256", "sha256=" + signature}})
        .status;
  };
  EXPECT_EQ(post("another-secret"), 401);
  EXPECT_TRUE(executions().empty());
  EXPECT_EQ(post(fmt::format("flowsim-{}-app-secret", GetParam())), 200);
  EXPECT_EQ(texts(1), std::vector<std::string>{"S or L?"}) << stage_.log();
  EXPECT_EQ(executions().size(), 1U);
}

}  // namespace
}  // namespace flow::operations_stage
