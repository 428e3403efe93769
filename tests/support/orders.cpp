#include "tests/support/orders.h"

#include <optional>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/check.h"
#include "runtime/core/clock.h"
#include "tests/support/run_program.h"

namespace flow::testing_support {

namespace {

using nlohmann::json;
using namespace std::chrono_literals;

// As flowsim's log calls it.
std::string provider_of(const std::string& channel) {
  if (channel == "waba_otp") return "whatsapp";
  return channel.substr(0, channel.find('_'));
}

}  // namespace

Orders::Orders(OrdersOptions options) : options_(std::move(options)), client_(std::make_unique<http::Client>()) {}

Orders::~Orders() {
  client_.reset();
}

http::ClientOutcome Orders::call(const std::string& method, const std::string& path, std::string body,
                                 const std::string& type) {
  http::ClientRequest request{
      .method = method, .url = options_.url() + path, .headers = {}, .body = std::move(body), .timeout = 20s};
  if (!type.empty()) request.headers.emplace_back("content-type", type);
  return client_->perform(std::move(request));
}

void Orders::deploy(const std::string& file) {
  const Outcome built = run_program({FLOW_BIN_DIR "/flowc", "build", FLOW_SOURCE_DIR "/flows/otp", "-o", file});
  FLOW_CHECK(built.exit_code == 0, "{}", built.output);
  const auto deployed = call("POST", "/v1/bundles", read_file(file), "application/octet-stream");
  FLOW_CHECK(deployed && deployed->status < 300, "not deployed: {}",
             deployed ? deployed->body : deployed.error().error.message);
  const json version = {{"bundle", json::parse(deployed->body).at("version")}};
  const auto published = call("PUT", "/v1/flows/deliver_otp/published", version.dump(), "application/json");
  FLOW_CHECK(published && published->status < 300, "not published: {}", published ? published->body : "");
}

void Orders::fill(std::size_t open) {
  for (std::size_t next = 0;;) {
    {
      const std::lock_guard lock(mutex_);
      if (under_way_ >= open) return;
      while (next < orders_.size() && (orders_[next].asked || !orders_[next].execution.empty())) ++next;
      if (next == orders_.size()) {
        orders_.push_back({.key = fmt::format("order-{}", next), .number = options_.number(next), .execution = ""});
      }
      orders_[next].asked = true;
      ++under_way_;
    }
    begin(next);
  }
}

std::size_t Orders::ask_again(std::size_t most) {
  std::vector<std::size_t> again;
  std::size_t left = 0;
  {
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < orders_.size(); ++i) {
      if (!orders_[i].execution.empty()) continue;
      ++left;
      if (orders_[i].asked || under_way_ >= most) continue;
      orders_[i].asked = true;
      ++under_way_;
      again.push_back(i);
    }
  }
  for (const std::size_t order : again) begin(order);
  return left;
}

void Orders::begin(std::size_t order) {
  http::ClientRequest request{.method = "POST", .url = options_.url() + "/v1/flows/deliver_otp/executions"};
  {
    const std::lock_guard lock(mutex_);
    const Order& one = orders_[order];
    request.headers = {{"content-type", "application/json"}, {"idempotency-key", one.key}};
    request.body = json{{"inputs", {{"customerPhoneNumber", one.number}, {"verificationCode", "482913"}}}}.dump();
  }
  request.timeout = options_.patience;
  client_->send(std::move(request), [this, order](http::ClientOutcome outcome) { answered(order, outcome); });
}

void Orders::answered(std::size_t order, const http::ClientOutcome& outcome) {
  const std::lock_guard lock(mutex_);
  Order& one = orders_[order];
  one.asked = false;
  --under_way_;
  if (!outcome || outcome->status >= 500) return;  // asked again, with the same key
  if (outcome->status != 200 && outcome->status != 201) {
    faults_.push_back(fmt::format("{} was refused: {} {}", one.key, outcome->status, outcome->body));
    return;
  }
  const std::string execution = json::parse(outcome->body).at("execution");
  if (!one.execution.empty() && one.execution != execution) faults_.push_back(one.key + " is two executions");
  if (one.execution.empty()) one.accepted_at_ms = core::real_now_ms();
  one.execution = execution;
}

