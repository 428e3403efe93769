// What flows ask of the outside, with everything in between real: compiler, bundle, flowd, TLS, a kill.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "tests/operations/stage.h"

namespace flow::operations_stage {
namespace {

using nlohmann::json;

constexpr const char* kInputs = R"({"customer":"+639171234567","token":"s3cret-token"})";

class FlowdOperations : public testing::Test {
 protected:
  FlowdOperations() {
    stage_.write("workspace.flow", fmt::format(R"(edition 1

allow regions all
allow hosts "{0}"
secret crm_token
function save_spot at "https://{0}/spots"
model support_llm: openai {{ name "support-small"; base "https://{0}/llm/v1" }}
desk shop_desk
)",
                                               stage_.host()));
    stage_.write("ask_crm.flow", fmt::format(R"(flow ask_crm "Ask the shop"

trigger manual
purpose transaction
expires 1h

input customer: phone
input token: secret text(4..40)

start => lookup

lookup: http POST "https://{}/orders/{{{{customer}}}}" {{
  header "Authorization" = "Bearer {{{{token}}}}"
  body json(order: "A-1")
  retry 3 after 100ms
  read eta: text = body.delivery.eta
  ok => known
  status 404 => end failed "no such order"
  failed => end failed "no answer"
  late after 50s => end failed "late"
}}

known: branch {{
  eta == "soon" => end
  else => end failed "another eta"
}}
)",
                                             stage_.host()));
  }

  Stage stage_;
};

http::Response soon(const http::Request&) {
  return {200, {}, R"({"delivery":{"eta":"soon"}})"};
}

TEST_F(FlowdOperations, AFlowAsksAndGoesOnWithTheAnswer) {
  stage_.answer_with(soon);
  ASSERT_TRUE(stage_.launch()) << stage_.log();
  ASSERT_LT(stage_.deploy("ask_crm").status, 300);
  const std::string id = stage_.start("ask_crm", kInputs);
  const json view = stage_.ended(id);
  EXPECT_EQ(view.value("end", ""), "done") << view.dump(2) << stage_.log();
  EXPECT_EQ(timeline_text(view),
            "started entered(lookup) timer_set(late) asked(http POST) answered(ok) entered(known) ended(done)");
  const auto asked = stage_.asked();
  ASSERT_EQ(asked.size(), 1U);
  EXPECT_EQ(asked[0].target, "/orders/%2B639171234567");
  EXPECT_EQ(asked[0].header("authorization"), "Bearer s3cret-token");
  EXPECT_EQ(asked[0].header("idempotency-key"), id + "-o0");
  EXPECT_EQ(asked[0].body, R"({"order":"A-1"})");
  EXPECT_EQ(view.dump().find("s3cret"), std::string::npos);
  EXPECT_NE(stage_.metrics().find("flow_operation_attempts_total{result=\"answered\"} 1"), std::string::npos);

  int left = 2;
  stage_.answer_with([&](const http::Request& request) {
    return left-- > 0 ? http::Response{503, {}, "s3cret-answer"} : soon(request);
  });
  EXPECT_EQ(stage_.ended(stage_.start("ask_crm", kInputs)).value("end", ""), "done");
  EXPECT_EQ(stage_.asked().size(), 4U);
  stage_.answer_with([](const http::Request&) { return http::Response{404, {}, ""}; });
  EXPECT_EQ(stage_.ended(stage_.start("ask_crm", kInputs)).value("reason", ""), "no such order");
  stage_.answer_with([](const http::Request&) { return http::Response{302, {{"location", "https://10.0.0.1/"}}, ""}; });
  EXPECT_EQ(stage_.ended(stage_.start("ask_crm", kInputs)).value("reason", ""), "no answer");
  EXPECT_EQ(stage_.stop(), 0);
  EXPECT_EQ(stage_.log().find("s3cret"), std::string::npos);
}

constexpr const char* kBindings = R"(
[secrets]
crm_token = "env:CRM_TOKEN"
[functions.save_spot]
token = "env:SPOT_TOKEN"
[models.support_llm]
api_key = "env:LLM_KEY"
)";

constexpr const char* kSupport = R"(flow support "What customers ask"

trigger manual
purpose transaction
expires 1h

input customer: phone
input question: text(..200)

start => prefs

prefs: contact customer {
  read asked: number?
  set asked = 1
  tag "asked"
  ok => lookup
  failed => end failed "contact"
}

lookup: http GET "https://HOST/orders" {
  header "Authorization" = "Bearer {{crm_token}}"
  ok => spot
  failed, late after 20s => end failed "lookup"
}

spot: call function save_spot(text: question) {
  read area: text = result.area
  ok => topic
  failed, late after 20s => end failed "spot"
}

topic: classify question with support_llm as subject {
  billing "invoices" => draft
  else => end failed "no label"
  failed, late after 20s => end failed "topic"
}

draft: generate with support_llm as answer {
  prompt "The subject is {{subject}}, the area {{area}}."
  input question
  max 40
  ok => office
  failed, late after 20s => end failed "draft"
}

office: hand over to shop_desk(answer: answer, asked: asked ?? 0) {
  accepted => leave
  failed => end failed "office"
}

leave: unsubscribe customer => end
)";

