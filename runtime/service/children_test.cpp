// Executions that start others: once each, whatever fails, and what becomes of both.
#include "runtime/program/intrinsics.h"
#include "runtime/service/service_fixture_test.h"

namespace flow::service {
namespace {

using program::OperationKind;

constexpr const char* kPhone = R"({"phone":"+639171234567"})";

class ServiceChildren : public ServiceTest {
 protected:
  ServiceChildren() {
    loader_.others["calling"] = testing::starting_flow("calling", "child", OperationKind::flow);
    loader_.others["going"] = testing::starting_flow("going", "child", OperationKind::launch);
    loader_.others["child"] = testing::started_flow("child");
  }

  void deploy_all() {
    ASSERT_TRUE(deploy("bundle b1: calling, going, child"));
    ASSERT_TRUE(publish("calling", "b1"));
    ASSERT_TRUE(publish("going", "b1"));
  }
  Outcome<StartAnswer> start_flow(const std::string& flow, const std::string& key = "") {
    StartRequest request;
    request.flow = flow;
    request.inputs_json = kPhone;
    request.idempotency_key = key;
    return start(std::move(request));
  }
  core::ExecutionId begin(const std::string& flow) {
    deploy_all();
    const auto started = start_flow(flow);
    EXPECT_TRUE(started) << (started ? "" : started.error().error.message);
    return started ? started->execution : core::ExecutionId{};
  }
  std::vector<ExecutionSummary> all(const std::string& flow) {
    ListQuery query;
    query.flow = flow;
    auto page = ask<ListPage>([&](auto done) { service_->list(query, std::move(done)); });
    EXPECT_TRUE(page);
    return page ? page->executions : std::vector<ExecutionSummary>{};
  }
  core::ExecutionId only_child() {
    const auto children = all("child");
    EXPECT_EQ(children.size(), 1U);
    return children.empty() ? core::ExecutionId{} : children[0].execution;
  }
};

TEST_F(ServiceChildren, ACallAndItsEnd) {
  const core::ExecutionId caller = begin("calling");
  const core::ExecutionId child = only_child();
  EXPECT_EQ(view(child).summary.caller, caller);
  EXPECT_FALSE(view(caller).summary.caller);
  EXPECT_EQ(view(child).summary.bundle, "b1");
  EXPECT_EQ(timeline(caller), "started entered(check) timer_set(late) asked(call flow child) began_other(child)");
  EXPECT_EQ(view(caller).timeline[4].detail, core::to_string(child));
  ASSERT_TRUE(signal(child, "verify"));
  EXPECT_EQ(view(child).summary.end, "outcome");
  EXPECT_EQ(view(caller).summary.reason, "verified 2");
  EXPECT_EQ(timeline(caller),
            "started entered(check) timer_set(late) asked(call flow child) began_other(child) answered(verified) "
            "ended(failed)");
  pass(20'000'000);
  EXPECT_EQ(all("child").size(), 1U);
}

TEST_F(ServiceChildren, APlainEnd) {
  const core::ExecutionId caller = begin("calling");
  ASSERT_TRUE(signal(only_child(), "stop"));
  EXPECT_EQ(view(caller).summary.reason, "done 2");
}

TEST_F(ServiceChildren, WhatIsCalledEndsWithTheWait) {
  const core::ExecutionId caller = begin("calling");
  const core::ExecutionId child = only_child();
  pass(59'999);
  EXPECT_EQ(view(child).summary.end, "");
  pass(1);
  EXPECT_EQ(view(caller).summary.reason, "late");
  EXPECT_EQ(view(child).summary.end, "expired");
}

TEST_F(ServiceChildren, LeavingTheStepEndsWhatWasCalled) {
  const core::ExecutionId caller = begin("calling");
  const core::ExecutionId child = only_child();
  pass(10'000);
  ASSERT_TRUE(signal(caller, "stop"));
  EXPECT_EQ(view(caller).summary.end, "done");
  EXPECT_EQ(view(child).summary.end, "expired");
  EXPECT_EQ(timeline(caller),
            "started entered(check) timer_set(late) asked(call flow child) began_other(child) signal(stop) cancelled "
            "ended(done)");
}

TEST_F(ServiceChildren, AForwardOutlivesItsExecution) {
  const core::ExecutionId caller = begin("going");
  EXPECT_EQ(view(caller).summary.end, "done");
  EXPECT_TRUE(view(caller).summary.ended_at_ms);
  const core::ExecutionId child = only_child();
  EXPECT_EQ(view(child).summary.caller, caller);
  pass(200'000);
  EXPECT_EQ(view(child).summary.end, "") << "nobody waits for it";
  EXPECT_EQ(timeline(caller), "started entered(check) asked(forward to child) ended(done) began_other(child)");
}

TEST_F(ServiceChildren, NobodyElseStartsWhatOnlyFlowsStart) {
  deploy_all();
  ASSERT_TRUE(publish("child", "b1"));
  const auto refused = start_flow("child");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().problem, Problem::invalid_request);
}

TEST_F(ServiceChildren, ItStaysOnTheBundleOfItsCaller) {
  const core::ExecutionId caller = begin("calling");
  ASSERT_TRUE(deploy("bundle b2: calling"));
  ASSERT_TRUE(publish("calling", "b2"));
  EXPECT_EQ(view(only_child()).summary.bundle, "b1");
  EXPECT_EQ(view(caller).summary.end, "");
}

TEST_F(ServiceChildren, AFlowThatIsNotThereHasFailed) {
  ASSERT_TRUE(deploy("bundle b2: calling"));
  ASSERT_TRUE(publish("calling", "b2"));
  const auto started = start_flow("calling");
  ASSERT_TRUE(started);
  EXPECT_EQ(view(started->execution).summary.reason, "failed 0");
}

TEST_F(ServiceChildren, AnEndWhoseWordIsLostIsFoundAllTheSame) {
  const core::ExecutionId caller = begin("calling");
  const core::ExecutionId child = only_child();
  // The end is durable, and the process dies before it tells anybody.
  storage_->hold_after = storage_->sizes().commits + 1;
  service_->signal(child, "verify", [](Outcome<SignalAnswer>) {});
  service_->pump();
  crash();
  pass(60'000);
  EXPECT_EQ(view(caller).summary.reason, "verified 2");
}

// The process is killed after each commit that there is; what it was asked to do is asked again.
TEST_F(ServiceChildren, NothingIsLostOrDoneTwiceWhereverItIsKilled) {
  for (const std::string flow : {"calling", "going"}) {
    for (std::uint64_t commits = 0; commits < 12; ++commits) {
      SCOPED_TRACE(flow + ", killed after " + std::to_string(commits) + " commits");
      disk_ = std::make_shared<MemoryDisk>();
      open();
      deploy_all();
      storage_->hold_after = storage_->sizes().commits + commits;
      storage_->hold_commits = commits == 0;
      // Answers may come when the process dies.
      const auto begin_it = [&] {
        StartRequest request;
        request.flow = flow;
        request.inputs_json = kPhone;
        request.idempotency_key = "once";
        auto started = std::make_shared<std::optional<Outcome<StartAnswer>>>();
        service_->start(request, [started](Outcome<StartAnswer> answer) { *started = std::move(answer); });
        service_->pump();
        return *started;
      };
      const auto verify = [&] {
        ListQuery query;
        query.flow = "child";
        auto page = std::make_shared<std::optional<Outcome<ListPage>>>();
        service_->list(query, [page](Outcome<ListPage> answer) { *page = std::move(answer); });
        service_->pump();
        if (!*page || !**page || (**page)->executions.empty()) return;
        service_->signal((**page)->executions[0].execution, "verify", [](Outcome<SignalAnswer>) {});
        service_->pump();
      };
      begin_it();
      verify();
      pass(1000);
      crash();
      const auto started = begin_it();
      ASSERT_TRUE(started && *started);
      pass(1000);
      verify();
      pass(1000);
      EXPECT_EQ(all("child").size(), 1U);
      EXPECT_EQ(all(flow).size(), 1U);
      EXPECT_EQ(view(only_child()).summary.end, "outcome");
      EXPECT_EQ(view(only_child()).summary.caller, (*started)->execution);
      const ExecutionView caller = view((*started)->execution);
      EXPECT_EQ(caller.summary.end, flow == "going" ? "done" : "failed");
      if (flow == "calling") EXPECT_EQ(caller.summary.reason, "verified 2");
    }
  }
}

// Two nodes, and what brings a call to the one that has the slot.
class Both final : public Service {
 public:
  std::vector<LocalService*> nodes;
  int elsewhere = 0;

  void start(StartRequest request, Done<StartAnswer> done) override {
    StartRequest kept = request;
    nodes[0]->start(std::move(request), [this, kept, done = std::move(done)](Outcome<StartAnswer> answer) mutable {
      if (answer || answer.error().problem != Problem::not_owner) return done(std::move(answer));
      ++elsewhere;
      nodes[1]->start(std::move(kept), std::move(done));
    });
  }
  void child_ended(core::ExecutionId execution, std::uint32_t operation, Done<bool> done) override {
    nodes[0]->child_ended(execution, operation, [](Outcome<bool>) {});
    nodes[1]->child_ended(execution, operation, std::move(done));
  }
  void deploy(std::string, Done<DeployAnswer>) override {}
  void bundles(Done<std::vector<BundleView>>) override {}
  void publish(std::string, std::string, Done<PublishedFlow>) override {}
  void unpublish(std::string, Done<PublishedFlow>) override {}
  void published(Done<std::vector<PublishedFlow>>) override {}
  void start_batch(std::vector<StartRequest>, Done<std::vector<Outcome<StartAnswer>>>) override {}
  void signal(core::ExecutionId, std::string, Done<SignalAnswer>) override {}
  void receipt(ReceiptReport, Done<ReceiptVerdict>) override {}
  void inbound(InboundMessage, Done<InboundVerdict>) override {}
  void contact(ContactRequest, Done<ContactAnswer>) override {}
  void read(core::ExecutionId, Done<ExecutionView>) override {}
  void list(ListQuery, Done<ListPage>) override {}
  void erase_party(std::string, Done<EraseAnswer>) override {}
  void shards(Done<std::vector<ShardView>>) override {}
  void inspect(core::ExecutionId, Done<RawView>) override {}
  std::vector<MetricSample> metrics() const override { return {}; }
  bool ready() const override { return true; }
};

TEST_F(ServiceChildren, AnotherNodeHasTheOther) {
  deploy_all();
  // Numbers whose slots are in the two halves.
  std::string lower;
  std::string upper;
  for (int i = 0; lower.empty() || upper.empty(); ++i) {
    std::string number = fmt::format("+6391700{:05}", i);
    (core::slot_of(number) < 128 ? lower : upper) = std::move(number);
  }
  shards_ = 0;
  open();
  auto first = std::move(service_);
  auto first_storage = std::move(storage_);
  open();
  ASSERT_TRUE(first->open_shard({0, 127}));
  ASSERT_TRUE(service_->open_shard({128, 255}));
  Both both;
  both.nodes = {first.get(), service_.get()};
  first->asks_through(&both);
  service_->asks_through(&both);
  const auto pump = [&] {
    for (int i = 0; i < 20; ++i) {
      first->pump();
      service_->pump();
    }
  };
  for (const bool ends : {true, false}) {
    StartRequest request;
    request.flow = "calling";
    request.inputs_json = fmt::format(R"({{"phone":"{}","to":"{}"}})", lower, upper);
    std::optional<Outcome<StartAnswer>> started;
    first->start(std::move(request), into(started));
    pump();
    ASSERT_TRUE(started && *started);
    const core::ExecutionId child = all("child")[0].execution;
    EXPECT_GE(child.slot(), 128);
    EXPECT_EQ(view(child).summary.caller, (*started)->execution);
    if (ends)
      signal(child, "verify");
    else
      first->signal((*started)->execution, "stop", [](Outcome<SignalAnswer>) {});
    pump();
    std::optional<Outcome<ExecutionView>> seen;
    first->read((*started)->execution, into(seen));
    pump();
    ASSERT_TRUE(seen && *seen);
    EXPECT_EQ((*seen)->summary.end, ends ? "failed" : "done");
    if (ends) EXPECT_EQ((*seen)->summary.reason, "verified 2");
    EXPECT_EQ(view(child).summary.end, ends ? "outcome" : "expired");
  }
  EXPECT_GE(both.elsewhere, 2);
  first->asks_through(nullptr);
  service_->asks_through(nullptr);
  first.reset();
}

TEST_F(ServiceChildren, ErasingAPersonErasesBoth) {
  begin("calling");
  const auto erased = ask<EraseAnswer>([&](auto done) { service_->erase_party("+639171234567", std::move(done)); });
  ASSERT_TRUE(erased);
  EXPECT_EQ(erased->ended, 2U);
  EXPECT_TRUE(all("child").empty());
  EXPECT_TRUE(all("calling").empty());
}

}  // namespace
}  // namespace flow::service
