// flowd as a program: what it refuses to start with, and how it stops.
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <thread>

#include <gtest/gtest.h>

#include "base/process.h"
#include "tests/support/run_program.h"

namespace flow::daemon {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing_support::read_file;
using testing_support::run_program;

constexpr const char* kFlowd = FLOW_BIN_DIR "/flowd";
constexpr const char* kConfig = "[server]\nlisten = \"127.0.0.1:0\"\n";

class Flowd : public testing::Test {
 protected:
  Flowd() : config_(folder_.write("flowd.toml", kConfig)), data_(folder_.file("data")) {}

  testing_support::Outcome serve(std::vector<std::string> more = {},
                                 std::vector<std::pair<std::string, std::string>> environment = {}) {
    std::vector<std::string> arguments = {kFlowd, "serve", "--data", data_, "--config", config_};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_program(arguments, environment, 20s);
  }
  void expect_refused(const testing_support::Outcome& outcome, std::string_view why) {
    EXPECT_EQ(outcome.exit_code, 2) << outcome.output;
    EXPECT_NE(outcome.output.find(why), std::string::npos) << outcome.output;
    EXPECT_EQ(outcome.output.find("is ready"), std::string::npos);
  }
  // Serves until SIGTERM; the exit code.
  int serve_and_stop(std::vector<std::string> more = {}) {
    ProcessOptions options;
    options.arguments = {kFlowd, "serve", "--data", data_, "--config", config_, "--port-file", folder_.file("port")};
    options.arguments.insert(options.arguments.end(), more.begin(), more.end());
    options.output_file = folder_.file("log");
    fs::remove(folder_.file("port"));
    auto process = Process::start(options);
    if (!process) return -1;
    for (int i = 0; i < 1000 && !fs::exists(folder_.file("port")); ++i) std::this_thread::sleep_for(10ms);
    process->send_signal(SIGTERM);
    const auto end = process->wait(20s);
    return end ? end->exit_code : -2;
  }
  std::map<std::string, std::string> contents() const {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::directory_iterator(data_)) {
      if (entry.is_regular_file()) files[entry.path().filename()] = read_file(entry.path());
    }
    return files;
  }

  testing_support::TemporaryFolder folder_;
  std::string config_;
  std::string data_;
};

TEST_F(Flowd, SaysItsVersionAndItsOptions) {
  const auto version = run_program({kFlowd, "--version"});
  EXPECT_EQ(version.exit_code, 0);
  EXPECT_TRUE(version.output.starts_with("flowd 0.1")) << version.output;
  EXPECT_NE(version.output.find("\nphone numbers: metadata "), std::string::npos) << version.output;
  EXPECT_NE(run_program({kFlowd, "serve", "--help"}).output.find("--port-file"), std::string::npos);
  EXPECT_EQ(run_program({kFlowd}).exit_code, 2);
  EXPECT_EQ(run_program({kFlowd, "serve", "--nonsense"}).exit_code, 2);
}

TEST_F(Flowd, ServesAndStopsAsAsked) {
  EXPECT_EQ(serve_and_stop(), 0);
  const std::string log = read_file(folder_.file("log"));
  EXPECT_NE(log.find("flowd is ready on 127.0.0.1:"), std::string::npos) << log;
  EXPECT_NE(log.find("\"event\":\"stopped\""), std::string::npos) << log;
  EXPECT_GT(std::stoi(read_file(folder_.file("port"))), 0);
  EXPECT_EQ(fs::status(data_).permissions() & fs::perms::all, fs::perms::owner_all);
  for (const auto& entry : fs::directory_iterator(data_)) {
    EXPECT_EQ(entry.status().permissions() & (fs::perms::group_all | fs::perms::others_all), fs::perms::none)
        << entry.path();
  }
}

