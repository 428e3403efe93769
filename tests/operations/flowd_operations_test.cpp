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
    stage_.write("workspace.flow", fmt::format("edition 1\n\nallow regions all\nallow hosts \"{}\"\n", stage_.host()));
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
