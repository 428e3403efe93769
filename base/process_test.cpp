#include "base/process.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace flow {
namespace {

using std::chrono::milliseconds;

TEST(Process, GivesTheExitCode) {
  auto process = Process::start({.arguments = {"/bin/sh", "-c", "exit 7"}, .environment = {}, .output_file = {}});
  ASSERT_TRUE(process.has_value()) << process.error().message;
  const auto end = process->wait(milliseconds(5000));
  ASSERT_TRUE(end.has_value());
  EXPECT_EQ(end->exit_code, 7);
  EXPECT_EQ(end->signal, 0);
}

TEST(Process, GivesTheSignal) {
  auto process =
      Process::start({.arguments = {"/bin/sh", "-c", "exec sleep 60"}, .environment = {}, .output_file = {}});
  ASSERT_TRUE(process.has_value());
  EXPECT_FALSE(process->wait(milliseconds(20)).has_value());
  process->send_signal(SIGTERM);
  const auto end = process->wait(milliseconds(5000));
  ASSERT_TRUE(end.has_value());
  EXPECT_EQ(end->signal, SIGTERM);
}

TEST(Process, PassesItsEnvironmentAndWritesItsOutput) {
  const std::string file = testing::TempDir() + "process_test_" + std::to_string(::getpid());
  auto process = Process::start(
      {.arguments = {"/bin/sh", "-c", "echo $COLOUR"}, .environment = {{"COLOUR", "green"}}, .output_file = file});
  ASSERT_TRUE(process.has_value());
  ASSERT_TRUE(process->wait(milliseconds(5000)).has_value());
  std::ifstream in(file);
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  EXPECT_EQ(text, "green\n");
  std::filesystem::remove(file);
}

TEST(Process, SaysWhyAProgramCannotRun) {
  const auto process = Process::start({.arguments = {"/nowhere/program"}, .environment = {}, .output_file = {}});
  ASSERT_FALSE(process.has_value());
  EXPECT_EQ(process.error().code, ErrorCode::not_found);
  EXPECT_NE(process.error().message.find("/nowhere/program"), std::string::npos);
}

TEST(Process, TheDestructorLeavesNoChild) {
  pid_t pid = -1;
  {
    auto process =
        Process::start({.arguments = {"/bin/sh", "-c", "exec sleep 60"}, .environment = {}, .output_file = {}});
    ASSERT_TRUE(process.has_value());
    pid = process->pid();
  }
  EXPECT_EQ(::kill(pid, 0), -1);
}

}  // namespace
}  // namespace flow
