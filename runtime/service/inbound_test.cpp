// What people write to us, and which execution it goes to.
#include "runtime/service/service_fixture_test.h"

namespace flow::service {
namespace {

class InboundTest : public ServiceTest {
 protected:
  // An execution that waits for an answer to its message on viber.
  core::ExecutionId asked(std::string inputs = kInputs) {
    if (!deployed_) {
      EXPECT_TRUE(deploy("bundle b1: otp!asks"));
      EXPECT_TRUE(publish("otp", "b1"));
      deployed_ = true;
    }
    const auto started = start("", std::move(inputs));
    EXPECT_TRUE(started);
    if (!started) return {};
    transport_.accept();
    service_->pump();
    EXPECT_EQ(receipt(started->execution, 0, Receipt::delivered), ReceiptVerdict::applied);
    return started->execution;
  }
  Outcome<InboundVerdict> write(std::string text, std::string id = "m1", std::string sender = "+639171234567",
                                std::string channel = "viber_otp") {
    InboundMessage message;
    message.channel = std::move(channel);
    message.sender = std::move(sender);
    message.message_id = std::move(id);
    message.reply.text = std::move(text);
    return ask<InboundVerdict>([&](auto done) { service_->inbound(message, std::move(done)); });
  }

 private:
  bool deployed_ = false;
};

TEST_F(InboundTest, AReplyGoesToTheExecutionThatWaitsForIt) {
  const core::ExecutionId id = asked();
  EXPECT_EQ(view(id).summary.step, "answer");
  EXPECT_EQ(write("yes"), InboundVerdict::taken);
  EXPECT_EQ(view(id).summary.end, "done");
  EXPECT_TRUE(timeline(id).ends_with("entered(answer) timer_set(silent) reply(text) ended(done)")) << timeline(id);
  EXPECT_EQ(metric("flow_inbound_total", {{"verdict", "taken"}}), 1);
}

TEST_F(InboundTest, OthersAreNobodys) {
  const core::ExecutionId id = asked();
  EXPECT_EQ(write("yes", "m1", "+639170000000"), InboundVerdict::nobody);
  EXPECT_EQ(write("yes", "m2", "+639171234567", "sms_otp"), InboundVerdict::nobody) << "it was asked on viber";
  EXPECT_EQ(view(id).summary.step, "answer");
}

TEST_F(InboundTest, NobodyWaitsBeforeItIsAskedAndAfterTheEnd) {
  ASSERT_TRUE(deploy("bundle b1: otp!asks"));
  ASSERT_TRUE(publish("otp", "b1"));
  const auto started = start();
  ASSERT_TRUE(started);
  EXPECT_EQ(write("yes", "m1"), InboundVerdict::nobody);
  pass(10 * 60'000);
  EXPECT_EQ(write("yes", "m2"), InboundVerdict::nobody);
}

TEST_F(InboundTest, ARepetitionIsTakenOnce) {
  const core::ExecutionId id = asked();
  EXPECT_EQ(write("no", "m1"), InboundVerdict::taken);
  EXPECT_EQ(view(id).summary.reason, "no");
  storage_->hold_tables = true;
  const core::ExecutionId other = asked();
  EXPECT_EQ(write("no", "m2"), InboundVerdict::taken);
  EXPECT_EQ(write("no", "m2"), InboundVerdict::repeated);
  EXPECT_EQ(view(other).summary.reason, "no");
}

TEST_F(InboundTest, TheYoungestOfAConversationIsFirst) {
  const core::ExecutionId older = asked();
  pass(10);
  const core::ExecutionId younger = asked();
  EXPECT_EQ(write("yes", "m1"), InboundVerdict::taken);
  EXPECT_EQ(view(younger).summary.end, "done");
  EXPECT_EQ(view(older).summary.end, "");
  EXPECT_EQ(write("yes", "m2"), InboundVerdict::taken);
  EXPECT_EQ(view(older).summary.end, "done");
}

TEST_F(InboundTest, AConversationOutlivesARestartAndTheBundleInMemory) {
  const core::ExecutionId id = asked();
  reopen();
  EXPECT_EQ(write("yes"), InboundVerdict::taken);
  EXPECT_EQ(view(id).summary.end, "done");
}

TEST_F(InboundTest, AnAnswerWaitsForTheDisk) {
  const core::ExecutionId id = asked();
  storage_->hold_commits = true;
  std::optional<Outcome<InboundVerdict>> verdict;
  InboundMessage message{.channel = "viber_otp", .sender = "+639171234567", .message_id = "m1", .reply = {}};
  message.reply.text = "yes";
  service_->inbound(message, into(verdict));
  service_->pump();
  EXPECT_FALSE(verdict);
  crash();
  ASSERT_TRUE(verdict);
  EXPECT_FALSE(*verdict) << "it is not known whether it was kept, so the provider says it again";
  EXPECT_EQ(write("yes"), InboundVerdict::taken);
  EXPECT_EQ(view(id).summary.end, "done");
}

TEST_F(InboundTest, SoManyExecutionsOfAConversationAreOfferedIt) {
  const core::ExecutionId eldest = asked();
  for (std::size_t i = 0; i < limits::kRepliesTriedMax; ++i) {
    pass(1);
    ASSERT_TRUE(start());  // younger, talking with the same, and not waiting for an answer
  }
  EXPECT_EQ(write("yes", "m1"), InboundVerdict::nobody);
  EXPECT_EQ(view(eldest).summary.step, "answer");
}

// ---- Messages that start flows

class TriggerTest : public InboundTest {
 protected:
  void publish_it(const std::string& flows = "otp!inbound") {
    ASSERT_TRUE(deploy("bundle b1: " + flows));
    ASSERT_TRUE(publish("otp", "b1"));
  }
};

TEST_F(TriggerTest, AMessageStartsTheFlowOfItsChannel) {
  publish_it();
  EXPECT_EQ(write("hello", "m1"), InboundVerdict::started);
  const auto attempts = transport_.attempts();
  ASSERT_EQ(attempts.size(), 1U);
  EXPECT_EQ(attempts[0].to, "+639171234567");
  EXPECT_EQ(attempts[0].text, "hello");
  EXPECT_TRUE(timeline(attempts[0].execution).starts_with("started reply(text) entered(viber)"))
      << timeline(attempts[0].execution);
  EXPECT_EQ(metric("flow_inbound_total", {{"verdict", "started"}}), 1);
}

TEST_F(TriggerTest, WhatTheTriggerDoesNotTakeStartsNothing) {
  publish_it();
  EXPECT_EQ(write("no", "m1"), InboundVerdict::nobody);
  EXPECT_EQ(write("hello", "m2", "+639171234567", "sms_otp"), InboundVerdict::nobody);
  ASSERT_TRUE(ask<PublishedFlow>([&](auto done) { service_->unpublish("otp", std::move(done)); }));
  EXPECT_EQ(write("hello", "m3"), InboundVerdict::nobody);
  EXPECT_TRUE(transport_.attempts().empty());
}

TEST_F(TriggerTest, ARepetitionStartsNothingNotEvenAfterTheEndAndARestart) {
  publish_it();
  EXPECT_EQ(write("hello", "m1"), InboundVerdict::started);
  EXPECT_EQ(write("hello", "m1"), InboundVerdict::repeated);
  pass(11 * 60'000);  // it has expired
  EXPECT_EQ(write("hello", "m1"), InboundVerdict::repeated);
  reopen();
  EXPECT_EQ(write("hello", "m1"), InboundVerdict::repeated);
  EXPECT_EQ(write("hello", "m2"), InboundVerdict::started);
}

TEST_F(TriggerTest, WhoeverWaitsForItIsFirst) {
  publish_it("otp!inbound!asks");
  EXPECT_EQ(write("hello", "m1"), InboundVerdict::started);
  const core::ExecutionId id = transport_.attempts().at(0).execution;
  transport_.accept();
  service_->pump();
  EXPECT_EQ(receipt(id, 0, Receipt::delivered), ReceiptVerdict::applied);
  EXPECT_EQ(write("yes", "m2"), InboundVerdict::taken);
  EXPECT_EQ(view(id).summary.end, "done");
  EXPECT_EQ(write("yes", "m3"), InboundVerdict::started);
}

TEST_F(TriggerTest, TheApiIsToldThatATriggerDoesNotTakeItsInputs) {
  publish_it();
  const auto refused = start("", R"({"customerPhoneNumber":"+639171234567","incomingMessage":"no"})");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().problem, Problem::invalid_input);
}

}  // namespace
}  // namespace flow::service
