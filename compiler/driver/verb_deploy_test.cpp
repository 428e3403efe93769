// flowc deploy as a program, against a server that answers as flowd does.
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "compiler/bundle/bundle.h"
#include "runtime/http/problem.h"
#include "runtime/http/server.h"
#include "tests/support/run_program.h"

namespace flow::driver {
namespace {

using testing_support::run_program;
using testing_support::TemporaryFolder;

const std::string kFlowc = std::string(FLOW_BIN_DIR) + "/flowc";
const std::string kSample = std::string(FLOW_SOURCE_DIR) + "/tests/formats/bundle_v1.bundle";
constexpr const char* kToken = "a-token-that-nobody-may-see";

// Keeps what it was asked, and answers with what the test says.
class FakeFlowd {
 public:
  FakeFlowd() {
    auto started = http::Server::start({}, [this](http::Request request, http::Responder respond) {
      const std::lock_guard lock(mutex_);
      http::Response answer{200, {}, "{}"};
      if (request.header("authorization") != std::string("Bearer ") + kToken) {
        answer = http::problem(401, "unauthorized", "a token is needed");
      } else if (request.method == "POST") {
        answer.status = deployed_++ == 0 ? 201 : 200;
      }
      requests_.push_back(std::move(request));
      respond(std::move(answer));
    });
    EXPECT_TRUE(started.has_value());
    server_ = std::move(*started);
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_->port()); }
  std::vector<http::Request> requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  std::mutex mutex_;
  int deployed_ = 0;
  std::vector<http::Request> requests_;
  std::unique_ptr<http::Server> server_;
};

testing_support::Outcome deploy(const std::vector<std::string>& arguments) {
  std::vector<std::string> all = {kFlowc, "deploy"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return run_program(all, {{"FLOW_TEST_TOKEN", kToken}});
}

TEST(Deploy, SendsTheBundleAndPublishesItsFlows) {
  FakeFlowd flowd;
  const auto first = deploy({kSample, "--server", flowd.url(), "--token", "env:FLOW_TEST_TOKEN", "--publish"});
  ASSERT_EQ(first.exit_code, 0) << first.output;
  const std::string bytes = testing_support::read_file(kSample);
  const std::string version = bundle::version_of(bytes);
  EXPECT_TRUE(first.output.starts_with("deployed " + version + "\npublished ")) << first.output;

  const auto requests = flowd.requests();
  ASSERT_GE(requests.size(), 2U);
  EXPECT_EQ(requests[0].target, "/v1/bundles");
  EXPECT_EQ(requests[0].body, bytes);
  EXPECT_EQ(requests[1].method, "PUT");
  EXPECT_EQ(nlohmann::json::parse(requests[1].body)["bundle"], version);

  const auto second = deploy({kSample, "--server", flowd.url() + "/", "--token", "env:FLOW_TEST_TOKEN"});
  EXPECT_EQ(second.exit_code, 0);
  EXPECT_EQ(second.output, "already there: " + version + "\n");
}

TEST(Deploy, AFolderIsBuiltFirst) {
  FakeFlowd flowd;
  const TemporaryFolder folder;
  const std::string workspace = std::string(FLOW_SOURCE_DIR) + "/flows/otp";
  ASSERT_EQ(run_program({kFlowc, "build", workspace, "-o", folder.file("otp.bundle")}).exit_code, 0);
  const auto outcome = deploy({workspace, "--server", flowd.url(), "--token", "env:FLOW_TEST_TOKEN"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  ASSERT_EQ(flowd.requests().size(), 1U);
  EXPECT_EQ(flowd.requests()[0].body, testing_support::read_file(folder.file("otp.bundle")));

  folder.write("workspace.flow", "edition 1\n");
  folder.write("broken.flow", "flow broken\n");
  EXPECT_EQ(deploy({folder.path(), "--server", flowd.url(), "--token", "env:FLOW_TEST_TOKEN"}).exit_code, 1);
  EXPECT_EQ(flowd.requests().size(), 1U);
}

TEST(Deploy, ARefusalIsToldWithoutTheToken) {
  FakeFlowd flowd;
  const TemporaryFolder folder;
  const std::string token = folder.write("token", "another-token-that-is-not-known\n");
  const auto refused = deploy({kSample, "--server", flowd.url(), "--token", "file:" + token});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_NE(refused.output.find("401"), std::string::npos) << refused.output;
  EXPECT_EQ(refused.output.find("another-token"), std::string::npos);
  EXPECT_EQ(deploy({kSample, "--server", flowd.url(), "--token", kToken}).output.find(kToken), std::string::npos);
}

TEST(Deploy, WhatIsNoBundleGoesNowhere) {
  FakeFlowd flowd;
  const TemporaryFolder folder;
  std::string bytes = testing_support::read_file(kSample);
  bytes[bytes.size() / 2] ^= 1;
  const std::vector<std::string> bad = {folder.write("damaged", bytes), folder.write("empty", ""),
                                        folder.file("missing"), folder.path()};
  for (const std::string& path : bad) {
    const auto outcome = deploy({path, "--server", flowd.url(), "--token", "env:FLOW_TEST_TOKEN"});
    EXPECT_EQ(outcome.exit_code, 2) << path;
    EXPECT_NE(outcome.output.find(path), std::string::npos) << outcome.output;
  }
  EXPECT_TRUE(flowd.requests().empty());
}

TEST(Deploy, SaysThatNobodyAnswers) {
  std::string url;
  {
    FakeFlowd gone;
    url = gone.url();
  }
  const auto outcome = deploy({kSample, "--server", url});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_NE(outcome.output.find(url), std::string::npos) << outcome.output;
}

TEST(Deploy, AFlowThatTheBundleLacksIsNamed) {
  FakeFlowd flowd;
  const auto outcome =
      deploy({kSample, "--server", flowd.url(), "--token", "env:FLOW_TEST_TOKEN", "--flow", "no_such_flow"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_NE(outcome.output.find("no_such_flow"), std::string::npos) << outcome.output;
}

}  // namespace
}  // namespace flow::driver
