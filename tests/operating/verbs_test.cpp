// flowd's verbs on a flowd that runs, and on its store when it does not.
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "tests/operating/stage.h"

namespace flow::operating {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing_support::Outcome;

class Verbs : public Stage {
 protected:
  Outcome flowd(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), FLOW_BIN_DIR "/flowd");
    return testing_support::run_program(arguments, installation().environment());
  }
  std::vector<std::string> at_server(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--server", installation().flowd_url(), "--token", "env:DEMO_API_TOKEN"});
    return arguments;
  }
  std::string start(const std::string& number) {
    const auto answer = installation().request("POST", "/v1/flows/deliver_otp/executions", start_body(number));
    EXPECT_TRUE(answer && answer->status == 201) << (answer ? answer->body : answer.error().message);
    return answer ? json::parse(answer->body, nullptr, false).value("execution", "") : "";
  }
  void expect(const Outcome& outcome, int code, std::string_view text) {
    EXPECT_EQ(outcome.exit_code, code) << outcome.output;
    EXPECT_NE(outcome.output.find(text), std::string::npos) << outcome.output;
  }
  // A bit in each file of the log: one of them may be a spare one, which has nothing.
  static void damage(const std::string& folder) {
    for (const auto& entry : fs::directory_iterator(folder + "/log")) {
      std::string bytes = testing_support::read_file(entry.path());
      const std::size_t at = std::min(bytes.find_first_not_of('\0', 512), bytes.size()) + 60;
      if (at >= bytes.size()) continue;
      bytes[at] = static_cast<char>(bytes[at] ^ 0x40);
      std::ofstream(entry.path(), std::ios::binary) << bytes;
    }
  }
};

TEST_F(Verbs, HealthAndInspectAskTheFlowdThatRuns) {
  open();
  const std::string config = folder_.file("flowd.toml");
  expect(flowd({"health", "--config", config}), 0, "ready");
  const std::string id = start(us_number(1));
  expect(flowd(at_server({"inspect"})), 0, "\"first_slot\"");
  expect(flowd(at_server({"inspect", "--execution", id})), 0, "\"image_bytes\"");
  expect(flowd(at_server({"inspect", "--execution", "nonsense"})), 1, "no execution has the id nonsense");
  expect(flowd({"inspect", "--server", installation().flowd_url()}), 2, "--token");
  expect(flowd({"inspect", "--data", installation().data_folder(), "--config", config}), 2, "flowd");
  ASSERT_TRUE(installation().stop_flowd());
  expect(flowd({"health", "--config", config}), 1, "no answer");
  expect(flowd({"health", "--config", folder_.file("none.toml")}), 2, "there is no such file");
  expect(flowd({"inspect", "--data", installation().data_folder(), "--config", config}), 0, "every byte");
  expect(flowd({"inspect", "--data", folder_.file("nowhere")}), 2, "there is no folder");
  const std::vector<std::string> offline = {"inspect", "--data", installation().data_folder(), "--config", config};
  const auto of = [&](const std::string& execution) {
    auto arguments = offline;
    arguments.insert(arguments.end(), {"--execution", execution});
    return flowd(arguments);
  };
  expect(of("nonsense"), 1, "no execution has the id nonsense");
  expect(of(std::string(26, '0')), 1, "no execution has the id");
  damage(installation().data_folder());
  expect(flowd(offline), 1, "damaged");
}

// Of one that waits for its message's fate, of one whose message waits for a provider that is down, and of one that has
// ended: offline as by the API, and nothing of it secret.
TEST_F(Verbs, AnExecutionIsReadWithoutARunningFlowd) {
  open([](demo::InstallationOptions& options) {
    options.script =
        "[[rules]]\nchannel = \"viber\"\nreports = []\n[[rules]]\nchannel = \"whatsapp\"\nanswer = \"status\"\n"
        "status = 503\n";
  });
  const std::string config = folder_.file("flowd.toml");
  const std::string waits = start("+639171234567");
  const std::string tries = start("+60123456701");
  const std::string ended = start(us_number(3));
  const auto view = [&](const std::string& id) {
    const Outcome shown = flowd(at_server({"inspect", "--execution", id}));
    return json::parse(shown.output, nullptr, false);
  };
  ASSERT_TRUE(eventually([&] { return view(ended).contains("end") && view(waits).value("revision", 0) >= 2; }));
  ASSERT_TRUE(eventually([&] { return view(tries).value("revision", 0) >= 2; }));
  const json waiting = view(waits);
  ASSERT_TRUE(installation().stop_flowd());
  for (const std::string& id : {waits, tries, ended}) {
    const Outcome shown =
        flowd({"inspect", "--data", installation().data_folder(), "--config", config, "--execution", id});
    ASSERT_EQ(shown.exit_code, 0) << shown.output;
    const json offline = json::parse(shown.output, nullptr, false);
    ASSERT_TRUE(offline.is_object()) << shown.output;
    EXPECT_EQ(offline["execution"], id);
    EXPECT_GT(offline["timeline"].size(), 3U);
    EXPECT_EQ(offline.contains("end"), id == ended) << shown.output;
    EXPECT_EQ(offline["pending"].size(), id == tries ? 1U : 0U) << shown.output;
    const std::vector<std::string> secrets = {"482913", "639171234567", "60123456701", us_number(3).substr(1)};
    for (const std::string& secret : secrets) {
      EXPECT_EQ(shown.output.find(secret), std::string::npos) << shown.output;
    }
    if (id == waits) EXPECT_EQ(offline, waiting);
  }
  expect(flowd({"inspect", "--data", installation().data_folder(), "--execution", waits}), 2, "sealed");
  expect(flowd({"inspect", "--data", installation().data_folder(), "--config", config}), 0, "every byte");
  const Status again = installation().start_flowd();
  EXPECT_TRUE(again) << again.error().message;
}

