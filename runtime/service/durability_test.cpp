// What waits for the disk, what happens when the log fails or goes to another node, and what is forgotten.
#include <algorithm>
#include <set>

#include "runtime/service/service_fixture_test.h"

namespace flow::service {
namespace {

constexpr std::string_view kTrace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

StartRequest request(std::string key = "") {
  StartRequest start;
  start.flow = "otp";
  start.inputs_json = kInputs;
  start.idempotency_key = std::move(key);
  return start;
}

// ---- The disk

TEST_F(ServiceTest, NothingIsAnsweredOrSentBeforeItIsDurable) {
  begin();
  transport_.accept();
  service_->pump();
  storage_->hold_commits = true;
  std::optional<Outcome<StartAnswer>> started;
  service_->start(request("k"), into(started));
  service_->pump();
  EXPECT_FALSE(started);
  EXPECT_EQ(transport_.attempts().size(), 1U);
  std::optional<Outcome<StartAnswer>> repeated;
  service_->start(request("k"), into(repeated));
  service_->pump();
  EXPECT_FALSE(repeated) << "it would say that the first is on disk";
  storage_->hold_commits = false;
  service_->pump();
  ASSERT_TRUE(started && *started);
  ASSERT_TRUE(repeated && *repeated);
  EXPECT_EQ((*repeated)->execution, (*started)->execution);
  EXPECT_EQ(transport_.attempts().size(), 2U);
}

TEST_F(ServiceTest, WhatACrashLosesWasNeverAnsweredNorSent) {
  const core::ExecutionId kept = begin();
  storage_->hold_commits = true;
  std::optional<Outcome<StartAnswer>> started;
  service_->start(request("k"), into(started));
  service_->pump();
  crash();
  EXPECT_EQ(started->error().problem, Problem::shutting_down);
  EXPECT_EQ(view(kept).summary.step, "viber");
  const auto again = start("k");
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->repeated);
  std::set<std::string> keys;
  for (const outbox::SendRequest& attempt : transport_.attempts()) keys.insert(attempt.idempotency_key);
  EXPECT_EQ(keys.size(), 2U);
}

TEST_F(ServiceTest, AMessageWhoseTimePassesWhileTheDiskIsSlowIsNotSent) {
  ASSERT_TRUE(deploy("bundle b1: otp"));
  ASSERT_TRUE(publish("otp", "b1"));
  storage_->hold_commits = true;
  std::optional<Outcome<StartAnswer>> started;
  service_->start(request(), into(started));
  service_->pump();
  clock_.advance(30'000);
  storage_->hold_commits = false;
  service_->pump();
  ASSERT_TRUE(started && *started);
  const auto attempts = transport_.attempts();
  EXPECT_EQ(std::ranges::count(attempts, "viber_otp", &outbox::SendRequest::channel), 0);
  EXPECT_EQ(view((*started)->execution).summary.step, "sms");
  EXPECT_EQ(std::ranges::count(attempts, "sms_otp", &outbox::SendRequest::channel), 1);
}

TEST_F(ServiceTest, AFailedLogClosesTheService) {
  const core::ExecutionId id = begin();
  storage_->hold_commits = true;
  std::optional<Outcome<SignalAnswer>> answer;
  service_->signal(id, "verified", into(answer));
  service_->pump();
  storage_->fail_log(false);
  service_->pump();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->error().problem, Problem::storage_failed) << "whether it was done is not known";
  EXPECT_FALSE(service_->ready());
  EXPECT_EQ(failures_.size(), 1U);
  EXPECT_EQ(start().error().problem, Problem::storage_failed);
}

TEST_F(ServiceTest, ALostShardIsClosedAndTheServiceGoesOn) {
  shards_ = 2;
  reopen();
  const core::ExecutionId id = begin();
  storage_->fail_log(true);
  service_->pump();
  EXPECT_EQ(lost_.size(), 2U);
  EXPECT_TRUE(service_->ready());
  EXPECT_EQ(signal(id, "verified").error().problem, Problem::not_owner);
  EXPECT_EQ(start().error().problem, Problem::not_owner);
}

TEST_F(ServiceTest, WithoutALeaseNothingIsAnsweredOrSent) {
  begin();
  storage_->may_act = false;
  std::optional<Outcome<StartAnswer>> started;
  service_->start(request(), into(started));
  service_->pump();
  EXPECT_FALSE(started);
  EXPECT_EQ(transport_.attempts().size(), 1U);
  storage_->may_act = true;
  service_->pump();
  ASSERT_TRUE(started && *started);
  EXPECT_EQ(transport_.attempts().size(), 2U);
}

TEST_F(ServiceTest, OldBatchesAreWrittenAgain) {
  begin();
  for (int i = 0; i < 9; ++i) ASSERT_TRUE(start());
  storage_->rewrite_before = 1'000'000;
  pass(1);
  EXPECT_EQ(storage_->rewritten, 10U);
  pass(1000);
  EXPECT_EQ(storage_->rewritten, 10U) << "once";
  const std::size_t before = disk_->running.size();
  reopen();
  EXPECT_EQ(disk_->running.size(), before);
}

// ---- Shards that come and go

TEST_F(ServiceTest, ShardsAreOpenedAndClosedWhileItRuns) {
  shards_ = 4;
  reopen();
  const core::ExecutionId id = begin();
  const auto slot = static_cast<std::uint8_t>(id.slot());
  const store::SlotRange range{static_cast<std::uint8_t>(slot / 64 * 64),
                               static_cast<std::uint8_t>(slot / 64 * 64 + 63)};
  EXPECT_EQ(service_->close_shard({1, 2}).error().code, ErrorCode::not_found);
  ASSERT_TRUE(service_->close_shard(range));
  EXPECT_EQ(signal(id, "verified").error().problem, Problem::not_owner);
  EXPECT_EQ(problem_of_read(id), Problem::not_owner);
  ASSERT_TRUE(service_->open_shard(range));
  service_->pump();
  EXPECT_TRUE(signal(id, "verified")->handled);
  const auto shards = ask<std::vector<ShardView>>([&](auto done) { service_->shards(std::move(done)); });
  ASSERT_TRUE(shards);
  ASSERT_EQ(shards->size(), 4U);
  EXPECT_EQ(shards->front().first_slot, 0);
  EXPECT_EQ(shards->back().last_slot, 255);
}

TEST_F(ServiceTest, AnExecutionIsInspectedWithoutWhatItHolds) {
  const core::ExecutionId id = begin();
  const auto raw = ask<RawView>([&](auto done) { service_->inspect(id, std::move(done)); });
  ASSERT_TRUE(raw);
  EXPECT_EQ(raw->view.summary.step, "viber");
  EXPECT_EQ(raw->revision, 1U);
  EXPECT_EQ(raw->next_deadline_ms, kBegin + 30'000);
  ASSERT_EQ(raw->pending.size(), 1U);
  EXPECT_EQ(raw->pending[0].channel, "viber_otp");
  EXPECT_TRUE(raw->pending[0].in_flight);
}

// ---- Keys, people, traces

TEST_F(ServiceTest, AKeyStandsForItsRecipient) {
  begin();
  const auto first = start("key");
  const auto other = start("key", R"({"phone":"+60123456789","code":"482913"})");
  ASSERT_TRUE(first && other);
  EXPECT_NE(first->execution, other->execution);
  EXPECT_FALSE(other->repeated);
}

TEST_F(ServiceTest, AKeyIsKnownFromTheTablesBeforeAllKeysAreRead) {
  begin();
  const auto first = start("key");
  signal(first->execution, "verified");
  reopen();
  storage_->hold_lookups = true;
  std::optional<Outcome<StartAnswer>> again;
  std::optional<Outcome<StartAnswer>> third;
  service_->start(request("key"), into(again));
  service_->start(request("key"), into(third));
  service_->pump();
  EXPECT_FALSE(again) << "nobody knows yet";
  storage_->hold_lookups = false;
  service_->pump();
  ASSERT_TRUE(again && *again);
  ASSERT_TRUE(third && *third);
  EXPECT_TRUE((*again)->repeated);
  EXPECT_EQ((*again)->execution, first->execution);
  EXPECT_EQ((*third)->execution, first->execution);
}

TEST_F(ServiceTest, APersonIsErased) {
  const core::ExecutionId ended = begin();
  signal(ended, "verified");
  const core::ExecutionId running = start()->execution;
  const core::ExecutionId other = start("", R"({"phone":"+60123456789","code":"482913"})")->execution;
  ListQuery theirs;
  theirs.party = "+639171234567";
  const auto list = [&] { return ask<ListPage>([&](auto done) { service_->list(theirs, std::move(done)); }); };
  EXPECT_EQ(list()->executions.size(), 2U);
  const auto erased = ask<EraseAnswer>([&](auto done) { service_->erase_party("+639171234567", std::move(done)); });
  ASSERT_TRUE(erased);
  EXPECT_EQ(erased->ended, 1U);
  EXPECT_EQ(erased->erased, 2U);
  EXPECT_EQ(storage_->purges, 1U);
  EXPECT_TRUE(list()->executions.empty());
  EXPECT_EQ(problem_of_read(ended), Problem::unknown_execution);
  EXPECT_EQ(problem_of_read(running), Problem::unknown_execution);
  EXPECT_EQ(view(other).summary.step, "viber");
  for (const auto& [id, row] : disk_->running) EXPECT_EQ(row.image.find("9171234567"), std::string::npos);
  for (const auto& [id, row] : disk_->ended) EXPECT_EQ(row.image.find("9171234567"), std::string::npos);
}

TEST_F(ServiceTest, WhatEndedHoldsNeitherSecretsNorNumbers) {
  const core::ExecutionId id = begin();
  transport_.refuse(SendClass::transient);
  service_->pump();
  EXPECT_NE(disk_->running.at(id).image.find("482913"), std::string::npos) << "the store seals it";
  signal(id, "verified");
  const std::string& image = disk_->ended.at(id).image;
  EXPECT_EQ(image.find("482913"), std::string::npos);
  EXPECT_EQ(image.find("9171234567"), std::string::npos);
}

TEST_F(ServiceTest, ATraceGoesToTheProviderAlsoAfterARestart) {
  begin();
  StartRequest traced = request();
  traced.traceparent = kTrace;
  ASSERT_TRUE(start(traced));
  EXPECT_EQ(transport_.attempts().back().traceparent, kTrace);
  traced.traceparent = "nonsense";
  ASSERT_TRUE(start(traced));
  EXPECT_EQ(transport_.attempts().back().traceparent, "");
  transport_.forget_unanswered();
  reopen();
  const auto attempts = transport_.attempts();
  EXPECT_EQ(std::ranges::count(attempts, kTrace, &outbox::SendRequest::traceparent), 2);
}

TEST_F(ServiceTest, AnOutcomeThatNobodyKnowsIsMarked) {
  const core::ExecutionId id = begin();
  transport_.refuse(SendClass::unknown, "timed out");
  service_->pump();
  EXPECT_TRUE(timeline(id).ends_with("queued outcome_unknown attempt_failed(unknown)")) << timeline(id);
  EXPECT_EQ(metric("flow_sends_unknown_total", {{"channel", "viber_otp"}}), 1);
}

TEST_F(ServiceTest, WhatIsSentAgainAfterARestartIsMarked) {
  const core::ExecutionId id = begin();
  transport_.forget_unanswered();
  reopen();
  EXPECT_TRUE(timeline(id).ends_with("queued resent")) << timeline(id);
  EXPECT_EQ(metric("flow_sends_resent_total", {{"channel", "viber_otp"}}), 1);
  transport_.refuse(SendClass::transient);
  service_->pump();
  reopen();
  pass(3'000);
  EXPECT_TRUE(timeline(id).ends_with("resent attempt_failed(transient)")) << "its next attempt was still to come";
}

// ---- Memory

TEST_F(ServiceTest, WhatWaitsIsMadeSmallAndGoesOnAsIfNothingHadHappened) {
  begin();
  std::vector<core::ExecutionId> ids;
  for (int i = 0; i < 50; ++i) {
    const auto started =
        start("", fmt::format(R"({{"phone":"+60123456{:03}","code":"482913","note":"{}"}})", i, std::string(300, 'n')));
    ASSERT_TRUE(started);
    ids.push_back(started->execution);
  }
  const auto image_bytes = [&](const core::ExecutionId& id) {
    return ask<RawView>([&](auto done) { service_->inspect(id, std::move(done)); })->image_bytes;
  };
  const std::size_t before = image_bytes(ids[7]);
  pass(5'000);
  pass(5'000);
  EXPECT_LT(image_bytes(ids[7]) + 250, before);
  while (transport_.unanswered() > 0) transport_.accept();
  service_->pump();
  receipt(ids[7], 0, Receipt::sent);
  storage_->rewrite_before = 1'000'000;
  pass(20'000);
  reopen();
  EXPECT_EQ(view(ids[7]).summary.party, "+601******07");
  pass(30'000);
  EXPECT_EQ(view(ids[7]).summary.step, "sms");
  EXPECT_EQ(view(ids[8]).summary.end, "failed") << "nobody reported anything";
  EXPECT_EQ(transport_.attempts().back().text, "482913");
}

// ---- Hostile bundles

TEST_F(ServiceTest, AFlowThatIgnoresADueTimerIsEnded) {
  ASSERT_TRUE(deploy("bundle b1: otp!stuck"));
  ASSERT_TRUE(publish("otp", "b1"));
  const core::ExecutionId id = start()->execution;
  transport_.accept();
  pass(30'000);
  EXPECT_EQ(view(id).summary.end, "failed");
  EXPECT_NE(view(id).summary.reason.find("internal"), std::string::npos);
  EXPECT_EQ(metric("flow_internal_errors_total"), 1);
}

// ---- Backpressure

TEST_F(ServiceTest, AStartWhoseMessageWouldWaitTooLongIsRefusedBeforeItBegins) {
  transport_.policies["viber_otp"].queue_max = 3;
  transport_.policies["viber_otp"].in_flight_max = 1;
  reopen();
  begin();
  int refused = 0;
  for (int i = 0; i < 10; ++i) {
    const auto answer = start();
    if (answer) continue;
    ++refused;
    EXPECT_EQ(answer.error().problem, Problem::overloaded);
    EXPECT_GT(answer.error().retry_after_ms, 0);
  }
  EXPECT_GT(refused, 0);
  EXPECT_EQ(disk_->running.size(), static_cast<std::size_t>(11 - refused));
  reopen();
  EXPECT_EQ(disk_->running.size(), static_cast<std::size_t>(11 - refused)) << "what was refused left no trace";
}

}  // namespace
}  // namespace flow::service
