// The generator against a real flowd, every branch: everything that is accepted is sent once and ends.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/run_program.h"

namespace flow::load {
namespace {

using nlohmann::json;
using testing_support::run_program;

struct Loaded {
  int exit_code = -1;
  std::string output;
  json results;
};

Loaded load(std::vector<std::string> arguments) {
  const testing_support::TemporaryFolder folder;
  const std::vector<std::string> base = {
      FLOW_BIN_DIR "/flow-load", "--json", folder.file("out.json"), "--samples", "5", "--patience", "60"};
  arguments.insert(arguments.begin(), base.begin(), base.end());
  const auto outcome = run_program(arguments, {}, std::chrono::seconds(110));
  return {outcome.exit_code, outcome.output,
          json::parse(testing_support::read_file(folder.file("out.json")), nullptr, false)};
}

void expect_exact(const Loaded& loaded, std::uint64_t executions, std::uint64_t callbacks) {
  ASSERT_EQ(loaded.exit_code, 0) << loaded.output;
  const json& counts = loaded.results["counts"];
  EXPECT_EQ(counts["accepted"], executions) << loaded.output;
  EXPECT_EQ(counts["provider_requests"], executions);
  EXPECT_EQ(counts["callbacks"], callbacks);
  for (const char* name : {"lost", "repeated", "unexpected", "unfinished", "fallbacks"}) {
    EXPECT_EQ(counts[name], 0) << name;
  }
  EXPECT_EQ(loaded.results["metrics"]["started"], executions);
  EXPECT_EQ(loaded.results["exact"], true);
}

TEST(Load, EveryBranchIsExact) {
  expect_exact(load({"--branch", "sms", "--outstanding", "4", "--executions", "100", "--prefill", "20"}), 100, 100);
  expect_exact(load({"--branch", "my", "--outstanding", "4", "--executions", "50"}), 50, 150);
  expect_exact(load({"--branch", "ph", "--outstanding", "4", "--executions", "50"}), 50, 150);
}

TEST(Load, AnOpenLoopOffersAtItsRate) {
  const Loaded loaded = load({"--rate", "50", "--seconds", "2"});
  EXPECT_EQ(loaded.exit_code, 0) << loaded.output;
  EXPECT_EQ(loaded.results["counts"]["offered"], 100);
  EXPECT_EQ(loaded.results["samples"]["done"], 5);
  EXPECT_FALSE(loaded.results["timeline"].empty());
}

TEST(Load, WhatWaitsIsMeasured) {
  const Loaded loaded = load({"--waiting", "200", "--branch", "my", "--restart"});
  expect_exact(loaded, 200, 0);
  EXPECT_EQ(loaded.results["metrics"]["ended"], 0);
  EXPECT_EQ(loaded.results["restart"]["repeated"], 0);
  EXPECT_GE(loaded.results["restart"]["first_send_s"], loaded.results["restart"]["serving_s"]);
  EXPECT_GT(loaded.results["flowd"]["disk_after"], loaded.results["flowd"]["disk_before"]);
}

TEST(Load, ManyConnectionsAtOnce) {
  const Loaded loaded = load({"--connect", "300"});
  expect_exact(loaded, 300, 300);
  EXPECT_EQ(loaded.results["connect"]["count"], 300);
}

TEST(Load, MistakesAreExplained) {
  const auto refused = [](std::vector<std::string> arguments, const std::string& why) {
    arguments.insert(arguments.begin(), FLOW_BIN_DIR "/flow-load");
    const auto outcome = run_program(arguments);
    EXPECT_EQ(outcome.exit_code, 2) << outcome.output;
    EXPECT_NE(outcome.output.find(why), std::string::npos) << outcome.output;
  };
  refused({"--branch", "moon"}, "--branch");
  refused({"--url", "https://127.0.0.1:1"}, "http://HOST:PORT");
  refused({"--url", "http://127.0.0.1:x"}, "not a port");
  refused({"--url", "http://nobody.invalid:1"}, "no address");
  refused({"--flowd", "/nowhere/flowd"}, "flowd");
}

}  // namespace
}  // namespace flow::load