TEST_F(Verbs, ABackupUnderLoadIsAStoreThatGoesOn) {
  open();
  const std::string config = folder_.file("flowd.toml");
  const std::string copy = folder_.file("copy");
  const std::string id = start(us_number(1'000'000));
  Load load(installation().flowd_url(), installation().credentials().api_token, 2);
  ASSERT_TRUE(eventually([&] { return load.accepted() > 50; }));
  expect(flowd({"backup", "--data", installation().data_folder(), "--to", copy}), 0, "which flowd has open");
  ASSERT_TRUE(eventually([&, before = load.accepted()] { return load.accepted() > before + 20; }));
  expect(flowd({"backup", "--data", installation().data_folder(), "--to", copy}), 2, "not empty");
  load.stop();
  EXPECT_EQ(load.refusals(), std::vector<std::string>()) << "a backup disturbs nobody";
  ASSERT_TRUE(installation().stop_flowd());
  expect(flowd({"restore", "--from", copy, "--data", installation().data_folder(), "--config", config}), 2,
         "not empty");
  fs::remove_all(installation().data_folder());
  expect(flowd({"restore", "--from", copy, "--data", installation().data_folder(), "--config", config}), 0, "restored");
  const Status again = installation().start_flowd();
  ASSERT_TRUE(again) << again.error().message;
  const auto view = installation().execution(id);
  EXPECT_TRUE(view) << (view ? "" : view.error().message);
  ASSERT_TRUE(installation().stop_flowd());

  const std::string offline = folder_.file("offline");
  expect(flowd({"backup", "--data", installation().data_folder(), "--to", offline, "--config", config}), 0,
         "which no flowd has open");
  damage(offline);
  expect(flowd({"restore", "--from", offline, "--data", folder_.file("other"), "--config", config}), 1, "damaged");
  EXPECT_FALSE(fs::exists(folder_.file("other"))) << "nothing is made from a damaged copy";
}

// What the log has written last, before the zeros that wait to be written over.
std::string end_of_log(const std::string& folder) {
  for (const auto& entry : fs::directory_iterator(folder + "/log")) {
    const std::string bytes = testing_support::read_file(entry.path());
    return bytes.substr(bytes.find_last_not_of('\0') - 80, 64);
  }
  return "";
}

// The number and the code are sealed, so their sealed bytes are looked for as well.
TEST_F(Verbs, WhoIsErasedIsNowhereInTheFolder) {
  open();
  const std::string number = us_number(4'242'424);
  const std::string id = start(number);
  ASSERT_FALSE(id.empty());
  ASSERT_TRUE(eventually(
      [&] { return testing_support::read_file(installation().flowsim_journal()).find(number) != std::string::npos; }));
  const std::string sealed = end_of_log(installation().data_folder());
  ASSERT_EQ(sealed.size(), 64U);
  const std::string other = start(us_number(2));
  expect(flowd(at_server({"erase", "--number", number, "--wait", "60"})), 0, "nothing of it any more");
  EXPECT_FALSE(installation().execution(id));
  EXPECT_TRUE(installation().execution(other));
  expect(flowd(at_server({"erase", "--number", "4155550100"})), 2, "E.164");
  ASSERT_TRUE(installation().stop_flowd());
  std::size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(installation().data_folder())) {
    if (!entry.is_regular_file()) continue;
    ++files;
    const std::string bytes = testing_support::read_file(entry.path());
    EXPECT_EQ(bytes.find(number.substr(1)), std::string::npos) << entry.path();
    EXPECT_EQ(bytes.find("482913"), std::string::npos) << entry.path();
    EXPECT_EQ(bytes.find(sealed), std::string::npos) << entry.path();
  }
  EXPECT_GT(files, 2U);
  const std::string log = testing_support::read_file(installation().flowd_log());
  EXPECT_EQ(log.find(number.substr(1)), std::string::npos) << "masked";
}

}  // namespace
}  // namespace flow::operating
