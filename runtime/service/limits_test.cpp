// What the service takes at most.
#include "base/limits.h"

#include "runtime/service/service_fixture_test.h"

namespace flow::service {
namespace {

TEST_F(ServiceTest, BatchesAndQueuesAreBounded) {
  begin();
  StartRequest request;
  request.flow = "otp";
  request.inputs_json = kInputs;
  std::vector<StartRequest> batch(limits::kBatchStartsMax + 1, request);
  std::optional<Outcome<std::vector<Outcome<StartAnswer>>>> answer;
  service_->start_batch(batch, into(answer));
  EXPECT_EQ(answer->error().problem, Problem::invalid_request);
  std::vector<std::optional<Outcome<SignalAnswer>>> answers(limits::kCommandsQueuedMax + 1);
  for (auto& each : answers) service_->signal({}, "verified", into(each));
  EXPECT_EQ(answers.back()->error().problem, Problem::overloaded);
  EXPECT_FALSE(answers.front());
  service_->pump();
  EXPECT_EQ(answers.front()->error().problem, Problem::unknown_execution);
  EXPECT_EQ(signal({}, "verified").error().problem, Problem::unknown_execution) << "there is room again";
}

TEST_F(ServiceTest, DeploymentsThatWaitAreBounded) {
  std::vector<std::optional<Outcome<std::vector<BundleView>>>> answers(limits::kAdminJobsMax + 1);
  for (auto& each : answers) service_->bundles(into(each));
  ASSERT_TRUE(answers.back());
  EXPECT_EQ(answers.back()->error().problem, Problem::overloaded);
  EXPECT_FALSE(answers.front());
  service_->pump();
  EXPECT_TRUE(answers.front() && *answers.front());
  EXPECT_TRUE(ask<std::vector<BundleView>>([&](auto done) { service_->bundles(std::move(done)); }));
}

TEST_F(ServiceTest, NothingIsBegunWhileTheTablesLagOrTheDiskIsNearlyFull) {
  const core::ExecutionId running = begin();
  storage_->executions_behind = limits::kEndedBehindMax + 1;
  pass(1000);
  auto refused = start();
  EXPECT_EQ(refused.error().problem, Problem::overloaded);
  EXPECT_GT(refused.error().retry_after_ms, 0);
  storage_->executions_behind = 0;
  storage_->low_space = true;
  pass(1000);
  EXPECT_EQ(start().error().problem, Problem::low_space);
  EXPECT_TRUE(signal(running, "verified")->handled) << "what runs goes on";
  storage_->low_space = false;
  pass(1000);
  EXPECT_TRUE(start());
}

TEST_F(ServiceTest, CommandsThatWaitTogetherShareACommit) {
  const core::ExecutionId id = begin();
  const auto commits_of = [&](std::size_t signals) {
    const double before = metric("flow_commits_total");
    std::vector<std::optional<Outcome<StartAnswer>>> answers(signals);
    StartRequest request;
    request.flow = "otp";
    request.inputs_json = kInputs;
    for (auto& each : answers) service_->start(request, into(each));
    service_->pump();
    for (const auto& each : answers) EXPECT_TRUE(each && *each);
    return metric("flow_commits_total") - before;
  };
  transport_.policies["viber_otp"].in_flight_max = 1;  // nothing but the starts is written
  EXPECT_EQ(commits_of(limits::kCommandsPerCommitMax), 1);
  EXPECT_EQ(commits_of(limits::kCommandsPerCommitMax + 1), 2);
  EXPECT_EQ(view(id).summary.step, "viber");
}

TEST_F(ServiceTest, TheMostRunningExecutionsIsALimit) {
  EXPECT_EQ(LocalOptions().executions_max, limits::kActiveExecutionsMax);
  executions_max_ = 2;
  reopen();
  const core::ExecutionId first = begin();
  ASSERT_TRUE(start("second"));
  EXPECT_EQ(start().error().problem, Problem::too_many_executions);
  EXPECT_TRUE(start("second")->repeated) << "what is running is still found";
  reopen();
  EXPECT_EQ(start().error().problem, Problem::too_many_executions);
  signal(first, "verified");
  EXPECT_TRUE(start()) << "there is room again";
}

TEST_F(ServiceTest, ALongTimelineLosesItsMiddleAndKeepsItsEnd) {
  const core::ExecutionId id = begin();
  const std::size_t at_once = limits::kTimelineEntriesMax / 8;
  while (view(id).timeline.size() + at_once * 8 < limits::kTimelineEntriesMax + 8) {
    std::vector<std::optional<Outcome<SignalAnswer>>> answers(at_once);
    for (auto& each : answers) service_->signal(id, "again", into(each));
    service_->pump();
  }
  EXPECT_LE(view(id).timeline.size(), limits::kTimelineEntriesMax);
  reopen();
  for (std::size_t i = 0; i < at_once; ++i) signal(id, "again");
  EXPECT_EQ(view(id).timeline.size(), limits::kTimelineEntriesMax);
  signal(id, "verified");
  receipt(id, 0, Receipt::sent);
  const ExecutionView seen = view(id);
  EXPECT_EQ(seen.timeline.size(), limits::kTimelineEntriesMax + 1);
  EXPECT_EQ(seen.timeline.front().kind, TimelineKind::started);
  EXPECT_EQ(seen.timeline.back().kind, TimelineKind::ended);
  EXPECT_EQ(metric("flow_receipts_total", {{"status", "sent"}, {"verdict", "applied"}}), 1) << "but it was taken in";
}

}  // namespace
}  // namespace flow::service
