// flowc import as a program: what it reads, what it writes, what it says.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include <sys/stat.h>

#include <fmt/format.h>

#include "base/limits.h"
#include "tests/support/run_program.h"

namespace flow::driver {
namespace {

using testing_support::Outcome;
using testing_support::read_file;
using testing_support::TemporaryFolder;

class Import : public ::testing::Test {
 protected:
  Outcome import(std::vector<std::string> arguments) const {
    std::vector<std::string> command = {FLOW_BIN_DIR "/flowc", "import"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return testing_support::run_program(command);
  }
  // One file, into a folder `out` beside it.
  Outcome import_text(const std::string& text, std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments = {folder_.write("in.json", text), "-o", out()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return import(arguments);
  }
  std::string out() const { return folder_.file("out"); }

  TemporaryFolder folder_;
};

TEST_F(Import, SaysWhatIsWrongWithAFile) {
  const std::string in = folder_.file("in.json");
  const auto expect_refused = [&](const Outcome& outcome, const std::string& why) {
    EXPECT_EQ(outcome.exit_code, 2) << outcome.output;
    EXPECT_NE(outcome.output.find(why), std::string::npos) << outcome.output;
    EXPECT_FALSE(std::filesystem::exists(out()));
  };
  expect_refused(import({folder_.file("none.json")}), "none.json`: No such file or directory");
  expect_refused(import({folder_.path()}), "is a folder: name the files in it that are to be imported");
  expect_refused(import_text("flow: yes"), "in.json`: line 1, column 2 is no JSON: ");
  expect_refused(import_text(""), "is no JSON: ");
  expect_refused(import_text("{\"a\": [1, 2"), "line 1, column 11 is no JSON: ");
  expect_refused(import_text("{\"a\": 1, \"a\": 2}"), "the outermost object has `a` twice");
  expect_refused(import_text("\x1F\x8B\x08"), "is compressed: unpack it with `gunzip` first");
  expect_refused(import_text("{\"hello\": 1}"),
                 "in.json` is of no product that is known: it is an object with `hello`\n");
  expect_refused(import_text("[]"), "of no product that is known: it is a list of 0\n");
  expect_refused(import_text("{}", {"--from", "paper"}), "there is no format `paper`: known are ");
  ASSERT_EQ(::mkfifo(folder_.file("pipe").c_str(), 0600), 0);
  expect_refused(import({folder_.file("pipe"), "-o", out()}), "pipe`: not a regular file");
  expect_refused(import({in, in, "--name", "both"}), "--name is for one file, and 2 are named");
  expect_refused(import({in, "--name", "a b"}), "`a b` is no name of a flow: letters, digits and `_`");
}

TEST_F(Import, AFileThatIsTooLargeIsRefusedBeforeItIsParsed) {
  const std::string big = folder_.file("in.json");
  folder_.write("in.json", "[");
  std::filesystem::resize_file(big, 100'000'000);  // NULs, which take no disk
  ASSERT_LT(limits::kImportBytesMax, 100'000'000U);
  const Outcome outcome = import({big, "-o", out()});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_NE(outcome.output.find("in.json` is larger than 67108864 bytes, the most that is imported"), std::string::npos)
      << outcome.output;
}

constexpr const char* kRequest =
    R"({"brand": "Shop", "workflow": [{"channel": "sms", "to": "447700900000", "from": "SHOP"}]})";
constexpr const char* kList =
    R"({"channels": [{"channel": "SMS"}], "content": {"sms": {"source": "SHOP"}, "text": "Hello."}})";

TEST_F(Import, WritesNothingOverWhatIsThere) {
  EXPECT_EQ(import_text(kRequest, {"--name", "login", "--check-only"}).exit_code, 0);
  EXPECT_FALSE(std::filesystem::exists(out()));
  EXPECT_EQ(import_text(kRequest, {"--name", "login"}).exit_code, 0);
  const std::string flow = read_file(out() + "/login.flow");
  const Outcome again = import_text(kRequest, {"--name", "login"});
  EXPECT_EQ(again.exit_code, 2);
  EXPECT_NE(again.output.find("login.flow` is there already: --name gives the flow another name, --force replaces"),
            std::string::npos)
      << again.output;
  EXPECT_EQ(import_text(kRequest, {"--name", "login", "--force"}).exit_code, 0);
  EXPECT_EQ(read_file(out() + "/login.flow"), flow);
  // Two files, one name: nothing of either.
  const std::string other = folder_.write("other.json", kRequest);
  std::filesystem::create_directory(folder_.file("sub"));
  const std::string same = folder_.write("sub/other.json", kRequest);
  const Outcome both = import({other, same, "-o", out()});
  EXPECT_EQ(both.exit_code, 2);
  EXPECT_NE(both.output.find("both give a flow `other`"), std::string::npos) << both.output;
  EXPECT_FALSE(std::filesystem::exists(out() + "/other.flow"));
}

TEST_F(Import, AddsToTheWorkspaceWhatItLacks) {
  std::filesystem::create_directory(out());
  const std::string mine =
      "// Ours.\nedition 1\nlanguages en\nallow regions PH // for now\n\n"
      "channel sms_shop: sms { sender \"OTHER\"; receipts within 5s }\n";
  folder_.write("out/workspace.flow", mine);
  const Outcome first = import_text(kRequest, {"--name", "login"});
  EXPECT_EQ(first.exit_code, 0) << first.output;
  EXPECT_NE(first.output.find("workspace.flow: `channel sms_shop` stays as it is\n"), std::string::npos)
      << first.output;
  EXPECT_NE(
      first.output.find("the import wants `sender \"SHOP\"` of `channel sms_shop`: where that is another channel"),
      std::string::npos)
      << first.output;
  EXPECT_EQ(read_file(out() + "/workspace.flow"), mine);
  const Outcome second = import_text(
      R"({"channel_priority_order": ["VIBER"], "message": {"text_message": {"text": "x"}}})", {"--name", "news"});
  EXPECT_EQ(second.exit_code, 0) << second.output;
  EXPECT_EQ(read_file(out() + "/workspace.flow"),
            mine + "\n// Made up: put yours here.\nchannel viber_main: viber {\n  service \"SENDER\"\n}\n");
  folder_.write("out/workspace.flow", "edition {\n");
  const Outcome broken = import_text(kList, {"--name", "more"});
  EXPECT_EQ(broken.exit_code, 2);
  EXPECT_NE(broken.output.find("workspace.flow has errors: mend them first"), std::string::npos) << broken.output;
}

// A flow that a WhatsApp message starts.
std::string started(const std::string& name) {
  return R"({"name": ")" + name + R"(", "triggerType": "TriggeredByWhatsApp", "nodes": [{"id": "s", "type": "Start"},
    {"id": "a", "type": "SendWhatsAppMessage", "data": {"action": "Reply", "text": "hi"}}],
    "edges": [{"source": "s", "target": "a"}]})";
}

// Whoever sends is not in these files: each has a channel of its own, to be put together by hand.
TEST_F(Import, FlowsThatMessagesStartHaveChannels) {
  const std::string one = folder_.write("one.json", started("One"));
  const std::string two = folder_.write("two.json", started("Two"));
  const std::string three = folder_.write("three.json", started("Three"));
  const Outcome both = import({one, two, "-o", out()});
  EXPECT_EQ(both.exit_code, 0) << both.output;
  EXPECT_EQ(import({three, "-o", out()}).exit_code, 0);
  EXPECT_EQ(import({three, "-o", out(), "--force"}).exit_code, 0);
  const std::string workspace = read_file(out() + "/workspace.flow");
  for (const char* flows : {"\n  flows one\n", "\n  flows two\n", "\n  flows three\n"}) {
    const std::size_t found = workspace.find(flows);
    EXPECT_NE(found, std::string::npos) << workspace;
    EXPECT_EQ(workspace.find(flows, found + 1), std::string::npos) << workspace;
  }
  EXPECT_EQ(testing_support::run_program({FLOW_BIN_DIR "/flowc", "check", out()}).exit_code, 0);
}

TEST_F(Import, ChannelsThatAreThereGetTheFlowsThatTheyLack) {
  const std::string flow = folder_.write("alpha.json", started("Alpha"));
  EXPECT_EQ(import({flow, "-o", folder_.file("probe")}).exit_code, 0);
  const std::string made = read_file(folder_.file("probe/workspace.flow"));
  const std::size_t begin = made.find("channel ");
  const std::string name = made.substr(begin, made.find(' ', begin + 8) - begin);  // "channel NAME:"
  const std::string head = "edition 1\nlanguages en\nallow regions all\n" + name + " whatsapp {";
  struct Case {
    const char* there;
    const char* becomes;
  };
  const Case cases[] = {
      {" number \"+60123456789\" }\n", " number \"+60123456789\"; flows alpha }\n"},
      {" number \"+60123456789\"; flows other }\n", " number \"+60123456789\"; flows other, alpha }\n"},
      {"\n  number \"+60123456789\" // ours\n}\n", "\n  number \"+60123456789\" // ours\n  flows alpha\n}\n"},
      {"\n  flows other // theirs\n  number \"+60123456789\"\n}\n",
       "\n  flows other, alpha // theirs\n  number \"+60123456789\"\n}\n"},
  };
  std::filesystem::create_directory(out());
  for (const Case& one : cases) {
    folder_.write("out/workspace.flow", head + one.there);
    const Outcome outcome = import({flow, "-o", out(), "--force"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
    EXPECT_NE(outcome.output.find("starts alpha now, too"), std::string::npos) << outcome.output;
    EXPECT_EQ(read_file(out() + "/workspace.flow"), head + one.becomes);
    // Its number was made up: the one that is there is nothing to tell of.
    EXPECT_EQ(outcome.output.find("stays as it is"), std::string::npos) << outcome.output;
  }
}

constexpr const char* kStudio =
    R"({"friendly_name": "workspace", "definition": {"description": "", "initial_state": "t", "flags": {}, "states": [
    {"name": "t", "type": "trigger", "transitions": [{"event": "incomingMessage", "next": "m"}], "properties": {}},
    {"name": "m", "type": "send-message", "transitions": [{"event": "sent"}, {"event": "failed"}],
     "properties": {"from": "{{flow.channel.address}}", "to": "{{contact.channel.address}}", "body": "BODY"}}]}})";