TEST_F(Flowd, TheClockRateIsKeptByTheStore) {
  EXPECT_EQ(serve_and_stop({"--clock-rate", "10"}), 0);
  EXPECT_EQ(serve_and_stop(), 0);
  const std::string log = read_file(folder_.file("log"));
  EXPECT_NE(log.find("\"clock_rate\":10.0", log.find("stopped")), std::string::npos) << log;
}

TEST_F(Flowd, RefusesAConfigurationThatItCannotUse) {
  config_ = folder_.file("missing.toml");
  expect_refused(serve(), "missing.toml");
  config_ = folder_.write("bad.toml", "[server]\nlisten = 7\nnonsense = 1\n");
  const auto outcome = serve();
  expect_refused(outcome, "bad.toml:2");
  EXPECT_NE(outcome.output.find("bad.toml:3"), std::string::npos) << "all mistakes at once: " << outcome.output;
  EXPECT_FALSE(fs::exists(data_)) << "nothing is made before the configuration is good";
}

TEST_F(Flowd, RefusesWhatIsForLoopbackOnlyElsewhere) {
  expect_refused(serve({"--listen", "0.0.0.0:0"}), "loopback");
  expect_refused(serve({"--listen", "127.0.0.1"}), "127.0.0.1:8080");
  expect_refused(serve({"--clock-rate", "0"}), "--clock-rate");
  expect_refused(serve({}, {{"FLOWD_FAILPOINTS", "nowhere:1"}}), "nowhere");
  config_ = folder_.write("open.toml",
                          "[server]\nlisten = \"0.0.0.0:0\"\nbehind_tls_proxy = true\n[[tokens]]\nname = \"a\"\n"
                          "scopes = [\"admin\"]\nsecret = \"env:FLOW_TEST_TOKEN\"\n");
  const std::pair<std::string, std::string> token = {"FLOW_TEST_TOKEN", "a-token-that-is-long-enough"};
  expect_refused(serve({"--clock-rate", "10"}, {token}), "loopback");
  expect_refused(serve({}, {token, {"FLOWD_FAILPOINTS", "before_commit:1"}}), "loopback");
  EXPECT_FALSE(fs::exists(data_));
}

TEST_F(Flowd, AStoreOfAFastClockIsNotServedToOthers) {
  EXPECT_EQ(serve_and_stop({"--clock-rate", "10"}), 0);
  config_ = folder_.write("open.toml",
                          "[server]\nlisten = \"0.0.0.0:0\"\nbehind_tls_proxy = true\n[[tokens]]\nname = \"a\"\n"
                          "scopes = [\"admin\"]\nsecret = \"env:FLOW_TEST_TOKEN\"\n");
  expect_refused(serve({}, {{"FLOW_TEST_TOKEN", "a-token-that-is-long-enough"}}), "clock rate of 10");
}

TEST_F(Flowd, RefusesAStoreThatIsNotOneOrIsDamagedOrNewer) {
  fs::create_directory(data_);
  std::ofstream(data_ + "/letter.txt") << "dear";
  expect_refused(serve(), "letter.txt");
  EXPECT_EQ(contents().size(), 1U) << "nothing is made beside it";
  fs::remove_all(data_);

  EXPECT_EQ(serve_and_stop(), 0);
  const auto patch = [&](std::streamoff at, std::string_view bytes) {
    std::fstream file(data_ + "/registry.sqlite", std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(at);
    file << bytes;
  };
  patch(60, std::string_view("\0\0\0\x07", 4));
  auto before = contents();
  expect_refused(serve(), "newer");
  EXPECT_EQ(contents(), before);
  patch(60, std::string_view("\0\0\0\x02", 4));
  patch(0, "nonsense");
  before = contents();
  expect_refused(serve(), "backup");
  EXPECT_EQ(contents(), before);
}

TEST_F(Flowd, RefusesAFolderWithoutAParent) {
  data_ = folder_.file("none/data");
  expect_refused(serve(), "parent");
}

}  // namespace
}  // namespace flow::daemon
