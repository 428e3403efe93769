// A service that remembers what it was asked and answers what a test wants.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "runtime/service/service.h"

namespace flow::ingress {

inline core::ExecutionId sample_execution() {
  core::ExecutionId id;
  for (std::size_t i = 0; i < id.bytes.size(); ++i) id.bytes[i] = static_cast<std::uint8_t>(i + 1);
  return id;
}

class FakeService final : public service::Service {
 public:
  template <typename T>
  using Done = service::Done<T>;

  std::vector<std::string> calls;
  std::vector<service::StartRequest> starts;
  std::vector<service::ReceiptReport> receipts;
  std::vector<service::InboundMessage> inbounds;
  service::ListQuery query;
  std::optional<service::Fault> fault;  // answered instead of everything else
  bool repeated = false;
  bool is_ready = true;

  void deploy(std::string bundle, Done<service::DeployAnswer> done) override {
    answer<service::DeployAnswer>("deploy " + bundle, std::move(done), {{"v1", 1'000, {"otp"}}, repeated});
  }
  void bundles(Done<std::vector<service::BundleView>> done) override {
    answer<std::vector<service::BundleView>>("bundles", std::move(done), {{"v1", 1'000, {"otp"}}});
  }
  void publish(std::string flow, std::string bundle, Done<service::PublishedFlow> done) override {
    answer<service::PublishedFlow>("publish " + flow + " " + bundle, std::move(done), {flow, bundle, 2'000});
  }
  void unpublish(std::string flow, Done<service::PublishedFlow> done) override {
    answer<service::PublishedFlow>("unpublish " + flow, std::move(done), {flow, "", 3'000});
  }
  void published(Done<std::vector<service::PublishedFlow>> done) override {
    answer<std::vector<service::PublishedFlow>>("published", std::move(done), {{"otp", "v1", 2'000}});
  }
  void start(service::StartRequest request, Done<service::StartAnswer> done) override {
    starts.push_back(request);
    answer<service::StartAnswer>("start", std::move(done), {sample_execution(), "v1", 4'000, repeated});
  }
  void start_batch(std::vector<service::StartRequest> requests,
                   Done<std::vector<service::Outcome<service::StartAnswer>>> done) override {
    std::vector<service::Outcome<service::StartAnswer>> answers;
    for (auto& request : requests) {
      if (request.inputs_json.find("bad") != std::string::npos) {
        answers.push_back(std::unexpected(
            service::Fault{service::Problem::invalid_input, {ErrorCode::invalid_argument, "input `to` is missing"}}));
      } else {
        answers.push_back(service::StartAnswer{sample_execution(), "v1", 4'000, false});
      }
      starts.push_back(std::move(request));
    }
    answer<std::vector<service::Outcome<service::StartAnswer>>>("batch", std::move(done), std::move(answers));
  }
  void signal(core::ExecutionId, std::string name, Done<service::SignalAnswer> done) override {
    answer<service::SignalAnswer>("signal " + name, std::move(done), {true});
  }
  void child_ended(core::ExecutionId, std::uint32_t, service::Done<bool> done) override { done(true); }
  void receipt(service::ReceiptReport report, Done<service::ReceiptVerdict> done) override {
    receipts.push_back(report);
    answer<service::ReceiptVerdict>("receipt", std::move(done), service::ReceiptVerdict::applied);
  }
  void inbound(service::InboundMessage message, Done<service::InboundVerdict> done) override {
    inbounds.push_back(std::move(message));
    answer<service::InboundVerdict>("inbound", std::move(done), service::InboundVerdict::taken);
  }
  void contact(service::ContactRequest request, Done<service::ContactAnswer> done) override {
    answer<service::ContactAnswer>("contact " + request.address, std::move(done), {});
  }
  void read(core::ExecutionId, Done<service::ExecutionView> done) override {
    service::ExecutionView view;
    view.summary = summary();
    view.timeline.push_back(
        {5'000, service::TimelineKind::queued, "sms", 0, "sms_otp", "", "+141*****00", std::nullopt});
    view.timeline.push_back({6'000, service::TimelineKind::timer_set, "sms", std::nullopt, "", "handover", "", 36'000});
    answer<service::ExecutionView>("read", std::move(done), std::move(view));
  }
  void list(service::ListQuery asked, Done<service::ListPage> done) override {
    query = asked;
    answer<service::ListPage>("list", std::move(done), {{summary()}, "next"});
  }
  void erase_party(std::string e164, Done<service::EraseAnswer> done) override {
    answer<service::EraseAnswer>("erase " + e164, std::move(done), {1, 2});
  }
  void shards(Done<std::vector<service::ShardView>> done) override {
    answer<std::vector<service::ShardView>>("shards", std::move(done), {service::ShardView{}});
  }
  void inspect(core::ExecutionId, Done<service::RawView> done) override {
    service::RawView raw;
    raw.view.summary = summary();
    answer<service::RawView>("inspect", std::move(done), std::move(raw));
  }
  std::vector<service::MetricSample> metrics() const override {
    return {{"flow_executions_started_total", "Started.", service::MetricKind::counter, {{"flow", "a\"b"}}, 3}};
  }
  bool ready() const override { return is_ready; }

 private:
  static service::ExecutionSummary summary() {
    service::ExecutionSummary summary;
    summary.execution = sample_execution();
    summary.flow = "otp";
    summary.bundle = "v1";
    summary.step = "sms";
    summary.party = "+141*****00";
    summary.messages = 1;
    summary.started_at_ms = 4'000;
    summary.changed_at_ms = 5'000;
    return summary;
  }

  template <typename T>
  void answer(std::string call, Done<T> done, T value) {
    calls.push_back(std::move(call));
    if (fault) return done(std::unexpected(*fault));
    done(std::move(value));
  }
};

}  // namespace flow::ingress