TEST_F(Import, NoFlowTakesTheFileOfTheWorkspace) {
  const Outcome refused = import_text(kStudio, {"--force"});
  EXPECT_EQ(refused.exit_code, 2) << refused.output;
  EXPECT_NE(
      refused.output.find("gives a flow `workspace`, and its file would be the workspace's: --name gives it another"),
      std::string::npos)
      << refused.output;
  EXPECT_FALSE(std::filesystem::exists(out()));
  EXPECT_EQ(import_text(kRequest, {"--name", "Workspace"}).exit_code, 2);
  // The name that somebody gives counts before the original's.
  EXPECT_EQ(import_text(kStudio, {"--name", "greeting"}).exit_code, 0);
  EXPECT_TRUE(std::filesystem::exists(out() + "/greeting.flow"));
}

TEST_F(Import, CodesOfSeveralLengthsAreSeveralTemplates) {
  const auto request = [](const char* length) {
    return std::string(R"({"brand": "A", "code_length": )") + length +
           R"(, "workflow": [{"channel": "whatsapp", "to": "447700900000", "from": "447700900001"}]})";
  };
  const std::string four = folder_.write("four.json", request("4"));
  const std::string six = folder_.write("six.json", request("6"));
  const Outcome both = import({four, six, "-o", out()});
  EXPECT_EQ(both.exit_code, 0) << both.output;
  EXPECT_EQ(import({folder_.write("eight.json", request("8")), "-o", out()}).exit_code, 0);
  EXPECT_EQ(testing_support::run_program({FLOW_BIN_DIR "/flowc", "check", out()}).exit_code, 0);
}

