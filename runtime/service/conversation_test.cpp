// What belongs to a conversation beside its messages: who is told of them, what shows that an answer is written, and
// where somebody without a number is found.
#include "runtime/service/service_fixture_test.h"

namespace flow::service {
namespace {

// A flow with something else in what is known of it.
class Changed final : public program::Program {
 public:
  Changed(std::shared_ptr<const program::Program> of, program::FlowInfo info)
      : of_(std::move(of)), info_(std::move(info)) {}
  const program::FlowInfo& info() const override { return info_; }
  std::span<const std::string> texts() const override { return of_->texts(); }
  program::Verdict advance(program::Frame& frame, const program::FlowEvent& event) const override {
    return of_->advance(frame, event);
  }

 private:
  std::shared_ptr<const program::Program> of_;
  program::FlowInfo info_;
};

class ConversationTest : public ServiceTest {
 protected:
  template <typename Change>
  void publish_changed(std::shared_ptr<const program::Program> of, const Change& change) {
    program::FlowInfo info = of->info();
    info.name = "changed";
    change(info);
    loader_.others["changed"] = std::make_shared<Changed>(std::move(of), std::move(info));
    ASSERT_TRUE(deploy("bundle b1: changed"));
    ASSERT_TRUE(publish("changed", "b1"));
  }
  static std::shared_ptr<const program::Program> plain(const std::string& name) {
    testing::LineLoader loader;
    auto loaded = loader.load("bundle b0: " + name);
    return loaded->flows.begin()->second;
  }
  core::ExecutionId begin_changed(std::string inputs = kInputs) {
    StartRequest request;
    request.flow = "changed";
    request.inputs_json = std::move(inputs);
    const auto started = start(std::move(request));
    EXPECT_TRUE(started);
    return started ? started->execution : core::ExecutionId{};
  }
};

TEST_F(ConversationTest, WhoeverWantsTheReportsIsToldEachOnce) {
  publish_changed(plain("otp"),
                  [](program::FlowInfo& info) { info.steps[0].report_to = "https://crm.example/viber-status"; });
  const core::ExecutionId id = begin_changed();
  transport_.accept();
  service_->pump();
  EXPECT_EQ(receipt(id, 0, program::Receipt::sent), ReceiptVerdict::applied);
  EXPECT_EQ(receipt(id, 0, program::Receipt::sent), ReceiptVerdict::repeated);
  EXPECT_EQ(receipt(id, 0, program::Receipt::delivered), ReceiptVerdict::applied);
  const auto told = executor_.told();
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].url, "https://crm.example/viber-status");
  EXPECT_EQ(told[0].idempotency_key, core::to_string(id) + "-0-sent");
  EXPECT_EQ(told[1].body, fmt::format(R"({{"execution":"{}","flow":"changed","step":"viber","message":0,)"
                                      R"("status":"delivered","at_ms":{}}})",
                                      core::to_string(id), kBegin));
}

TEST_F(ConversationTest, ReportsOfOtherStepsAreNobodysBusiness) {
  publish_changed(plain("otp"), [](program::FlowInfo& info) { info.steps[1].report_to = "https://crm.example/sms"; });
  const core::ExecutionId id = begin_changed();
  transport_.accept();
  service_->pump();
  EXPECT_EQ(receipt(id, 0, program::Receipt::sent), ReceiptVerdict::applied);
  EXPECT_TRUE(executor_.told().empty());
}

TEST_F(ConversationTest, TypingIsShownByTheChannelAndDecidesNothing) {
  publish_changed(testing::asking_flow("ask"), [](program::FlowInfo& info) {
    info.operations[0].kind = program::OperationKind::typing;
    info.operations[0].target = "viber_otp";
    info.operations[0].reads.clear();
  });
  const core::ExecutionId id = begin_changed(R"({"phone":"+639171234567"})");
  EXPECT_TRUE(executor_.attempts().empty()) << "the channel's provider is asked, and nobody else";
  const auto shown = transport_.shown();
  ASSERT_EQ(shown.size(), 1U);
  EXPECT_EQ(shown[0].channel, "viber_otp");
  EXPECT_EQ(shown[0].answers, "") << "nobody has written";
  EXPECT_GT(shown[0].time_ms, 0);
  EXPECT_NE(timeline(id).find("answered(ok)"), std::string::npos) << timeline(id);
}

TEST_F(ConversationTest, WhoHasNoNumberIsFoundByTheFirstText) {
  publish_changed(plain("otp!asks"), [](program::FlowInfo& info) {
    info.fields[0].name = "person";
    info.fields[0].type = program::ValueType::text;
  });
  const core::ExecutionId id = begin_changed(R"({"person":"7011","code":"482913"})");
  transport_.accept();
  service_->pump();
  EXPECT_EQ(receipt(id, 0, program::Receipt::delivered), ReceiptVerdict::applied);
  EXPECT_EQ(id.slot(), core::slot_of("7011"));
  InboundMessage message{.channel = "viber_otp", .sender = "7011", .message_id = "m1", .reply = {}};
  message.reply.text = "yes";
  EXPECT_EQ(ask<InboundVerdict>([&](auto done) { service_->inbound(message, std::move(done)); }),
            InboundVerdict::taken);
  EXPECT_EQ(view(id).summary.end, "done");
}

}  // namespace
}  // namespace flow::service
