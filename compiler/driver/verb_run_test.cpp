// flowc run, ir and build as a program: arguments, streams, exit codes.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <fmt/format.h>

#include "base/limits.h"
#include "compiler/bundle/bundle.h"
#include "compiler/ir/text.h"

namespace flow::driver {
namespace {

namespace fs = std::filesystem;

constexpr const char* kInputs = "-i customerPhoneNumber=+639171234567 -i verificationCode=482913";

struct Outcome {
  int code = -1;
  std::string out;
  std::string err;
};

class Flowc : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "flowc-run-test-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }

  static std::string read(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
    return (folder_ / name).string();
  }
  // `OTP` in the arguments stands for the tutorial's workspace.
  Outcome flowc(std::string arguments) const {
    for (std::size_t at; (at = arguments.find("OTP")) != std::string::npos;)
      arguments.replace(at, 3, FLOW_SOURCE_DIR "/flows/otp");
    const std::string out = (folder_ / "out").string();
    const std::string err = (folder_ / "err").string();
    const std::string command =
        fmt::format("cd '{}' && '{}/flowc' {} >out 2>err", folder_.string(), FLOW_BIN_DIR, arguments);
    const int status = std::system(command.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read(out), read(err)};
  }

  fs::path folder_;
};

TEST_F(Flowc, RunsTheTutorialOnBothEngines) {
  const std::string events =
      write("events.jsonl",
            "{\"event\":\"receipt\",\"at\":\"2s\",\"step\":\"viber_ph\",\"status\":\"sent\"}\n"
            "{\"event\":\"receipt\",\"at\":\"31s\",\"step\":\"whatsapp_ph\",\"status\":\"failed\"}\n"
            "{\"event\":\"receipt\",\"at\":\"33s\",\"step\":\"sms\",\"status\":\"sent\"}\n"
            "{\"event\":\"receipt\",\"at\":\"40s\",\"message\":0,\"status\":\"read\"}\n");
  const Outcome native = flowc(fmt::format("run OTP/deliver_otp.flow {} --events {} --engine jit", kInputs, events));
  const Outcome slow = flowc(fmt::format("run OTP {} --events {} --engine interpreter", kInputs, events));
  EXPECT_EQ(native.code, 0) << native.err;
  EXPECT_EQ(native.out, slow.out);
  EXPECT_EQ(native.err, "");
  const std::string sent = R"("effect":"send","step":")";
  const std::size_t viber = native.out.find(sent + "viber_ph");
  const std::size_t whatsapp = native.out.find(sent + "whatsapp_ph", viber);
  const std::size_t sms = native.out.find(sent + "sms", whatsapp);
  EXPECT_NE(sms, std::string::npos) << native.out;
  EXPECT_NE(native.out.find(R"("at":"2026-01-01T00:00:30.000Z","effect":"enter","step":"whatsapp_ph")"),
            std::string::npos);
  EXPECT_NE(native.out.find(R"("at":"2026-01-01T00:00:33.000Z","effect":"end","end":"done")"), std::string::npos);
  EXPECT_NE(native.out.find(R"("effect":"late_receipt","step":"viber_ph","message":0,"status":"read")"),
            std::string::npos);
}

TEST_F(Flowc, PrintsSecretsOnlyWhenAsked) {
  const std::string run = fmt::format("run OTP {}", kInputs);
  EXPECT_EQ(flowc(run).out.find("482913"), std::string::npos);
  EXPECT_NE(flowc(run + " --reveal").out.find("482913"), std::string::npos);
  // Too long for the flow: the message says so without the value.
  const Outcome refused = flowc("run OTP -i customerPhoneNumber=+639171234567 -i verificationCode=482913482913");
  EXPECT_EQ(refused.code, 2);
  EXPECT_EQ(refused.err, "flowc: input `verificationCode` needs 4 to 8 characters\n");
}

TEST_F(Flowc, SaysWhyItCouldNotRun) {
  const std::pair<std::string, std::string> cases[] = {
      {"run OTP -i customerPhoneNumber=+639171234567", "input `verificationCode` is missing"},
      {"run OTP -i code=1", "there is no input `code`"},
      {"run OTP -i code", "`--input` takes NAME=VALUE"},
      {"run OTP --start yesterday", "`--start`: not an instant"},
      {"run OTP --events nowhere.jsonl", "cannot read `nowhere.jsonl`"},
      {"run OTP --engine abacus", "abacus not in {jit,interpreter}"},
      {"run OTP/deliver_otpp.flow", "deliver_otpp.flow"},
      {"run deliver_otp", "has no workspace.flow"},
      {"ir OTP --function 'enter smss'", "did you mean `enter sms`?"},
      {"build OTP -o missing/x.bundle", "cannot write `missing/x.bundle`"},
      {"build OTP", "--output is required"},
  };
  for (const auto& [arguments, message] : cases) {
    const Outcome outcome = flowc(arguments);
    EXPECT_EQ(outcome.code, 2) << arguments;
    EXPECT_NE(outcome.err.find(message), std::string::npos) << arguments << "\n" << outcome.err;
    EXPECT_EQ(outcome.out, "") << arguments;
  }
  const std::string events = write("bad.jsonl", "\n{\"event\":\"stop\"}\n");
  EXPECT_NE(flowc(fmt::format("run OTP {} --events {}", kInputs, events)).err.find("line 2: \"event\" must be one of"),
            std::string::npos);
  const std::string large = write("large.jsonl", std::string(limits::kEventFileBytesMax + 1, '\n'));
  EXPECT_NE(flowc(fmt::format("run OTP {} --events {}", kInputs, large)).err.find("` is longer than 16777216 bytes"),
            std::string::npos);
}