TEST_F(Import, ATextThatNoChannelTakesStaysAsItIs) {
  const auto list = [&](const char* channel, const std::string& text) {
    const Outcome outcome = import_text(std::string(R"({"channel_priority_order": [")") + channel +
                                            R"("], "message": {"text_message": {"text": ")" + text + R"("}}})",
                                        {"--name", "news", "--force"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
    EXPECT_NE(outcome.output.find("news: proven: "), std::string::npos) << outcome.output;
    return read_file(out() + "/news.flow").find("extern") == std::string::npos;
  };
  const auto times = [](int count, const char* character) {
    std::string out;
    for (int i = 0; i < count; ++i) out += character;
    return out;
  };
  EXPECT_TRUE(list("SMS", times(1600, "a")));
  EXPECT_TRUE(list("SMS", times(1600, "\u5b57")));
  EXPECT_TRUE(list("SMS", times(800, "\U0001F600")));
  EXPECT_FALSE(list("SMS", times(801, "\U0001F600")));
  EXPECT_FALSE(list("SMS", times(1601, "a")));
  EXPECT_TRUE(list("VIBER", times(1000, "\u5b57")));
  EXPECT_FALSE(list("VIBER", times(1001, "a")));
  EXPECT_TRUE(list("WHATSAPP", times(4096, "a")));
  EXPECT_FALSE(list("WHATSAPP", times(4097, "a")));
}

