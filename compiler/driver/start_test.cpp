// What starting flowc loads: the libraries that only some verbs need stay out of the others. LD_DEBUG makes the dynamic
// linker say what it loads, on first use as well.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "numbers/automaton.h"
#include "tests/support/run_program.h"

namespace flow::driver {
namespace {

constexpr const char* kHeavy[] = {"libLLVM", "libphonenumber.so", "libssl"};

std::string loaded_by(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), FLOW_BIN_DIR "/flowc");
  const auto outcome = testing_support::run_program(arguments, {{"LD_DEBUG", "files"}});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_NE(outcome.output.find("libstdc++"), std::string::npos) << "the dynamic linker said nothing";
  return outcome.output;
}

TEST(Start, ChecksAndLayoutLoadNothingHeavy) {
  const std::string flows = FLOW_SOURCE_DIR "/flows/otp";
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"--version"}, {"--help"}, {"check", flows}, {"fmt", "--check", flows}}) {
    const std::string loaded = loaded_by(arguments);
    for (const char* library : kHeavy) {
      EXPECT_EQ(loaded.find(library), std::string::npos) << "flowc " << arguments[0] << " loads " << library;
    }
  }
}

// Which numbering plans it answers by: the same that its automata were made of.
TEST(Start, TheVersionSaysWhichPhoneNumbersItKnows) {
  const auto outcome = testing_support::run_program({FLOW_BIN_DIR "/flowc", "--version"}, {});
  EXPECT_TRUE(outcome.output.starts_with("flowc ")) << outcome.output;
  EXPECT_TRUE(outcome.output.ends_with("\n" + numbers::metadata_line() + "\n")) << outcome.output;
}

TEST(Start, RunningLoadsWhatItNeeds) {
  const std::vector<std::string> run = {
      "run",     FLOW_SOURCE_DIR "/flows/otp", "--input", "customerPhoneNumber=+63 917 123 4567",
      "--input", "verificationCode=482913",    "--engine"};
  std::vector<std::string> interpreted = run;
  interpreted.push_back("interpreter");
  const std::string without = loaded_by(interpreted);
  EXPECT_EQ(without.find("libLLVM"), std::string::npos);
  EXPECT_NE(without.find("libphonenumber"), std::string::npos);
  interpreted[3] = "customerPhoneNumber=+639171234567";  // already in E.164: nothing to be read into it
  EXPECT_EQ(loaded_by(interpreted).find("libphonenumber"), std::string::npos);
  std::vector<std::string> compiled = run;
  compiled.push_back("jit");
  EXPECT_NE(loaded_by(compiled).find("libLLVM"), std::string::npos);
}

}  // namespace
}  // namespace flow::driver
