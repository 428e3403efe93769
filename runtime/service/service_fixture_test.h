// The service without threads, on a virtual clock, a store in memory and a transport that does as told: for its tests.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/limits.h"
#include "runtime/core/log.h"
#include "runtime/service/local_service.h"
#include "runtime/service/memory_storage.h"
#include "runtime/service/testing.h"

namespace flow::service {
using outbox::SendClass;
using program::Receipt;
using testing::FakeTransport;
using testing::LineLoader;
using testing::MemoryDisk;
using testing::MemoryStorage;

inline constexpr std::int64_t kBegin = 1'700'000'000'000;
inline constexpr const char* kInputs = R"({"phone":"+639171234567","code":"482913"})";

template <typename T>
Done<T> into(std::optional<Outcome<T>>& place) {
  return [&place](Outcome<T> outcome) { place = std::move(outcome); };
}

class ServiceTest : public ::testing::Test {
 protected:
  ServiceTest() : clock_(kBegin), random_(1), disk_(std::make_shared<MemoryDisk>()) {
    core::log::set_level(core::log::Level::error);
    transport_.policies["viber_otp"] = {.kind = program::ChannelKind::viber};
    transport_.policies["sms_otp"] = {.kind = program::ChannelKind::sms};
    open();
  }
  ~ServiceTest() override { service_.reset(); }

  void open() {
    auto service = try_open();
    ASSERT_TRUE(service) << service.error().message;
    service_ = *std::move(service);
    service_->pump();
  }
  Result<std::unique_ptr<LocalService>> try_open() {
    service_.reset();
    storage_ = std::make_unique<MemoryStorage>(disk_);
    LocalOptions options;
    options.executions_max = executions_max_;
    options.seals = seals_;
    options.shards = shards_;
    options.threads = false;
    options.on_lost = [this](store::SlotRange slots) { lost_.push_back(slots); };
    options.on_failure = [this](const Error& error) { failures_.push_back(error.message); };
    return LocalService::open({.storage = *storage_,
                               .clock = clock_,
                               .random = random_,
                               .transport = transport_,
                               .loader = loader_,
                               .region_of = testing::no_region,
                               .operations = &executor_},
                              std::move(options));
  }
  void reopen() {
    service_.reset();
    open();
  }
  // As after a kill: what was not durable is gone, and nobody says goodbye.
  void crash() {
    storage_->hold_commits = true;
    reopen();
  }

  template <typename T, typename Call>
  Outcome<T> ask(Call call) {
    std::optional<Outcome<T>> answer;
    call(into(answer));
    service_->pump();
    if (!answer) ADD_FAILURE() << "no answer";
    return answer.value_or(std::unexpected(Fault{}));
  }
  Outcome<DeployAnswer> deploy(std::string bundle) {
    return ask<DeployAnswer>([&](auto done) { service_->deploy(bundle, std::move(done)); });
  }
  Outcome<PublishedFlow> publish(std::string flow, std::string bundle) {
    return ask<PublishedFlow>([&](auto done) { service_->publish(flow, bundle, std::move(done)); });
  }
  Outcome<StartAnswer> start(std::string key = "", std::string inputs = kInputs) {
    StartRequest request;
    request.flow = "otp";
    request.inputs_json = std::move(inputs);
    request.idempotency_key = std::move(key);
    return start(std::move(request));
  }
  Outcome<StartAnswer> start(StartRequest request) {
    return ask<StartAnswer>([&](auto done) { service_->start(std::move(request), std::move(done)); });
  }
  Outcome<ReceiptVerdict> receipt(core::ExecutionId id, std::uint32_t message, Receipt status,
                                  std::string reason = "") {
    ReceiptReport report;
    report.execution = id;
    report.message = message;
    report.status = status;
    report.reason = std::move(reason);
    return ask<ReceiptVerdict>([&](auto done) { service_->receipt(report, std::move(done)); });
  }
  Outcome<SignalAnswer> signal(core::ExecutionId id, std::string name) {
    return ask<SignalAnswer>([&](auto done) { service_->signal(id, name, std::move(done)); });
  }
  ExecutionView view(core::ExecutionId id) {
    auto read = ask<ExecutionView>([&](auto done) { service_->read(id, std::move(done)); });
    EXPECT_TRUE(read);
    return read.value_or(ExecutionView{});
  }
  Problem problem_of_read(core::ExecutionId id) {
    return ask<ExecutionView>([&](auto done) { service_->read(id, std::move(done)); }).error().problem;
  }
  // "started entered(viber) timer_set(handover) …"
  std::string timeline(core::ExecutionId id) {
    std::string text;
    for (const TimelineEntry& entry : view(id).timeline) {
      text += text.empty() ? "" : " ";
      text += to_string(entry.kind);
      const bool by_step = entry.kind == TimelineKind::entered;
      const std::string& what = by_step ? entry.step : entry.kind == TimelineKind::started ? "" : entry.status;
      if (!what.empty()) text += "(" + what + ")";
    }
    return text;
  }
  void pass(std::int64_t ms) {
    clock_.advance(ms);
    service_->pump();
  }
  double metric(const std::string& name, const core::Labels& labels = {}) {
    return service_->metric_set().value(name, labels);
  }
  core::ExecutionId begin() {
    EXPECT_TRUE(deploy("bundle b1: otp!secret"));
    EXPECT_TRUE(publish("otp", "b1"));
    const auto started = start();
    EXPECT_TRUE(started);
    return started ? started->execution : core::ExecutionId{};
  }

  core::VirtualClock clock_;
  core::SeededRandom random_;
  std::shared_ptr<MemoryDisk> disk_;
  std::unique_ptr<MemoryStorage> storage_;
  bool seals_ = true;
  std::size_t shards_ = 1;
  std::vector<store::SlotRange> lost_;
  std::vector<std::string> failures_;
  std::size_t executions_max_ = LocalOptions().executions_max;
  LineLoader loader_;
  FakeTransport transport_;
  testing::FakeExecutor executor_;
  std::unique_ptr<LocalService> service_;
};

}  // namespace flow::service