TEST_F(Import, PutsOldSinsIntoABaseline) {
  const std::string text = R"({"channel_priority_order": ["WHATSAPP", "SMS"]})";
  const Outcome outcome = import_text(text, {"--name", "news", "--baseline"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_EQ(outcome.output.find("warning["), std::string::npos) << outcome.output;
  const std::string baseline = out() + "/imported.baseline";
  EXPECT_TRUE(read_file(baseline).starts_with("flowc baseline 1\nF0703 ")) << read_file(baseline);
  const Outcome check = testing_support::run_program(
      {FLOW_BIN_DIR "/flowc", "check", out(), "--baseline", baseline, "--deny", "warnings"});
  EXPECT_EQ(check.exit_code, 0) << check.output;
}

TEST_F(Import, KeepsWhatIsInTheBaselineAlready) {
  const std::string text = R"({"channel_priority_order": ["WHATSAPP", "SMS"]})";
  const std::string baseline = out() + "/imported.baseline";
  EXPECT_EQ(import_text(text, {"--name", "news", "--baseline"}).exit_code, 0);
  const std::string first = read_file(baseline);
  EXPECT_EQ(import_text(text, {"--name", "more", "--baseline"}).exit_code, 0);
  EXPECT_EQ(import_text(text, {"--name", "more", "--baseline", "--force"}).exit_code, 0);
  const Outcome check = testing_support::run_program(
      {FLOW_BIN_DIR "/flowc", "check", out(), "--baseline", baseline, "--deny", "warnings"});
  EXPECT_EQ(check.exit_code, 0) << check.output << first << read_file(baseline);
  folder_.write("out/imported.baseline", "my own notes\n");
  const Outcome other = import_text(text, {"--name", "last", "--baseline"});
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_NE(other.output.find("line 1 of the baseline"), std::string::npos) << other.output;
  EXPECT_EQ(read_file(baseline), "my own notes\n");
}

TEST_F(Import, ReportsAsJson) {
  const std::string path = folder_.file("report.json");
  EXPECT_EQ(import_text(kRequest, {"--name", "login", "--report-json", path}).exit_code, 0);
  const std::string report = read_file(path);
  for (const char* part : {"\"version\": 2", "\"format\": \"vonage\"", "\"proven\": true", "\"kind\": \"changed\"",
                           "\"pointer\": \"/workflow/0\"", "login.layout.json\"", "\"findings\": {"})
    EXPECT_NE(report.find(part), std::string::npos) << part << " in " << report;
  const Outcome refused = import_text(R"({"workflow": [{"channel": ""}, {"channel": "sms"}]})", {"--report-json", "-"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_TRUE(refused.output.starts_with("{")) << refused.output;
  EXPECT_NE(refused.output.find("\"imported\": false"), std::string::npos);
}

TEST_F(Import, WhatIsNotUnderstoodWritesNothing) {
  const Outcome outcome =
      import_text(R"({"channels": [{"channel": "SMS", "fallbackAfter": "soon", "successStatus": "Seen"}]})");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_NE(outcome.output.find("not understood (2):\n  /channels/0/fallbackAfter: soon is no time\n"
                                "  /channels/0/successStatus: Seen is none of Accepted, Sent, Delivered and Read\n"),
            std::string::npos)
      << outcome.output;
  EXPECT_NE(outcome.output.find("nothing was written"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(out()));
}

TEST_F(Import, AnExportComesBackAndIsProven) {
  const std::string folder = std::string(FLOW_SOURCE_DIR) + "/flows/shop";
  std::filesystem::copy(folder, out());
  for (const char* name : {"otp_with_resend", "sms_fallback", "preferences"}) {
    const std::string flow = fmt::format("{}/{}.flow", out(), name);
    const std::string text = read_file(flow);
    const std::string json = folder_.file("out.json");
    EXPECT_EQ(
        testing_support::run_program({FLOW_BIN_DIR "/flowc", "export", flow, "--to", "console", "-o", json}).exit_code,
        0);
    const Outcome back = import({json, "-o", out(), "--force", "--name", name});
    EXPECT_EQ(back.exit_code, 0) << back.output;
    EXPECT_NE(back.output.find(fmt::format("{}: proven: does what the original does", name)), std::string::npos)
        << back.output;
    EXPECT_EQ(read_file(flow), text);
  }
  EXPECT_EQ(testing_support::run_program({FLOW_BIN_DIR "/flowc", "export", folder + "/none.flow", "--to", "console"})
                .exit_code,
            2);
  EXPECT_EQ(
      testing_support::run_program({FLOW_BIN_DIR "/flowc", "export", folder + "/sms_fallback.flow", "--to", "paper"})
          .exit_code,
      2);
}

Outcome flowc(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), FLOW_BIN_DIR "/flowc");
  return testing_support::run_program(arguments);
}

// Every flow of the project that needs no other flow, into a folder in which nothing is.
TEST_F(Import, AnExportBringsWhatItNeedsOfTheWorkspace) {
  std::size_t all = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(FLOW_SOURCE_DIR "/flows")) {
    const std::string path = entry.path().string();
    const std::string name = entry.path().stem().string();
    if (!path.ends_with(".flow") || path.ends_with(".test.flow") || name == "workspace") continue;
    const std::string text = read_file(path);
    const auto says = [&](const char* words) { return text.find(words) != std::string::npos; };
    if (says("call flow ") || says("launch flow ") || says("forward to ")) continue;
    const std::string json = folder_.file("out.json");
    ASSERT_EQ(flowc({"export", path, "--to", "console", "-o", json}).exit_code, 0) << path;
    const Outcome back = import({json, "-o", out(), "--name", name});
    EXPECT_EQ(back.exit_code, 0) << path << back.output;
    EXPECT_NE(back.output.find(name + ": proven: "), std::string::npos) << path << back.output;
    EXPECT_EQ(read_file(out() + "/" + name + ".flow"), text);
    std::filesystem::remove_all(out());
    ++all;
  }
  EXPECT_GT(all, 10U);
}

TEST_F(Import, AnExportHasOnlyWhatItsFlowNeeds) {
  const std::string json = folder_.file("out.json");
  ASSERT_EQ(flowc({"export", FLOW_SOURCE_DIR "/flows/shop/preferences.flow", "--to", "console", "-o", json}).exit_code,
            0);
  ASSERT_EQ(import({json, "-o", out(), "--name", "preferences"}).exit_code, 0);
  const std::string workspace = read_file(out() + "/workspace.flow");
  EXPECT_NE(workspace.find("channel waba_shop: whatsapp {"), std::string::npos) << workspace;
  EXPECT_NE(workspace.find("flows preferences"), std::string::npos) << workspace;
  EXPECT_NE(workspace.find("limit each recipient 5 messages"), std::string::npos) << workspace;
  EXPECT_NE(workspace.find("limit each prefix(7)"), std::string::npos) << workspace;
  EXPECT_NE(workspace.find("price whatsapp authentication {"), std::string::npos) << workspace;
  EXPECT_EQ(workspace.find("viber_otp"), std::string::npos) << workspace;
  EXPECT_EQ(workspace.find("spring_sale"), std::string::npos) << workspace;
  // A workspace that is there has its own rules.
  const std::string own = "edition 1\n\nallow regions all\n";
  folder_.write("out/workspace.flow", own);
  ASSERT_EQ(import({json, "-o", out(), "--name", "preferences", "--force"}).exit_code, 0);
  const std::string completed = read_file(out() + "/workspace.flow");
  EXPECT_TRUE(completed.starts_with(own)) << completed;
  EXPECT_NE(completed.find("channel waba_shop: whatsapp {"), std::string::npos) << completed;
  EXPECT_EQ(completed.find("limit "), std::string::npos) << completed;
  EXPECT_EQ(completed.find("price "), std::string::npos) << completed;
}

TEST_F(Import, CheckOnlyIsNotHinderedByWhatIsThere) {
  ASSERT_EQ(import_text(kRequest, {"--name", "login"}).exit_code, 0);
  const Outcome again = import_text(kRequest, {"--name", "login", "--check-only"});
  EXPECT_EQ(again.exit_code, 0) << again.output;
  EXPECT_NE(again.output.find("login: proven: "), std::string::npos) << again.output;
  EXPECT_NE(again.output.find("login.flow` is there already: an import needs --force to replace it\n"),
            std::string::npos)
      << again.output;
  const Outcome forced = import_text(kRequest, {"--name", "login", "--check-only", "--force"});
  EXPECT_EQ(forced.output.find("is there already"), std::string::npos) << forced.output;
}

TEST_F(Import, TheReportIsWrittenWithTheFlowsOrNotAtAll) {
  const Outcome nowhere = import_text(kRequest, {"--name", "login", "--report-json", folder_.file("none/report.json")});
  EXPECT_EQ(nowhere.exit_code, 2) << nowhere.output;
  EXPECT_FALSE(std::filesystem::exists(out()));
  const Outcome itself = import_text(kRequest, {"--name", "login", "--report-json", out() + "/./login.flow"});
  EXPECT_EQ(itself.exit_code, 2) << itself.output;
  EXPECT_NE(itself.output.find("is what the import writes: --report-json needs another place"), std::string::npos)
      << itself.output;
  EXPECT_FALSE(std::filesystem::exists(out()));
  const std::string report = out() + "/report.json";
  EXPECT_EQ(import_text(kRequest, {"--name", "login", "--report-json", report}).exit_code, 0);
  EXPECT_NE(read_file(report).find("\"proven\": true"), std::string::npos);
}

// 100 MB of zeros in 100 KB.
TEST_F(Import, AGzipBombIsRefused) {
  const std::string json = folder_.file("bomb.json");
  const std::string command = fmt::format(
      "printf '{{\"schema\":{{\"namespace\":\"External\",\"version\":\"1.0\"}},\"editor\":\"' > '{0}' && "
      "head -c 100000000 /dev/zero | gzip -9 | base64 -w0 >> '{0}' && printf '\",\"flow\":{{}}}}' >> '{0}'",
      json);
  ASSERT_EQ(std::system(command.c_str()), 0);
  const Outcome outcome = import({json, "-o", out()});
  EXPECT_EQ(outcome.exit_code, 1) << outcome.output;
  EXPECT_NE(outcome.output.find("not understood (1):\n"), std::string::npos) << outcome.output;
  EXPECT_FALSE(std::filesystem::exists(out()));
}

}  // namespace
}  // namespace flow::driver
