// What executions ask of the outside: when, how often, and what becomes of the answer.
#include "base/limits.h"
#include "runtime/program/intrinsics.h"
#include "runtime/service/service_fixture_test.h"

namespace flow::service {
namespace {

using operations::Answer;

Answer ok(std::string body = R"({"eta":"soon"})") {
  return {.status = 200, .body = std::move(body), .reason = ""};
}
Answer busy(std::int64_t retry_after_ms = 0) {
  return {
      .status = 503, .body = "", .reason = "crm.example answered 503", .again = true, .retry_after_ms = retry_after_ms};
}

class ServiceOperations : public ServiceTest {
 protected:
  ServiceOperations() { loader_.others["ask"] = testing::asking_flow("ask"); }

  core::ExecutionId begin_asking() {
    EXPECT_TRUE(deploy("bundle b1: ask"));
    EXPECT_TRUE(publish("ask", "b1"));
    const auto started = start_asking();
    EXPECT_TRUE(started);
    return started ? started->execution : core::ExecutionId{};
  }
  Outcome<StartAnswer> start_asking(const std::string& phone = "+639171234567") {
    StartRequest request;
    request.flow = "ask";
    request.inputs_json = R"({"phone":")" + phone + R"("})";
    return start(std::move(request));
  }
  void answer(Answer answer) {
    executor_.answer(std::move(answer));
    service_->pump();
  }
};

TEST_F(ServiceOperations, AnAnswerMovesTheExecution) {
  const core::ExecutionId id = begin_asking();
  ASSERT_EQ(executor_.attempts().size(), 1U);
  const operations::Request asked = executor_.attempts()[0];
  EXPECT_EQ(asked.execution, id);
  EXPECT_EQ(asked.idempotency_key, core::to_string(id) + "-o0");
  EXPECT_EQ(asked.attempt, 1U);
  EXPECT_EQ(asked.time_ms, 60'000);
  EXPECT_EQ(asked.arguments,
            (std::vector<std::string>{"https://crm.example/", "+639171234567", "{\"code\":\"482913\"}"}));
  answer(ok());
  const ExecutionView seen = view(id);
  EXPECT_EQ(seen.summary.end, "done");
  EXPECT_EQ(seen.summary.reason, "eta soon");
  EXPECT_EQ(timeline(id), "started entered(ask) timer_set(late) asked(http POST) answered(ok) ended(done)");
  EXPECT_EQ(metric("flow_operation_attempts_total", {{"result", "answered"}}), 1);
  pass(10'000'000);
  EXPECT_EQ(executor_.attempts().size(), 1U);
}

TEST_F(ServiceOperations, NothingIsAskedBeforeItsCommit) {
  ASSERT_TRUE(deploy("bundle b1: ask"));
  ASSERT_TRUE(publish("ask", "b1"));
  storage_->hold_commits = true;
  std::optional<Outcome<StartAnswer>> started;
  StartRequest request;
  request.flow = "ask";
  request.inputs_json = R"({"phone":"+639171234567"})";
  service_->start(request, into(started));
  service_->pump();
  EXPECT_TRUE(executor_.attempts().empty());
  storage_->hold_commits = false;
  service_->pump();
  EXPECT_EQ(executor_.attempts().size(), 1U);
}

TEST_F(ServiceOperations, TheArmIsThatOfTheAnswer) {
  core::ExecutionId id = begin_asking();
  answer({.status = 404, .body = "", .reason = "crm.example answered 404"});
  EXPECT_EQ(view(id).summary.reason, "not found");
  EXPECT_EQ(view(id).timeline[4].status, "status 404");
  EXPECT_EQ(view(id).timeline[4].detail, "crm.example answered 404");
  for (const char* body : {"", "{", "[]", R"({"eta":[7]})", R"({"ETA":"soon"})", R"({"eta":null})"}) {
    id = start_asking()->execution;
    answer(ok(body));
    EXPECT_EQ(view(id).summary.reason, "failed") << body;
  }
}

TEST_F(ServiceOperations, ItIsTriedAgainAsTheStepSays) {
  const core::ExecutionId id = begin_asking();
  answer(busy());
  pass(4'999);
  EXPECT_EQ(executor_.attempts().size(), 1U);
  pass(1);
  ASSERT_EQ(executor_.attempts().size(), 2U);
  EXPECT_EQ(executor_.attempts()[1].attempt, 2U);
  EXPECT_EQ(executor_.attempts()[1].idempotency_key, executor_.attempts()[0].idempotency_key);
  EXPECT_EQ(executor_.attempts()[1].time_ms, 55'000);
  answer(busy(20'000));
  pass(19'999);
  EXPECT_EQ(executor_.attempts().size(), 2U) << "the other side asked for more time";
  pass(1);
  EXPECT_EQ(executor_.attempts().size(), 3U);
  answer(busy());
  EXPECT_EQ(view(id).summary.reason, "failed") << "two retries, and no more";
  EXPECT_EQ(timeline(id),
            "started entered(ask) timer_set(late) asked(http POST) ask_failed ask_failed answered(failed) "
            "ended(failed)");
  EXPECT_EQ(metric("flow_operation_attempts_total", {{"result", "repeated"}}), 2);
  EXPECT_EQ(metric("flow_operation_attempts_total", {{"result", "failed"}}), 1);
}

TEST_F(ServiceOperations, WhatCannotGoBetterIsNotTriedAgain) {
  const core::ExecutionId id = begin_asking();
  answer({.status = 0, .body = "", .reason = "crm.example: no host that may be asked", .again = false});
  EXPECT_EQ(view(id).summary.reason, "failed");
}

TEST_F(ServiceOperations, ARetryThatWouldComeTooLateIsNotWaitedFor) {
  const core::ExecutionId id = begin_asking();
  answer(busy(60'000));
  EXPECT_EQ(view(id).summary.reason, "failed");
}

TEST_F(ServiceOperations, LateIsLate) {
  const core::ExecutionId id = begin_asking();
  pass(60'000);
  EXPECT_EQ(view(id).summary.reason, "late");
  EXPECT_EQ(timeline(id),
            "started entered(ask) timer_set(late) asked(http POST) timer_fired(late) cancelled ended(failed)");
  EXPECT_EQ(metric("flow_operations_cancelled_total"), 1);
  answer(ok());
  EXPECT_EQ(view(id).summary.reason, "late");
  pass(0);
  EXPECT_EQ(metric("flow_operations_in_flight"), 0);
}

TEST_F(ServiceOperations, AStepThatIsLeftDoesNotAskAgain) {
  const core::ExecutionId id = begin_asking();
  answer(busy());
  EXPECT_TRUE(signal(id, "stop")->handled);
  pass(30'000);
  EXPECT_EQ(executor_.attempts().size(), 1U);
  EXPECT_EQ(view(id).summary.end, "done");
}

TEST_F(ServiceOperations, ARestartRepeatsWhatHasNoOutcome) {
  const core::ExecutionId id = begin_asking();
  executor_.forget_unanswered();
  crash();
  ASSERT_EQ(executor_.attempts().size(), 2U);
  EXPECT_EQ(executor_.attempts()[1].idempotency_key, core::to_string(id) + "-o0");
  EXPECT_EQ(executor_.attempts()[1].arguments, executor_.attempts()[0].arguments);
  EXPECT_EQ(metric("flow_operations_resumed_total"), 1);
  answer(ok());
  EXPECT_EQ(view(id).summary.reason, "eta soon");
  crash();
  EXPECT_EQ(executor_.attempts().size(), 2U) << "what has its outcome is asked no more";
}

TEST_F(ServiceOperations, ARestartKeepsThePauseAndTheCount) {
  const core::ExecutionId id = begin_asking();
  answer(busy());
  crash();
  pass(4'999);
  EXPECT_EQ(executor_.attempts().size(), 1U);
  pass(1);
  ASSERT_EQ(executor_.attempts().size(), 2U);
  EXPECT_EQ(executor_.attempts()[1].attempt, 2U);
  answer(busy());
  crash();
  pass(5'000);
  answer(busy());
  EXPECT_EQ(view(id).summary.reason, "failed");
}

TEST_F(ServiceOperations, AnAnswerThatWasNotDurableIsAskedForAgain) {
  const core::ExecutionId id = begin_asking();
  storage_->hold_commits = true;
  executor_.answer(ok());
  service_->pump();
  crash();
  storage_->hold_commits = false;
  service_->pump();
  ASSERT_EQ(executor_.attempts().size(), 2U);
  answer(ok(R"({"eta":"later"})"));
  EXPECT_EQ(view(id).summary.reason, "eta later");
}

TEST_F(ServiceOperations, WhatComesAfterTheDeadlineInARestartIsNotAsked) {
  const core::ExecutionId id = begin_asking();
  executor_.forget_unanswered();
  service_.reset();
  clock_.advance(120'000);
  open();
  EXPECT_EQ(executor_.attempts().size(), 1U);
  EXPECT_EQ(view(id).summary.reason, "late");
}

TEST_F(ServiceOperations, OnlySoManyAreUnderWay) {
  (void)begin_asking();
  const std::size_t most = limits::kOperationsInFlightMax;
  for (std::size_t i = 0; i < most + 5; ++i) {
    ASSERT_TRUE(start_asking("+6391712" + std::to_string(10'000 + i)));
  }
  EXPECT_EQ(executor_.attempts().size(), most);
  pass(1000);
  EXPECT_EQ(metric("flow_operations_in_flight"), static_cast<double>(most));
  EXPECT_EQ(metric("flow_operations_waiting"), 6);
  answer(ok());
  EXPECT_EQ(executor_.attempts().size(), most + 1);
}

TEST_F(ServiceOperations, ABundleThatAsksWhomNobodyKnowsIsRefused) {
  executor_.refusal = Error{ErrorCode::failed_precondition, "no function `save_spot` is configured"};
  const auto deployed = deploy("bundle b1: ask");
  ASSERT_FALSE(deployed);
  EXPECT_EQ(deployed.error().problem, Problem::unbound_operation);
  EXPECT_EQ(deployed.error().error.message, "flow `ask`: no function `save_spot` is configured");
}

TEST_F(ServiceOperations, ErasingAPersonDropsWhatIsAsked) {
  const core::ExecutionId id = begin_asking();
  answer(busy());
  const auto erased = ask<EraseAnswer>([&](auto done) { service_->erase_party("+639171234567", std::move(done)); });
  ASSERT_TRUE(erased);
  EXPECT_EQ(erased->ended, 1U);
  pass(30'000);
  EXPECT_EQ(executor_.attempts().size(), 1U);
  EXPECT_EQ(problem_of_read(id), Problem::unknown_execution);
}

// A flow may hold more than a record can: then it ends, and nothing else does.
class Hoarder final : public program::Program {
 public:
  Hoarder() {
    info_.name = "hoard";
    info_.expires_ms = 60'000;
    info_.fields.push_back(
        {.name = "phone", .type = program::ValueType::phone, .role = program::FieldRole::input, .choices = {}});
    for (int i = 0; i < 20; ++i) {
      info_.fields.push_back({.name = "v" + std::to_string(i),
                              .type = program::ValueType::text,
                              .role = program::FieldRole::variable,
                              .choices = {}});
    }
    info_.steps = {{"rest", "wait"}};
  }
  const program::FlowInfo& info() const override { return info_; }
  program::Verdict advance(program::Frame& frame, const program::FlowEvent& event) const override {
    if (event.kind != static_cast<std::int32_t>(program::EventKind::start)) return program::Verdict::ignored;
    flow_begin(&frame.raw(), &event);
    flow_enter(&frame.raw(), &event, 0);
    for (std::size_t i = 1; i < info_.fields.size(); ++i)
      frame.set_text(i, std::string(limits::kTextValueBytesMax, static_cast<char>('a' + i)));
    return program::Verdict::changed;
  }

 private:
  program::FlowInfo info_;
};

TEST_F(ServiceOperations, WhatIsTooLargeToBeKeptEnds) {
  loader_.others["hoard"] = std::make_shared<Hoarder>();
  ASSERT_TRUE(deploy("bundle b2: hoard"));
  ASSERT_TRUE(publish("hoard", "b2"));
  StartRequest request;
  request.flow = "hoard";
  request.inputs_json = R"({"phone":"+639171234567"})";
  const auto started = start(std::move(request));
  ASSERT_TRUE(started);
  EXPECT_EQ(view(started->execution).summary.reason, "its values became too large to be kept");
}

// Sends what a model wrote, and asks it again with each reply.
class Chatting final : public program::Program {
 public:
  Chatting() {
    info_.name = "chat";
    info_.expires_ms = 600'000;
    info_.fields.push_back(
        {.name = "phone", .type = program::ValueType::phone, .role = program::FieldRole::input, .choices = {}});
    info_.fields.push_back(
        {.name = "said", .type = program::ValueType::text, .role = program::FieldRole::variable, .choices = {}});
    info_.steps = {{"talk", "send viber"}, {"draft", "generate"}};
    info_.channels = {{"viber_otp", program::ChannelKind::viber, "4501", 30'000}};
    info_.replies = true;
    program::OperationInfo site;
    site.step = 1;
    site.kind = program::OperationKind::generate;
    site.target = "support_llm";
    site.arguments = {"input", "history"};
    using Kind = program::OperationOutcome::Kind;
    site.outcomes = {{Kind::failed}, {Kind::ok}};
    site.reads = {{1, "text", false}};
    info_.operations = {site};
  }
  const program::FlowInfo& info() const override { return info_; }
  program::Verdict advance(program::Frame& frame, const program::FlowEvent& event) const override {
    program::FlowFrame* raw = &frame.raw();
    switch (static_cast<program::EventKind>(event.kind)) {
      case program::EventKind::start:
        flow_begin(raw, &event);
        return say(frame, event, "Hello");
      case program::EventKind::reply: {
        flow_leave(raw);
        flow_enter(raw, &event, 1);
        const program::FlowText operands[] = {event.values[0].text, {"3", 1}};
        flow_request(raw, 0, operands, 2);
        return program::Verdict::changed;
      }
      case program::EventKind::result:
        if (flow_operation_take(raw, &event) != 1) return program::Verdict::ignored;
        flow_take_values(raw, &event, 0);
        flow_leave(raw);
        return say(frame, event, {raw->fields[1].text.data, raw->fields[1].text.size});
      default:
        return program::Verdict::ignored;
    }
  }

 private:
  static program::Verdict say(program::Frame& frame, const program::FlowEvent& event, std::string_view text) {
    flow_enter(&frame.raw(), &event, 0);
    const program::FlowSendSite site{0, 0, -1, -1, 0, 0, 0};
    const program::FlowText operands[] = {frame.raw().fields[0].text, {text.data(), text.size()}};
    flow_send(&frame.raw(), &site, operands, 2);
    frame.effects();  // read while what it points to is there
    return program::Verdict::changed;
  }
  program::FlowInfo info_;
};

class ServiceModels : public ServiceOperations {
 protected:
  void write(std::string text) {
    InboundMessage message;
    message.channel = "viber_otp";
    message.sender = "+639171234567";
    message.message_id = "m" + std::to_string(++messages_);
    message.reply.text = std::move(text);
    EXPECT_EQ(ask<InboundVerdict>([&](auto done) { service_->inbound(message, std::move(done)); }),
              InboundVerdict::taken);
  }
  void say(const std::string& text) {
    answer({.status = 200, .body = R"({"choices":[{"message":{"content":")" + text + R"("}}]})", .reason = ""});
  }
  using History = std::vector<std::pair<bool, std::string>>;
  History told() { return executor_.attempts().back().history; }

 private:
  int messages_ = 0;
};

TEST_F(ServiceModels, AModelIsToldWhatWasSaid) {
  loader_.others["chat"] = std::make_shared<Chatting>();
  ASSERT_TRUE(deploy("bundle b3: chat"));
  ASSERT_TRUE(publish("chat", "b3"));
  StartRequest request;
  request.flow = "chat";
  request.inputs_json = R"({"phone":"+639171234567"})";
  ASSERT_TRUE(start(std::move(request)));
  write("hi");
  EXPECT_EQ(told(), (History{{true, "Hello"}})) << "what it is asked about is not told twice";
  say("How can I help?");
  write("when?");
  const History three = {{true, "Hello"}, {false, "hi"}, {true, "How can I help?"}};
  EXPECT_EQ(told(), three);
  executor_.forget_unanswered();
  crash();
  EXPECT_EQ(told(), three) << "a restart tells the same";
  say("At nine.");
  write("thanks");
  EXPECT_EQ(told(), (History{{true, "How can I help?"}, {false, "when?"}, {true, "At nine."}})) << "three turns";
  say("Good.");
  // Two bytes a character: the cut is between two of them.
  std::string lengthy = "x";
  while (lengthy.size() < 2 * limits::kTurnBytesMax) lengthy += "\u00e9";
  write(lengthy);
  say("Indeed.");
  write("ok");
  EXPECT_EQ(told()[1].second.size(), limits::kTurnBytesMax - 1);
  EXPECT_TRUE(lengthy.starts_with(told()[1].second));
}

}  // namespace
}  // namespace flow::service