std::vector<Order> Orders::all() const {
  const std::lock_guard lock(mutex_);
  return orders_;
}

std::vector<std::string> Orders::faults() const {
  const std::lock_guard lock(mutex_);
  return faults_;
}

Fate Orders::fate(const std::string& execution) {
  Fate fate;
  const auto read = call("GET", "/v1/executions/" + execution);
  fate.shown = read ? fmt::format("{} {}", read->status, read->body) : read.error().error.message;
  if (!read || read->status != 200) return fate;
  const json view = json::parse(read->body);
  fate.end = view.value("end", "");
  std::map<int, std::string> channels;
  for (const json& entry : view.at("timeline")) {
    const std::string kind = entry.at("kind");
    if (!entry.contains("message")) continue;
    std::string& channel = channels[entry.at("message")];
    if (kind == "queued") channel = provider_of(entry.at("channel"));
    if (kind == "not_sent" || kind == "withdrawn") fate.not_sent.insert(channel);
    // Both are on disk before the attempt that they announce is made.
    if (kind == "resent" || kind == "attempt_failed") ++fate.repeats[channel];
  }
  return fate;
}

namespace {

// The copies of one message, in the order in which the provider took them.
using Copies = std::vector<LoggedMessage>;

void judge_copies(const std::string& channel, Copies copies, const Fate& fate, const JudgeOptions& options,
                  Judgement& judgement) {
  const auto fault = [&](std::string_view what) {
    judgement.faults.push_back(fmt::format("{} to {} {}\n{}", channel, copies.front().number, what, fate.shown));
  };
  for (std::size_t i = 1; i < copies.size(); ++i) {
    ++judgement.repeats;
    // What was said of one copy was said of the message.
    if (copies[i - 1].reported_at_ms) copies[i].reported_at_ms = copies[i - 1].reported_at_ms;
    if (!options.interrupted(copies[i - 1], copies[i])) fault("was repeated though nothing had interrupted it");
  }
  const auto announced = fate.repeats.find(channel);
  const std::size_t allowed = announced == fate.repeats.end() ? 0 : static_cast<std::size_t>(announced->second);
  if (copies.size() > allowed + 1) fault("was repeated more often than its timeline says");
}

}  // namespace

Judgement judge(Orders& orders, const std::vector<LoggedMessage>& log, const JudgeOptions& options) {
  Judgement judgement{.faults = orders.faults()};
  std::map<std::string, std::map<std::string, Copies>> by_number;
  for (const LoggedMessage& message : log) by_number[message.number][message.channel].push_back(message);
  for (const Order& order : orders.all()) {
    const auto found = by_number.find(order.number);
    std::set<std::string> channels;
    if (found != by_number.end()) {
      for (const auto& [channel, copies] : found->second) channels.insert(channel);
    }
    judgement.messages += channels.size();
    std::optional<Fate> fate;
    const auto look_up = [&]() -> const Fate& {
      if (!fate) fate = orders.fate(order.execution);
      return *fate;
    };
    if (order.execution.empty() || channels.size() < options.channels(order)) {
      bool told = !order.execution.empty() && !look_up().end.empty();
      if (told) {
        std::set<std::string> accounted = look_up().not_sent;
        accounted.insert(channels.begin(), channels.end());
        told = accounted.size() >= options.channels(order);
      }
      if (told && options.delayed(order)) {
        ++judgement.too_late;
      } else {
        ++judgement.lost;
        judgement.faults.push_back(fmt::format("{} is lost, its messages came on {} channels\n{}", order.key,
                                               channels.size(),
                                               order.execution.empty() ? "it was never accepted" : look_up().shown));
      }
    }
    if (channels.empty()) continue;
    for (auto& [channel, copies] : found->second) {
      if (copies.size() > 1) judge_copies(channel, std::move(copies), look_up(), options, judgement);
    }
  }
  return judgement;
}

}  // namespace flow::testing_support
