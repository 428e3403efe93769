// What the service promises, step by step.
#include "base/limits.h"
#include "runtime/service/service_fixture_test.h"

namespace flow::service {
namespace {

TEST_F(ServiceTest, AMessageGoesOutAndIsDelivered) {
  const core::ExecutionId id = begin();
  ASSERT_EQ(transport_.attempts().size(), 1U);
  const outbox::SendRequest sent = transport_.attempts()[0];
  EXPECT_EQ(sent.channel, "viber_otp");
  EXPECT_EQ(sent.sender, "4501");
  EXPECT_EQ(sent.to, "+639171234567");
  EXPECT_EQ(sent.text, "482913");
  EXPECT_EQ(sent.attempt, 1U);
  EXPECT_EQ(sent.not_after_ms, kBegin + 30'000);
  EXPECT_EQ(sent.idempotency_key, core::to_string(id) + "-0");
  EXPECT_TRUE(sent.secret);
  transport_.accept("viber-1");
  EXPECT_EQ(receipt(id, 0, Receipt::sent), ReceiptVerdict::applied);
  EXPECT_EQ(receipt(id, 0, Receipt::delivered), ReceiptVerdict::applied);
  const ExecutionView seen = view(id);
  EXPECT_EQ(seen.summary.end, "done");
  EXPECT_EQ(seen.summary.party, "+639*******67");
  EXPECT_EQ(seen.summary.messages, 1U);
  EXPECT_EQ(timeline(id),
            "started entered(viber) timer_set(handover) timer_set(undelivered) queued accepted receipt(sent) "
            "receipt(delivered) ended(done)");
  EXPECT_EQ(receipt(id, 0, Receipt::delivered), ReceiptVerdict::repeated);
}

TEST_F(ServiceTest, NothingIsSentBeforeItsCommitAndAnsweredAfterIt) {
  ASSERT_TRUE(deploy("bundle b1: otp"));
  ASSERT_TRUE(publish("otp", "b1"));
  std::optional<Outcome<StartAnswer>> answer;
  StartRequest request;
  request.flow = "otp";
  request.inputs_json = kInputs;
  service_->start(request, into(answer));
  EXPECT_FALSE(answer);
  EXPECT_TRUE(transport_.attempts().empty());
  service_->pump();
  ASSERT_TRUE(answer);
  EXPECT_EQ(transport_.attempts().size(), 1U);
}

TEST_F(ServiceTest, AnUndeliveredMessageFallsBack) {
  const core::ExecutionId id = begin();
  transport_.accept();
  receipt(id, 0, Receipt::sent);
  pass(59'999);
  EXPECT_EQ(transport_.attempts().size(), 1U);
  pass(1);
  ASSERT_EQ(transport_.attempts().size(), 2U);
  EXPECT_EQ(transport_.attempts()[1].channel, "sms_otp");
  transport_.accept();
  receipt(id, 1, Receipt::sent);
  EXPECT_EQ(view(id).summary.end, "done");
  EXPECT_EQ(receipt(id, 0, Receipt::delivered), ReceiptVerdict::applied) << "late, after the end";
  EXPECT_TRUE(timeline(id).ends_with("ended(done) receipt(delivered) late_receipt(delivered)")) << timeline(id);
}

TEST_F(ServiceTest, AReceiptWinsOverATimerDueAtTheSameInstant) {
  const core::ExecutionId id = begin();
  transport_.accept();
  receipt(id, 0, Receipt::sent);
  clock_.advance(60'000);
  receipt(id, 0, Receipt::delivered);
  EXPECT_EQ(view(id).summary.end, "done");
  EXPECT_EQ(transport_.attempts().size(), 1U);
}

TEST_F(ServiceTest, ASignalEndsItAndASecondOneIsNotHandled) {
  const core::ExecutionId id = begin();
  EXPECT_TRUE(signal(id, "verified")->handled);
  EXPECT_FALSE(signal(id, "verified")->handled);
  EXPECT_EQ(signal(id, "nonsense").error().problem, Problem::unknown_signal);
  EXPECT_EQ(signal({}, "verified").error().problem, Problem::unknown_execution);
}

TEST_F(ServiceTest, AWithdrawnMessageIsNotTriedAgain) {
  const core::ExecutionId id = begin();
  transport_.refuse(SendClass::transient);
  service_->pump();
  signal(id, "verified");
  pass(3'600'000);
  EXPECT_EQ(transport_.attempts().size(), 1U);
  EXPECT_TRUE(timeline(id).ends_with("attempt_failed(transient) signal(verified) withdrawn ended(done)"))
      << timeline(id);
}

// ---- Starts

TEST_F(ServiceTest, TheSameKeyAndBodyIsTheSameExecution) {
  ASSERT_TRUE(deploy("bundle b1: otp!secret"));
  ASSERT_TRUE(publish("otp", "b1"));
  const auto first = start("key");
  ASSERT_TRUE(first);
  EXPECT_FALSE(first->repeated);
  const auto second = start("key");
  ASSERT_TRUE(second);
  EXPECT_TRUE(second->repeated);
  EXPECT_EQ(second->execution, first->execution);
  EXPECT_EQ(second->started_at_ms, first->started_at_ms);
  EXPECT_EQ(start("key", R"({"phone":"+639171234567","code":"482914"})").error().problem,
            Problem::idempotency_conflict);
  reopen();
  pass(1000);
  const auto third = start("key");
  ASSERT_TRUE(third);
  EXPECT_TRUE(third->repeated);
  EXPECT_EQ(third->execution, first->execution);
  EXPECT_EQ(third->started_at_ms, first->started_at_ms);
  EXPECT_EQ(start("key", R"({"phone":"+639171234567","code":"482914"})").error().problem,
            Problem::idempotency_conflict);
  EXPECT_EQ(metric("flow_executions_started_total", {{"flow", "otp"}}), 0) << "none since the restart";
}

TEST_F(ServiceTest, TheSameKeyTwiceInOneBatchIsOneExecution) {
  ASSERT_TRUE(deploy("bundle b1: otp"));
  ASSERT_TRUE(publish("otp", "b1"));
  StartRequest request;
  request.flow = "otp";
  request.inputs_json = kInputs;
  request.idempotency_key = "key";
  StartRequest other = request;
  other.inputs_json = R"({"phone":"+639171234567","code":"1"})";
  StartRequest wrong = request;
  wrong.inputs_json = R"({"phone":"nonsense","code":"1"})";
  const auto answers = ask<std::vector<Outcome<StartAnswer>>>(
      [&](auto done) { service_->start_batch({request, request, other, wrong}, std::move(done)); });
  ASSERT_TRUE(answers);
  ASSERT_EQ(answers->size(), 4U);
  EXPECT_EQ((*answers)[0]->execution, (*answers)[1]->execution);
  EXPECT_EQ((*answers)[2].error().problem, Problem::idempotency_conflict);
  EXPECT_EQ((*answers)[3].error().problem, Problem::invalid_input);
  EXPECT_EQ(transport_.attempts().size(), 1U);
}

TEST_F(ServiceTest, AMalformedNumberStartsNothing) {
  begin();
  const auto refused = start("k", R"({"phone":"12","code":"482913"})");
  EXPECT_EQ(refused.error().problem, Problem::invalid_input);
  EXPECT_EQ(start("k")->repeated, false) << "a refusal uses no key up";
}

TEST_F(ServiceTest, WhatComesAfterItsDiscardTimeIsNotBegun) {
  begin();
  StartRequest request;
  request.flow = "otp";
  request.inputs_json = kInputs;
  request.discard_at_ms = kBegin;
  EXPECT_EQ(start(request).error().problem, Problem::discarded);
  request.discard_at_ms = kBegin + 1;
  EXPECT_TRUE(start(request));
}

TEST_F(ServiceTest, StartsAreRefusedForAReasonThatCanBeActedOn) {
  EXPECT_EQ(start().error().problem, Problem::unknown_flow);
  ASSERT_TRUE(deploy("bundle b1: otp, survey"));
  EXPECT_EQ(start().error().problem, Problem::unknown_flow);
  EXPECT_EQ(publish("otp", "b2").error().problem, Problem::unknown_bundle);
  EXPECT_EQ(publish("nope", "b1").error().problem, Problem::unknown_flow);
  ASSERT_TRUE(publish("otp", "b1"));
  EXPECT_EQ(start(std::string(limits::kIdempotencyKeyBytesMax + 1, 'k')).error().problem, Problem::invalid_request);
  EXPECT_TRUE(start(std::string(limits::kIdempotencyKeyBytesMax, 'k')));
  EXPECT_EQ(start("line\nbreak").error().problem, Problem::invalid_request);
  EXPECT_EQ(start("", std::string(limits::kInputsBytesMax + 1, ' ')).error().problem, Problem::invalid_request);
  ASSERT_TRUE(ask<PublishedFlow>([&](auto done) { service_->unpublish("otp", std::move(done)); }));
  EXPECT_EQ(start().error().problem, Problem::not_published);
  EXPECT_EQ(ask<PublishedFlow>([&](auto done) { service_->unpublish("nope", std::move(done)); }).error().problem,
            Problem::unknown_flow);
}

// ---- Bundles

TEST_F(ServiceTest, AnExecutionStaysOnItsBundle) {
  const core::ExecutionId old = begin();
  transport_.accept();  // what is not known to be handed over would load the bundle at the restart
  ASSERT_TRUE(deploy("bundle b2: otp!secret"));
  ASSERT_TRUE(publish("otp", "b2"));
  EXPECT_EQ(start()->bundle, "b2");
  EXPECT_EQ(view(old).summary.bundle, "b1");
  reopen();
  const int loads = loader_.loads;
  EXPECT_EQ(receipt(old, 0, Receipt::delivered), ReceiptVerdict::applied);
  EXPECT_EQ(loader_.loads, loads + 1) << "an old bundle is loaded by its first event";
  EXPECT_EQ(view(old).summary.end, "done");
}

TEST_F(ServiceTest, ABundleThatNobodyUsesIsUnloaded) {
  const core::ExecutionId old = begin();
  ASSERT_TRUE(deploy("bundle b2: otp!secret"));
  ASSERT_TRUE(publish("otp", "b2"));
  signal(old, "verified");
  pass(20 * 60'000);
  const int loads = loader_.loads;
  receipt(old, 0, Receipt::delivered);
  EXPECT_EQ(loader_.loads, loads + 1);
  EXPECT_TRUE(start());
  EXPECT_EQ(loader_.loads, loads + 1) << "a published one stays";
}

TEST_F(ServiceTest, DeployingTwiceIsOnceAndBadBundlesAreRefused) {
  EXPECT_FALSE(deploy("bundle b1: otp")->known);
  EXPECT_TRUE(deploy("bundle b1: otp")->known);
  reopen();
  EXPECT_TRUE(deploy("bundle b1: otp")->known);
  EXPECT_EQ(deploy("nonsense").error().problem, Problem::invalid_bundle);
  EXPECT_EQ(deploy(std::string(limits::kBundleBytesMax + 1, 'b')).error().problem, Problem::invalid_bundle);
  transport_.policies.erase("sms_otp");
  EXPECT_EQ(deploy("bundle b3: otp").error().problem, Problem::unbound_channel);
  transport_.policies["sms_otp"] = {.kind = program::ChannelKind::viber};
  EXPECT_EQ(deploy("bundle b3: otp").error().problem, Problem::unbound_channel);
  const auto bundles = ask<std::vector<BundleView>>([&](auto done) { service_->bundles(std::move(done)); });
  EXPECT_EQ(bundles->size(), 1U);
}

TEST_F(ServiceTest, SecretsNeedAKey) {
  seals_ = false;
  reopen();
  EXPECT_EQ(deploy("bundle b1: otp!secret").error().problem, Problem::no_secret_key);
  EXPECT_TRUE(deploy("bundle b2: otp"));
}

// ---- Receipts

TEST_F(ServiceTest, AReceiptMayOvertakeTheProvidersAnswer) {
  const core::ExecutionId id = begin();
  EXPECT_EQ(receipt(id, 0, Receipt::sent), ReceiptVerdict::applied);
  transport_.accept("viber-1");
  service_->pump();
  EXPECT_TRUE(timeline(id).ends_with("receipt(sent) accepted")) << timeline(id);
  reopen();
  pass(1000);
  EXPECT_EQ(transport_.attempts().size(), 1U) << "it is not sent again";
}

TEST_F(ServiceTest, AReceiptStopsTheRepetitionOfAnUnansweredAttempt) {
  const core::ExecutionId id = begin();
  transport_.refuse(SendClass::unknown, "timed out");
  service_->pump();
  receipt(id, 0, Receipt::sent);
  pass(20'000);
  EXPECT_EQ(transport_.attempts().size(), 1U);
}

TEST_F(ServiceTest, ReceiptsOfUnknownExecutionsAreCountedAndDropped) {
  begin();
  EXPECT_EQ(receipt({}, 0, Receipt::sent), ReceiptVerdict::unknown_execution);
  EXPECT_EQ(metric("flow_receipts_total", {{"status", "sent"}, {"verdict", "unknown_execution"}}), 1);
}

TEST_F(ServiceTest, LateReceiptsFindExecutionsThatEndedLongAgo) {
  const core::ExecutionId id = begin();
  signal(id, "verified");
  pass(60'000);
  reopen();
  EXPECT_EQ(receipt(id, 0, Receipt::sent), ReceiptVerdict::applied);
  EXPECT_EQ(receipt(id, 0, Receipt::sent), ReceiptVerdict::repeated);
  EXPECT_EQ(receipt(id, 7, Receipt::sent), ReceiptVerdict::repeated) << "no such message";
}

TEST_F(ServiceTest, LateReceiptsFindEndedExecutionsOfOldBundles) {
  const core::ExecutionId id = begin();
  signal(id, "verified");
  ASSERT_TRUE(deploy("bundle b2: otp!secret"));
  ASSERT_TRUE(publish("otp", "b2"));
  reopen();
  EXPECT_EQ(receipt(id, 0, Receipt::sent), ReceiptVerdict::applied) << "both row and bundle had to be fetched";
  pass(1000);
  EXPECT_EQ(receipt(id, 0, Receipt::delivered), ReceiptVerdict::applied);
}

// ---- Sends

TEST_F(ServiceTest, WhatAProviderRefusesForGoodFallsBackAtOnce) {
  const core::ExecutionId id = begin();
  transport_.refuse(SendClass::permanent_recipient, "not on Viber");
  service_->pump();
  ASSERT_EQ(transport_.attempts().size(), 2U);
  EXPECT_EQ(transport_.attempts()[1].channel, "sms_otp");
  transport_.refuse(SendClass::permanent_configuration, "credentials");
  service_->pump();
  EXPECT_EQ(view(id).summary.end, "failed");
  EXPECT_EQ(view(id).summary.reason, "no channel reached the user");
}

TEST_F(ServiceTest, WhatFailsForTheMomentIsTriedAgainWithTheSameKey) {
  begin();
  for (int i = 0; i < 3; ++i) {
    transport_.refuse(SendClass::transient, "503");
    service_->pump();
    pass(4'000);
  }
  const auto attempts = transport_.attempts();
  ASSERT_EQ(attempts.size(), 4U);
  EXPECT_EQ(attempts[3].attempt, 4U);
  EXPECT_EQ(attempts[3].idempotency_key, attempts[0].idempotency_key);
}

TEST_F(ServiceTest, NothingIsHandedOverAfterItsTime) {
  transport_.policies["viber_otp"].in_flight_max = 1;
  begin();
  ASSERT_TRUE(start());
  EXPECT_EQ(transport_.attempts().size(), 1U) << "the second waits for the first";
  pass(30'000);
  transport_.accept();
  service_->pump();
  for (const outbox::SendRequest& attempt : transport_.attempts()) {
    if (attempt.channel == "viber_otp") {
      EXPECT_EQ(attempt.not_after_ms, kBegin + 30'000);
    }
  }
  const auto attempts = transport_.attempts();
  EXPECT_EQ(std::ranges::count(attempts, "viber_otp", &outbox::SendRequest::channel), 1);
}

TEST_F(ServiceTest, GivesUpAtOnceWhenTheNextAttemptWouldComeTooLate) {
  const core::ExecutionId id = begin();
  transport_.answer(
      {.result = SendClass::throttled, .provider_message_id = "", .reason = "429", .retry_after_ms = 40'000});
  service_->pump();
  EXPECT_EQ(transport_.attempts().back().channel, "sms_otp");
  EXPECT_NE(timeline(id).find("not_sent entered(sms)"), std::string::npos) << timeline(id);
}

TEST_F(ServiceTest, WhatMayHaveBeenTakenIsLeftToTheTimers) {
  const core::ExecutionId id = begin();
  transport_.answer(
      {.result = SendClass::unknown, .provider_message_id = "", .reason = "timed out", .retry_after_ms = 40'000});
  service_->pump();
  EXPECT_EQ(view(id).summary.step, "viber");
  pass(30'000);
  EXPECT_EQ(view(id).summary.step, "sms");
}

// ---- Restarts

TEST_F(ServiceTest, ARestartSendsWhatIsNotKnownToBeHandedOver) {
  const core::ExecutionId id = begin();
  transport_.forget_unanswered();
  reopen();
  const auto attempts = transport_.attempts();
  ASSERT_EQ(attempts.size(), 2U);
  EXPECT_EQ(attempts[1].idempotency_key, attempts[0].idempotency_key);
  EXPECT_EQ(attempts[1].text, "482913");
  EXPECT_EQ(metric("flow_sends_resumed_total", {{"channel", "viber_otp"}}), 1);
  transport_.accept();
  service_->pump();
  reopen();
  EXPECT_EQ(transport_.attempts().size(), 2U);
  receipt(id, 0, Receipt::delivered);
  EXPECT_EQ(view(id).summary.end, "done");
}

TEST_F(ServiceTest, AtMostOnceIsNotRepeatedAfterARestart) {
  transport_.policies["viber_otp"].at_most_once = true;
  const core::ExecutionId id = begin();
  ASSERT_EQ(transport_.attempts().size(), 1U);
  transport_.forget_unanswered();
  reopen();
  const auto attempts = transport_.attempts();
  EXPECT_EQ(std::ranges::count(attempts, "viber_otp", &outbox::SendRequest::channel), 1);
  EXPECT_EQ(attempts.back().channel, "sms_otp") << "for the flow it failed";
  EXPECT_EQ(metric("flow_sends_unknown_total", {{"channel", "viber_otp"}}), 1);
  EXPECT_NE(timeline(id).find("not_sent"), std::string::npos);
}

TEST_F(ServiceTest, AtMostOnceIsNotRepeatedAfterATimeout) {
  transport_.policies["viber_otp"].at_most_once = true;
  begin();
  transport_.refuse(SendClass::unknown, "timed out");
  service_->pump();
  pass(29'000);
  EXPECT_EQ(transport_.attempts().size(), 1U);
  pass(1'000);
  EXPECT_EQ(transport_.attempts().back().channel, "sms_otp");
}

TEST_F(ServiceTest, TimersThatBecameDueWhileItWasDownFire) {
  const core::ExecutionId id = begin();
  transport_.accept();
  receipt(id, 0, Receipt::sent);
  service_.reset();
  clock_.advance(120'000);
  open();
  EXPECT_EQ(view(id).summary.step, "sms");
  EXPECT_EQ(transport_.attempts().back().not_after_ms, kBegin + 150'000) << "from when it was entered";
}

// The store is opened anew after every single step, and nothing differs from a run without restarts but what is sent
// again.
TEST_F(ServiceTest, ARestartAfterEveryStepChangesNothing) {
  const core::ExecutionId id = begin();
  reopen();
  transport_.forget_unanswered();
  receipt(id, 0, Receipt::accepted);
  reopen();
  receipt(id, 0, Receipt::sent);
  reopen();
  pass(60'000);
  reopen();
  receipt(id, 0, Receipt::read);
  reopen();
  receipt(id, 1, Receipt::failed, "unreachable");
  reopen();
  EXPECT_EQ(timeline(id),
            "started entered(viber) timer_set(handover) timer_set(undelivered) queued resent receipt(accepted) "
            "receipt(sent) timer_fired(undelivered) entered(sms) timer_set(handover) queued resent receipt(read) "
            "late_receipt(read) resent receipt(failed) ended(failed)")
      << "nothing but the attempts that may be repeated";
}

TEST_F(ServiceTest, WhatEndedLongAgoIsForgotten) {
  const core::ExecutionId id = begin();
  const core::ExecutionId running = start()->execution;
  signal(id, "verified");
  pass(29LL * 24 * 3600 * 1000);
  EXPECT_EQ(view(id).summary.end, "done");
  EXPECT_EQ(view(running).summary.end, "expired") << "only now: nobody looked at the clock before";
  pass(2LL * 24 * 3600 * 1000);
  reopen();  // the librarian forgets once a minute of real time, and at its start
  service_->pump();
  EXPECT_EQ(problem_of_read(id), Problem::unknown_execution);
  EXPECT_EQ(view(running).summary.end, "expired");
}

// ---- Looking

TEST_F(ServiceTest, ListsByPage) {
  begin();
  std::vector<core::ExecutionId> ids;
  for (int i = 0; i < 4; ++i) ids.push_back(start()->execution);
  signal(ids[0], "verified");
  ListQuery query;
  query.limit = 2;
  const auto list = [&] { return ask<ListPage>([&](auto done) { service_->list(query, std::move(done)); }); };
  auto page = list();
  ASSERT_TRUE(page);
  ASSERT_EQ(page->executions.size(), 2U);
  EXPECT_EQ(page->executions[0].execution, ids[3]);
  EXPECT_EQ(page->executions[0].step, "viber");
  EXPECT_EQ(page->executions[1].execution, ids[2]);
  std::size_t seen = 2;
  ExecutionSummary last;
  for (query.cursor = page->next_cursor; !query.cursor.empty(); query.cursor = page->next_cursor) {
    page = list();
    ASSERT_TRUE(page);
    seen += page->executions.size();
    if (!page->executions.empty()) last = page->executions.back();
  }
  EXPECT_EQ(seen, 5U);
  EXPECT_EQ(last.execution, ids[0]) << "what has ended comes behind what runs";
  EXPECT_EQ(last.end, "done");
  EXPECT_EQ(last.party, "+639*******67");
  query.cursor = "nonsense";
  EXPECT_EQ(list().error().problem, Problem::invalid_cursor);
  query.cursor.clear();
  query.limit = limits::kListPageMax + 1;
  EXPECT_EQ(list().error().problem, Problem::invalid_request);
}

TEST_F(ServiceTest, AnUnknownExecutionIsSaidSo) {
  EXPECT_EQ(problem_of_read({}), Problem::unknown_execution);
}

TEST_F(ServiceTest, AfterAStopEverythingIsRefused) {
  begin();
  service_->stop(std::chrono::milliseconds(0));
  EXPECT_FALSE(service_->ready());
  std::optional<Outcome<StartAnswer>> answer;
  service_->start({}, into(answer));
  EXPECT_EQ(answer->error().problem, Problem::shutting_down);
}

}  // namespace
}  // namespace flow::service
