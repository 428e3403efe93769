// The service with its threads and many clients at once; above all for the thread sanitizer.
#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "runtime/core/log.h"
#include "runtime/service/local_service.h"
#include "runtime/service/memory_storage.h"
#include "runtime/service/testing.h"

namespace flow::service {
namespace {

using namespace std::chrono_literals;
using program::Receipt;

constexpr double kRate = 600;  // a handover of 30 s is over in 50 ms, an execution within a second
constexpr int kClients = 4;
constexpr int kStartsEach = 40;

// A call that waits for its answer, as far as a broken service allows.
template <typename T, typename Call>
Outcome<T> ask(Call call) {
  struct Place {
    std::mutex mutex;
    std::condition_variable ready;
    std::optional<Outcome<T>> outcome;
  };
  const auto place = std::make_shared<Place>();
  call([place](Outcome<T> outcome) {
    const std::lock_guard lock(place->mutex);
    place->outcome = std::move(outcome);
    place->ready.notify_one();
  });
  std::unique_lock lock(place->mutex);
  if (!place->ready.wait_for(lock, 30s, [&] { return place->outcome.has_value(); })) {
    ADD_FAILURE() << "no answer";
    return std::unexpected(Fault{});
  }
  return *place->outcome;
}

class ThreadsTest : public ::testing::Test {
 protected:
  ThreadsTest() : clock_(core::continue_clock({}, core::real_now_ms(), kRate, 0)) {
    core::log::set_level(core::log::Level::error);
    transport_.policies["viber_otp"] = {.kind = program::ChannelKind::viber};
    transport_.policies["sms_otp"] = {.kind = program::ChannelKind::sms};
    LocalOptions options;
    options.seals = true;
    options.shards = 2;
    options.on_failure = [](const Error& error) { ADD_FAILURE() << error.message; };
    auto service = LocalService::open({.storage = storage_,
                                       .clock = clock_,
                                       .random = random_,
                                       .transport = transport_,
                                       .loader = loader_,
                                       .region_of = testing::no_region},
                                      std::move(options));
    EXPECT_TRUE(service);
    service_ = *std::move(service);
    deploy_and_publish("b1");
    provider_ = std::thread([this] { provide(); });
  }
  ~ThreadsTest() override {
    ended_ = true;
    provider_.join();
    service_.reset();
  }

  void deploy_and_publish(const std::string& name) {
    EXPECT_TRUE(ask<DeployAnswer>(
        [&](auto done) { service_->deploy(fmt::format("bundle {}: otp!secret", name), std::move(done)); }));
    EXPECT_TRUE(ask<PublishedFlow>([&](auto done) { service_->publish("otp", name, std::move(done)); }));
  }

  // Takes every message; reports every third as delivered, so that the others are left to their timers.
  void provide() {
    std::size_t seen = 0;
    while (!ended_) {
      transport_.accept();
      const auto attempts = transport_.attempts();
      for (; seen < attempts.size(); ++seen) {
        ReceiptReport report;
        report.execution = attempts[seen].execution;
        report.message = attempts[seen].message;
        report.status = seen % 3 == 0 ? Receipt::delivered : Receipt::sent;
        service_->receipt(report, [](const Outcome<ReceiptVerdict>&) {});
      }
      std::this_thread::sleep_for(500us);
    }
  }

  StartRequest request(std::string key) const {
    StartRequest start;
    start.flow = "otp";
    start.inputs_json = R"({"phone":"+639171234567","code":"482913"})";
    start.idempotency_key = std::move(key);
    return start;
  }

  // One after the other, each looked at in every way.
  void be_client(int number) {
    for (int i = 0; i < kStartsEach; ++i) {
      const std::string key = fmt::format("{}-{}", number, i);
      const auto started = ask<StartAnswer>([&](auto done) { service_->start(request(key), std::move(done)); });
      ASSERT_TRUE(started) << started.error().error.message;
      const auto again = ask<StartAnswer>([&](auto done) { service_->start(request(key), std::move(done)); });
      ASSERT_TRUE(again);
      EXPECT_EQ(again->execution, started->execution);
      const auto view = ask<ExecutionView>([&](auto done) { service_->read(started->execution, std::move(done)); });
      ASSERT_TRUE(view);
      EXPECT_EQ(view->timeline.at(0).kind, TimelineKind::started);
      if (i % 4 == 0) {
        EXPECT_TRUE(
            ask<SignalAnswer>([&](auto done) { service_->signal(started->execution, "verified", std::move(done)); }));
      } else {
        const std::lock_guard lock(mutex_);
        undisturbed_.insert(core::to_string(started->execution));
      }
      if (i % 8 == 0) EXPECT_TRUE(ask<ListPage>([&](auto done) { service_->list({}, std::move(done)); }));
      EXPECT_FALSE(service_->metrics().empty());
    }
  }

  bool all_ended() {
    ListQuery running;
    running.ended = false;
    const auto page = ask<ListPage>([&](auto done) { service_->list(running, std::move(done)); });
    return page && page->executions.empty();
  }

  core::RealClock clock_;
  core::SystemRandom random_;
  testing::MemoryStorage storage_{std::make_shared<testing::MemoryDisk>(), true};
  testing::LineLoader loader_;
  testing::FakeTransport transport_;
  std::unique_ptr<LocalService> service_;
  std::atomic<bool> ended_ = false;
  std::mutex mutex_;
  std::set<std::string> undisturbed_;  // no signal came for them
  std::thread provider_;
};

TEST_F(ThreadsTest, ManyClientsAtOnce) {
  std::vector<std::thread> clients;
  for (int number = 0; number < kClients; ++number) clients.emplace_back([this, number] { be_client(number); });
  deploy_and_publish("b2");
  for (std::thread& client : clients) client.join();
  for (int tries = 0; tries < 300 && !all_ended(); ++tries) std::this_thread::sleep_for(100ms);
  EXPECT_TRUE(all_ended());
  std::set<std::string> keys;
  std::set<std::string> executions;
  for (const outbox::SendRequest& attempt : transport_.attempts()) {
    EXPECT_TRUE(keys.insert(attempt.idempotency_key).second) << attempt.idempotency_key << " went out twice";
    executions.insert(core::to_string(attempt.execution));
  }
  // A signal may end an execution before its message is handed over.
  EXPECT_EQ(undisturbed_.size(), static_cast<std::size_t>(kClients * kStartsEach * 3 / 4));
  EXPECT_TRUE(std::ranges::includes(executions, undisturbed_));
}

TEST_F(ThreadsTest, AStopUnderLoadAnswersEverybodyOnce) {
  std::atomic<int> asked = 0;
  std::atomic<int> answered = 0;
  std::atomic<bool> stopped = false;
  std::vector<std::thread> clients;
  for (int number = 0; number < kClients; ++number) {
    clients.emplace_back([&] {
      for (int i = 0; i < 2000 && !stopped; ++i) {
        ++asked;
        service_->start(request(""), [&](const Outcome<StartAnswer>& outcome) {
          if (!outcome && outcome.error().problem == Problem::shutting_down) stopped = true;
          ++answered;
        });
        std::this_thread::sleep_for(100us);
      }
    });
  }
  std::this_thread::sleep_for(50ms);
  service_->stop(20ms);
  for (std::thread& client : clients) client.join();
  EXPECT_TRUE(stopped);
  EXPECT_EQ(asked, answered);
}

}  // namespace
}  // namespace flow::service
