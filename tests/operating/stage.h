// An installation with the tutorial's flow, a load on it, and what an operator does meanwhile.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "demo/installation.h"
#include "tests/support/run_program.h"

namespace flow::operating {

// The body of a start: the number belongs to this caller.
std::string start_body(const std::string& number);
// Numbers of the United States: the tutorial sends them an SMS first.
std::string us_number(std::size_t i);

class Stage : public testing::Test {
 protected:
  // `change` may change what the installation is made with.
  void open(const std::function<void(demo::InstallationOptions&)>& change = {});
  demo::Installation& installation() { return *installation_; }

  // Text of flowd's configuration with `what` replaced by `by`; fails the test when it is not in it.
  void edit(const std::string& what, const std::string& by);
  std::string configuration() const;
  // SIGHUP, and waits until flowd has logged `event` once more.
  void reload(const std::string& event = "configuration_reloaded");
  std::size_t logged(const std::string& event) const;

  // Status of a request with this token.
  int status(const std::string& method, const std::string& path, const std::string& token,
             const std::string& body = "");
  // Asks until `good`, for a minute at most.
  bool eventually(const std::function<bool()>& good) const;

  testing_support::TemporaryFolder folder_;
  std::optional<demo::Installation> installation_;
  http::Client client_;
};

// Starts executions one after the other from a few threads, until it goes.
class Load {
 public:
  Load(std::string url, std::string token, std::size_t threads);
  ~Load();
  void stop();
  std::size_t accepted() const { return accepted_; }
  // What was answered instead of 201.
  std::vector<std::string> refusals();

 private:
  void run(std::size_t first, std::size_t step);

  std::string url_;
  std::string token_;
  std::atomic<bool> stopping_{false};
  std::atomic<std::size_t> accepted_{0};
  std::mutex mutex_;
  std::vector<std::string> refusals_;
  http::Client client_;
  std::vector<std::jthread> threads_;  // last: they use the rest
};

}  // namespace flow::operating
