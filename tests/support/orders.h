// A caller of flowd's API who starts executions of flows/otp, repeats with its key what was not answered, and looks up
// what became of each; and the judge who compares that with what the providers got.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "runtime/http/client.h"
#include "tests/support/providers.h"

namespace flow::testing_support {

struct Order {
  std::string key;
  std::string number;
  std::string execution;            // once it was acknowledged
  std::int64_t accepted_at_ms = 0;  // when that was
  bool asked = false;               // a request is under way
};

// What the API says became of an execution.
struct Fate {
  std::string end;                 // empty: it has not ended, or cannot be read
  std::set<std::string> not_sent;  // by the same: messages that were taken back, or whose time was over
  std::map<std::string, int>
      repeats;        // by the provider's channel: attempts that its timeline announces beyond first ones
  std::string shown;  // all of it
};

struct OrdersOptions {
  std::function<std::string()> url;                // where flowd is now: http://…
  std::function<std::string(std::size_t)> number;  // of the nth order: one of its own
  std::chrono::milliseconds patience{10'000};      // for the answer to a start
};

class Orders {
 public:
  explicit Orders(OrdersOptions options);
  ~Orders();
  Orders(const Orders&) = delete;
  Orders& operator=(const Orders&) = delete;

  http::ClientOutcome call(const std::string& method, const std::string& path, std::string body = "",
                           const std::string& type = "");
  // Builds flows/otp and publishes it; ends the test's process when that fails. The bundle is written to `file`.
  void deploy(const std::string& file);
  // Begins starts, those that were not acknowledged first, until `open` are under way.
  void fill(std::size_t open);
  // Asks again for all that were not acknowledged, `most` at a time; how many there are.
  std::size_t ask_again(std::size_t most = 64);

  std::vector<Order> all() const;
  std::vector<std::string> faults() const;  // answers that break a promise, in words
  Fate fate(const std::string& execution);

 private:
  void begin(std::size_t order);
  void answered(std::size_t order, const http::ClientOutcome& outcome);

  const OrdersOptions options_;
  mutable std::mutex mutex_;
  std::vector<Order> orders_;
  std::size_t under_way_ = 0;
  std::vector<std::string> faults_;
  std::unique_ptr<http::Client> client_;  // last: its destructor still answers
};

// ---- Judging

struct JudgeOptions {
  // On how many channels this order's messages must have been taken.
  std::function<std::size_t(const Order&)> channels;
  // Whether a fault came where it may have kept a message of this order from being sent in time.
  std::function<bool(const Order&)> delayed;
  // Whether a fault came between a copy's hand-over and its acceptance being on disk, so that there may be another.
  std::function<bool(const LoggedMessage& before, const LoggedMessage& again)> interrupted;
};

struct Judgement {
  std::size_t messages = 0;
  std::size_t repeats = 0;
  std::size_t lost = 0;
  std::size_t too_late = 0;         // of orders: not sent in time because of faults, as the API says
  std::vector<std::string> faults;  // what broke a promise, in words
};

// Each number belongs to one order, whose execution sends at most one message on each channel.
Judgement judge(Orders& orders, const std::vector<LoggedMessage>& log, const JudgeOptions& options);

}  // namespace flow::testing_support
