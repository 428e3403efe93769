// The service without threads, on a virtual clock, a real store and a transport that does as told: for its tests.
#pragma once

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include <gtest/gtest.h>

#include "base/limits.h"
#include "runtime/core/log.h"
#include "runtime/service/local_service.h"
#include "runtime/service/testing.h"
#include "runtime/store/embedded/embedded.h"

namespace flow::service {
namespace fs = std::filesystem;
using outbox::SendClass;
using program::Receipt;
using testing::FakeTransport;
using testing::LineLoader;

inline constexpr std::int64_t kBegin = 1'700'000'000'000;
inline constexpr const char* kInputs = R"({"phone":"+639171234567","code":"482913"})";

template <typename T>
Done<T> into(std::optional<Outcome<T>>& place) {
  return [&place](Outcome<T> outcome) { place = std::move(outcome); };
}

inline crypto::Keyring keyring(std::string id) {
  return *crypto::Keyring::make({{std::move(id), std::string(crypto::kSealingKeyBytes, 'k')}});
}

class ServiceTest : public ::testing::Test {
 protected:
  ServiceTest() : clock_(kBegin), random_(1), keys_(keyring("k1")) {
    core::log::set_level(core::log::Level::error);
    std::string pattern = (fs::temp_directory_path() / "flow-service-XXXXXX").string();
    top_ = ::mkdtemp(pattern.data());
    transport_.policies["viber_otp"] = {.kind = program::ChannelKind::viber};
    transport_.policies["sms_otp"] = {.kind = program::ChannelKind::sms};
    open();
  }
  ~ServiceTest() override {
    service_.reset();
    fs::remove_all(top_);
  }

  void open() {
    auto service = try_open();
    ASSERT_TRUE(service) << service.error().message;
    service_ = *std::move(service);
    service_->pump();
  }
  Result<std::unique_ptr<LocalService>> try_open() {
    auto store = store::embedded::open({.folder = top_ / "data", .vfs = ""});
    if (!store) return std::unexpected(store.error());
    return LocalService::open({.store = *std::move(store),
                               .clock = clock_,
                               .random = random_,
                               .transport = transport_,
                               .loader = loader_,
                               .keys = with_keys_ ? &keys_ : nullptr,
                               .region_of = testing::no_region},
                              {.executions_max = executions_max_, .threads = false, .on_failure = {}});
  }
  void reopen() {
    service_.reset();
    open();
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

  fs::path top_;
  core::VirtualClock clock_;
  core::SeededRandom random_;
  crypto::Keyring keys_;
  bool with_keys_ = true;
  std::size_t executions_max_ = LocalOptions().executions_max;
  LineLoader loader_;
  FakeTransport transport_;
  std::unique_ptr<LocalService> service_;
};

}  // namespace flow::service