TEST_F(Flowc, RefusesFlowsWithErrors) {
  write("workspace.flow", "edition 1\nallow regions all\nchannel s: sms { sender \"X\" }\n");
  write("a.flow", "flow a \"A\"\ntrigger manual\npurpose transaction\ninput p: phone\nstart => nowhere\n");
  for (const char* arguments : {"run a", "run a.flow", "ir a.flow", "build . -o x.bundle"}) {
    const Outcome outcome = flowc(arguments);
    EXPECT_EQ(outcome.code, 1) << arguments << outcome.err;
    EXPECT_NE(outcome.err.find("nowhere"), std::string::npos) << outcome.err;
    EXPECT_FALSE(fs::exists(folder_ / "x.bundle"));
  }
}

TEST_F(Flowc, PrintsCompleteIr) {
  const Outcome all = flowc("ir OTP");
  EXPECT_EQ(all.code, 0) << all.err;
  const auto flow = ir::parse_flow(all.out);
  ASSERT_TRUE(flow) << flow.error().message;
  EXPECT_EQ(ir::print(*flow), all.out);
  const Outcome one = flowc("ir OTP --function 'enter sms'");
  EXPECT_TRUE(one.out.starts_with("  function \"enter sms\"")) << one.out;
  EXPECT_NE(all.out.find(one.out), std::string::npos);
}

TEST_F(Flowc, BuildsTheSameBundleFromTheSameSources) {
  const Outcome first = flowc("build OTP -o a.bundle");
  const Outcome second = flowc("build OTP -o b.bundle");
  EXPECT_EQ(first.code, 0) << first.err;
  const std::string bytes = read(folder_ / "a.bundle");
  EXPECT_EQ(bytes, read(folder_ / "b.bundle"));
  EXPECT_EQ(first.out, bundle::version_of(bytes) + "  a.bundle\n");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 4) << "only out, err and bundles";
  const auto bundle = bundle::read_bundle(bytes);
  ASSERT_TRUE(bundle) << bundle.error().message;
  EXPECT_EQ(bundle->module.flows.size(), 1U);
  ASSERT_EQ(bundle->sources.size(), 2U);
  EXPECT_EQ(bundle->sources[0].text, read(FLOW_SOURCE_DIR "/flows/otp/deliver_otp.flow"));
  EXPECT_NE(bundle->certificate.find("\"flow\": \"deliver_otp\""), std::string::npos) << bundle->certificate;
  EXPECT_NE(bundle->declarations.find("\"name\": \"waba_otp\""), std::string::npos) << bundle->declarations;
}

TEST_F(Flowc, BuildRefusesWhatAnImportKept) {
  write("workspace.flow", "edition 1\nlanguages en\nallow regions all\n");
  write("voice.flow",
        "flow voice \"Voice\"\n\ntrigger manual\n\nstart => say\n\n"
        "say: extern \"say-play\" { say \"Hello\"; audioComplete => end }\n");
  const Outcome checked = flowc("check .");
  EXPECT_EQ(checked.code, 0) << checked.err;
  const Outcome built = flowc("build . -o voice.bundle");
  EXPECT_EQ(built.code, 1);
  EXPECT_NE(built.err.find("F0908: `voice` is not deployable: `say` is of another system"), std::string::npos)
      << built.err;
  EXPECT_FALSE(fs::exists(folder_ / "voice.bundle"));
  write("voice.flow", "flow voice \"Voice\"\n\ntrigger extern \"call\"\n\nstart => say\n\nsay: wait 5s => end\n");
  EXPECT_EQ(flowc("build . -o voice.bundle").code, 1);
}

// What `random` draws is told by the seed of the start, and by nothing else.
TEST_F(Flowc, RunDrawsByTheSeed) {
  write("workspace.flow", "edition 1\nlanguages en\nallow regions all\n");
  write("pick.flow",
        "flow pick \"Pick\"\n\ntrigger manual\n\noutcome heads\noutcome tails\n\nstart => toss\n\n"
        "toss: random {\n  50% => end heads\n  50% => end tails\n}\n");
  int heads = 0;
  for (int seed = 0; seed < 40; ++seed) {
    write("events", fmt::format("{{\"event\":\"start\",\"seed\":{}}}\n", seed));
    const Outcome interpreted = flowc("run pick.flow --engine interpreter --events events");
    EXPECT_EQ(interpreted.code, 0) << interpreted.err;
    heads += interpreted.out.find("heads") != std::string::npos ? 1 : 0;
    if (seed == 0) EXPECT_EQ(flowc("run pick.flow --events events").out, interpreted.out);
  }
  EXPECT_GT(heads, 5);
  EXPECT_LT(heads, 35);
}

}  // namespace
}  // namespace flow::driver