http::Response support(const http::Request& request) {
  const auto say = [](const char* text) {
    return http::Response{200, {}, json{{"choices", {{{"message", {{"content", text}}}}}}}.dump()};
  };
  if (request.target == "/spots") return {200, {}, R"({"area":"north"})"};
  if (request.target == "/llm/v1/chat/completions")
    return say(request.body.find("temperature") != std::string::npos ? "billing" : "You will get it.");
  return {200, {}, "{}"};
}

TEST_F(FlowdOperations, EveryKindIsCarriedOut) {
  std::string flow = kSupport;
  flow.replace(flow.find("HOST"), 4, stage_.host());
  stage_.write("support.flow", flow);
  stage_.environment = {{"CRM_TOKEN", "s3cret-crm"},
                        {"SPOT_TOKEN", "s3cret-spot"},
                        {"LLM_KEY", "s3cret-llm"},
                        {"DESK_TOKEN", "s3cret-desk"}};
  stage_.configure(kBindings);
  stage_.answer_with(support);
  ASSERT_TRUE(stage_.launch()) << stage_.log();
  const http::Response refused = stage_.deploy("support");
  EXPECT_EQ(refused.status, 409);
  EXPECT_NE(refused.body.find("unbound_operation"), std::string::npos) << refused.body;
  EXPECT_NE(refused.body.find("desk `shop_desk`"), std::string::npos) << refused.body;
  EXPECT_EQ(stage_.stop(), 0);

  stage_.configure(fmt::format("{}[desks.shop_desk]\nurl = \"https://{}/desk\"\ntoken = \"env:DESK_TOKEN\"\n",
                               kBindings, stage_.host()));
  ASSERT_TRUE(stage_.launch()) << stage_.log();
  ASSERT_LT(stage_.deploy("support").status, 300);
  const std::string inputs = R"({"customer":"+639171234567","question":"Where is my invoice?"})";
  const json view = stage_.ended(stage_.start("support", inputs));
  EXPECT_EQ(view.value("end", ""), "done") << view.dump(2) << stage_.log();
  EXPECT_EQ(view.dump().find("s3cret"), std::string::npos);
  const auto asked = stage_.asked();
  ASSERT_EQ(asked.size(), 5U);
  EXPECT_EQ(asked[0].header("authorization"), "Bearer s3cret-crm");
  EXPECT_EQ(asked[1].header("authorization"), "Bearer s3cret-spot");
  EXPECT_EQ(asked[1].body, R"({"text":"Where is my invoice?"})");
  EXPECT_EQ(asked[2].header("authorization"), "Bearer s3cret-llm");
  EXPECT_NE(asked[3].body.find("The subject is billing, the area north."), std::string::npos) << asked[3].body;
  EXPECT_EQ(asked[4].target, "/desk");
  EXPECT_EQ(json::parse(asked[4].body).at("arguments"), json::parse(R"({"answer":"You will get it.","asked":"0"})"));
  (void)stage_.ended(stage_.start("support", inputs));
  EXPECT_EQ(json::parse(stage_.asked().at(9).body).at("arguments").at("asked"), "1") << "the contact is kept";
  // Somebody else is erased: the log keeps nothing of before but what must stay.
  EXPECT_EQ(stage_.call("DELETE", "/v1/parties/+60123456789").status, 200);
  stage_.kill();
  ASSERT_TRUE(stage_.launch());
  (void)stage_.ended(stage_.start("support", inputs));
  EXPECT_EQ(json::parse(stage_.asked().at(14).body).at("arguments").at("asked"), "1");
  EXPECT_EQ(stage_.stop(), 0);
  EXPECT_EQ(stage_.log().find("s3cret"), std::string::npos);
}

TEST_F(FlowdOperations, AKillNeverLosesAnOperation) {
  stage_.answer_with(soon);
  ASSERT_TRUE(stage_.launch()) << stage_.log();
  ASSERT_LT(stage_.deploy("ask_crm").status, 300);
  stage_.kill();
  int number = 0;
  for (const char* place : {"after_commit", "before_provider_write", "after_provider_write", "after_provider_read"}) {
    SCOPED_TRACE(place);
    ASSERT_TRUE(stage_.launch(std::string(place) + ":1")) << stage_.log();
    const std::string key = fmt::format("order-{}", number++);
    (void)stage_.start("ask_crm", kInputs, key);
    ASSERT_TRUE(stage_.died());
    ASSERT_TRUE(stage_.launch()) << stage_.log();
    const std::string id = stage_.start("ask_crm", kInputs, key);
    EXPECT_EQ(stage_.ended(id).value("end", ""), "done") << stage_.log();
    for (const http::Request& request : stage_.asked()) {
      const auto again = request.header("idempotency-key");
      ASSERT_TRUE(again.has_value());
      EXPECT_TRUE(again->ends_with("-o0"));
    }
    stage_.kill();
  }
  // Nothing that has its outcome is asked again.
  const std::size_t asked = stage_.asked().size();
  ASSERT_TRUE(stage_.launch());
  EXPECT_EQ(stage_.stop(), 0);
  EXPECT_EQ(stage_.asked().size(), asked);
  EXPECT_LE(asked, 8U);
}

}  // namespace
}  // namespace flow::operations_stage
