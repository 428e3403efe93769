// Flows that start each other, imported at once or one after the other.
#include <gtest/gtest.h>

#include <filesystem>

#include <fmt/format.h>

#include "tests/support/run_program.h"

namespace flow::driver {
namespace {

using testing_support::Outcome;
using testing_support::read_file;
using testing_support::TemporaryFolder;

class ImportTogether : public ::testing::Test {
 protected:
  Outcome import(std::vector<std::string> arguments) const {
    std::vector<std::string> command = {FLOW_BIN_DIR "/flowc", "import", "-o", out()};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return testing_support::run_program(command);
  }
  std::string out() const { return folder_.file("out"); }
  // A flow of Studio that `event` starts, and that runs the one called `runs`, or sends a message.
  std::string flow(const std::string& sid, const std::string& event, const std::string& runs) const {
    const std::string widget =
        runs.empty()
            ? R"("type": "send-message", "transitions": [{"event": "sent"}, {"event": "failed"}],
                          "properties": {"body": "Hi {{trigger.parent.parameters.name}}"})"
            : fmt::format(R"("type": "run-subflow", "transitions": [{{"event": "completed"}}, {{"event": "failed"}}],
                                      "properties": {{"flow_sid": "{}", "parameters": [{{"key": "name", "value": "Ada"}}]}})",
                          runs);
    return folder_.write(sid + ".json", fmt::format(R"({{"sid": "{}", "friendly_name": "Flow {}", "definition": {{
        "description": "", "initial_state": "Trigger", "flags": {{}}, "states": [
          {{"name": "Trigger", "type": "trigger", "properties": {{}}, "transitions": [{{"event": "{}", "next": "go"}}]}},
          {{"name": "go", {}}}]}}}})",
                                                    sid, sid, event, widget));
  }

  TemporaryFolder folder_;
};

TEST_F(ImportTogether, FlowsOfStudioAreLinkedInAnyOrder) {
  const std::string parent = flow("FW1", "incomingMessage", "FW2");
  const std::string middle = flow("FW2", "incomingParent", "FW3");
  const std::string last = flow("FW3", "incomingParent", "");
  for (const auto& files : {std::vector{parent, middle, last}, {last, middle, parent}, {middle, last, parent}}) {
    const Outcome all = import(files);
    EXPECT_EQ(all.exit_code, 0) << all.output;
    EXPECT_NE(
        read_file(out() + "/flow_fw1.flow").find("go: call flow flow_fw2(customerPhoneNumber: customerPhoneNumber) {"),
        std::string::npos)
        << read_file(out() + "/flow_fw1.flow");
    // Nobody tells the middle one a name.
    EXPECT_NE(read_file(out() + "/flow_fw2.flow")
                  .find("go: call flow flow_fw3(customerPhoneNumber: customerPhoneNumber, name: \"Ada\") {"),
              std::string::npos);
    EXPECT_FALSE(std::filesystem::exists(out() + "/go.flow"));
    std::filesystem::remove_all(out());
  }
}

TEST_F(ImportTogether, ACircleIsCutByAStandIn) {
  const Outcome all = import({flow("FW1", "incomingParent", "FW2"), flow("FW2", "incomingParent", "FW1")});
  EXPECT_EQ(all.exit_code, 0) << all.output;
  EXPECT_NE(read_file(out() + "/flow_fw1.flow").find("call flow flow_fw2("), std::string::npos);
  EXPECT_NE(read_file(out() + "/flow_fw2.flow").find("call flow go("), std::string::npos);
  std::filesystem::remove_all(out());
  const Outcome itself = import({flow("FW1", "incomingParent", "FW1"), flow("FW3", "incomingParent", "")});
  EXPECT_EQ(itself.exit_code, 0) << itself.output;
  EXPECT_NE(read_file(out() + "/flow_fw1.flow").find("call flow go("), std::string::npos);
}

TEST_F(ImportTogether, WhatNoLongerFitsInAFlowThatIsThereIsAnError) {
  const Outcome parent = import({flow("FW1", "incomingMessage", "FW3")});
  EXPECT_EQ(parent.exit_code, 0) << parent.output;
  const std::string last = flow("FW3", "incomingParent", "");
  // Beside it, and not started by it: nothing is wrong.
  EXPECT_EQ(import({last, "--name", "other"}).exit_code, 0);
  const Outcome instead = import({last, "--name", "go", "--force"});
  EXPECT_EQ(instead.exit_code, 1) << instead.output;
  EXPECT_NE(instead.output.find("error[F0330]: `go` is started without `customerPhoneNumber`"), std::string::npos)
      << instead.output;
  EXPECT_NE(instead.output.find("flow_fw1.flow:"), std::string::npos) << instead.output;
  EXPECT_NE(instead.output.find("go: proven: "), std::string::npos) << instead.output;
}

}  // namespace
}  // namespace flow::driver
