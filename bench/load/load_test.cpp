// The generator against a real flowd, every branch: everything that is accepted is sent once and ends.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "demo/installation.h"
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
      FLOW_BIN_DIR "/flow-load", "--json", folder.file("out.json"), "--samples", "5", "--patience", "40"};
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

// Ten times what a channel lets through: what is accepted goes out once and ends, the rest is refused and told when to
// come again, and no more waits than the channel may let wait.
TEST(Load, AnOverloadedChannelRefusesAndLosesNothing) {
  const Loaded loaded = load({"--overload", "1000", "--seconds", "4", "--channel-setting", "sends_per_second = 100",
                              "--channel-setting", "queue_time_max_ms = 1000"});
  EXPECT_EQ(loaded.exit_code, 0) << loaded.output;
  const json& counts = loaded.results["counts"];
  const auto count = [&](const char* name) { return counts.value(name, std::uint64_t{0}); };
  EXPECT_EQ(count("offered"), 4000U) << loaded.output;
  EXPECT_GT(count("accepted"), 0U) << loaded.output;
  const std::uint64_t refused = count("refused_429") + count("refused_503");
  EXPECT_GT(refused, 1000U) << loaded.output;
  EXPECT_EQ(count("with_retry_after"), refused) << loaded.output;
  EXPECT_EQ(count("accepted") + refused, count("offered")) << loaded.output;
  EXPECT_EQ(count("provider_requests"), count("accepted"));
  for (const char* name : {"lost", "repeated", "unexpected", "unfinished", "fallbacks", "refused_otherwise"}) {
    EXPECT_EQ(count(name), 0U) << name;
  }
}

TEST(Load, RefusalsAreCountedAndShown) {
  const Loaded loaded = load({"--flow", "nobody_knows_it", "--executions", "20", "--outstanding", "20"});
  EXPECT_EQ(loaded.exit_code, 1) << loaded.output;
  EXPECT_EQ(loaded.results["counts"]["refused_otherwise"], 20);
  EXPECT_NE(loaded.output.find("404"), std::string::npos) << loaded.output;
}

// As a user has it: flowd runs already, and its channels know where flow-load will play the provider.
TEST(Load, AnInstallationThatRunsIsLoaded) {
  const testing_support::TemporaryFolder folder;
  demo::InstallationOptions options;
  options.programs = FLOW_BIN_DIR;
  options.folder = folder.path();
  demo::Installation installation(options);
  ASSERT_TRUE(installation.start_flowd().has_value());
  ASSERT_TRUE(installation.deploy(FLOW_SOURCE_DIR "/flows/otp").has_value());
  const demo::Credentials& known = installation.credentials();
  const std::string url = installation.flowd_url();
  const std::string provider = installation.flowsim_url();
  const std::string accounts = fmt::format(
      "[whatsapp]\nphone_number_id = \"{}\"\naccess_token = \"{}\"\napp_secret = \"{}\"\n"
      "webhook = \"{}/v1/webhooks/waba_otp\"\n",
      demo::kWhatsappPhoneNumberId, known.whatsapp_access_token, known.whatsapp_app_secret, url);
  const std::vector<std::string> base = {
      "--url",        url,  "--token-file", folder.write("token", known.api_token + "\n"),
      "--executions", "30", "--branch",     "my"};
  auto arguments = base;
  arguments.insert(arguments.end(), {"--provider-port", provider.substr(provider.rfind(':') + 1), "--accounts",
                                     folder.write("accounts.toml", accounts)});
  expect_exact(load(arguments), 30, 90);

  // Without a provider it counts what is accepted.
  const Loaded accepted = load(base);
  EXPECT_EQ(accepted.exit_code, 0) << accepted.output;
  EXPECT_EQ(accepted.results["counts"]["accepted"], 30);
  EXPECT_EQ(accepted.results["counts"]["finished"], 30);
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
