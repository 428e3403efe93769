#include "compiler/driver/runner.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "base/instant.h"
#include "base/limits.h"
#include "compiler/interpret/interpreter.h"
#include "compiler/ir/text.h"
#include "compiler/ir/verify.h"

namespace flow::driver {
namespace {

class Run : public testing::Test {
 protected:
  Run() {
    std::ifstream file(FLOW_SOURCE_DIR "/compiler/ir/testdata/sample.ir", std::ios::binary);
    auto module = std::make_shared<ir::Module>();
    module->flows.push_back(ir::parse_flow(std::string(std::istreambuf_iterator<char>(file), {})).value());
    EXPECT_TRUE(ir::verify(*module));
    program_ = interpret::make_interpreter(std::move(module), 0);
    options_.start_ms = parse_instant("2026-11-20T10:00:00Z").value();
  }

  Result<std::string> run(std::string_view events) {
    const auto inputs = core::read_inputs({{"phone", "+639171234567"}, {"code", "482913"}}, program_->info(), "");
    return run_events(*program_, inputs.value(), events, options_);
  }

  // "at effect", one a line, without the date.
  std::string outline(std::string_view events) {
    const auto lines = run(events);
    if (!lines) return lines.error().message;
    std::string out;
    std::string_view rest = *lines;
    while (!rest.empty()) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(line.size() + 1);
      const std::size_t at = line.find("T10:");
      const std::size_t what = line.find("\",\"", at);
      out += fmt::format("{} {}\n", line.substr(at + 4, 9), line.substr(what + 2));
    }
    return out;
  }

  std::unique_ptr<program::Program> program_;
  RunOptions options_;
};

TEST_F(Run, TimersFireByThemselves) {
  const auto lines = run("");
  ASSERT_TRUE(lines) << lines.error().message;
  EXPECT_NE(lines->find(R"({"v":1,"at":"2026-11-20T10:00:30.000Z","effect":"withdraw","step":"first","message":0})"),
            std::string::npos)
      << *lines;
  EXPECT_TRUE(lines->ends_with(R"("effect":"end","end":"failed","reason":"no \u001bchannel ☎"})"
                               "\n"))
      << *lines;
  EXPECT_EQ(lines->find("482913"), std::string::npos);
  options_.reveal = true;
  EXPECT_NE(run("")->find("482913"), std::string::npos);
}

TEST_F(Run, AReceiptAtTheSameInstantWins) {
  const std::string early = outline(R"({"event":"receipt","at":"30s","step":"first","status":"delivered"})");
  EXPECT_NE(early.find("00:30.000 \"effect\":\"enter\",\"step\":\"pause\""), std::string::npos) << early;
  EXPECT_EQ(early.find("late_receipt"), std::string::npos) << early;
}

TEST_F(Run, SignalsEndItAndLateReceiptsAreSeen) {
  options_.show_events = true;
  const std::string lines = outline(
      "{\"event\":\"signal\",\"at\":\"5s\",\"signal\":\"verified\"}\n"
      "{\"event\":\"receipt\",\"at\":\"9s\",\"message\":0,\"status\":\"read\"}\n");
  EXPECT_NE(lines.find("00:05.000 \"event\":\"signal\",\"signal\":\"verified\"}\n"
                       "00:05.000 \"effect\":\"withdraw\",\"step\":\"first\",\"message\":0}\n"
                       "00:05.000 \"effect\":\"end\",\"end\":\"done\"}\n"
                       "00:09.000 \"event\":\"receipt\",\"message\":0,\"status\":\"read\"}\n"
                       "00:09.000 \"effect\":\"late_receipt\",\"step\":\"first\",\"message\":0,\"status\":\"read\"}\n"),
            std::string::npos)
      << lines;
}

TEST_F(Run, ErrorsNameTheLine) {
  EXPECT_EQ(run("\n{\"event\":\"stop\"}\n").error().message,
            "line 2: \"event\" must be one of start, receipt, timer, signal, result, reply");
  EXPECT_EQ(run("{\"event\":\"signal\",\"signal\":\"x\",\"at\":\"5s\"}\n{\"event\":\"signal\",\"signal\":\"x\",\"at\":"
                "\"4s\"}")
                .error()
                .message,
            "line 2: \"at\" is before that of the event above");
  EXPECT_EQ(run("{\"event\":\"signal\",\"signal\":\"x\",\"at\":5}").error().message,
            "line 1: \"at\" is before the start");
  EXPECT_EQ(run("{\"event\":\"receipt\",\"step\":\"by.template\",\"status\":\"sent\"}").error().message,
            "line 1: step `by.template` has sent no message by then");
}

TEST_F(Run, EventsHaveALimit) {
  std::string events;
  while (events.size() < limits::kEventFileBytesMax) events.append(4095, ' ').append("\n");
  ASSERT_EQ(events.size(), limits::kEventFileBytesMax);
  EXPECT_TRUE(run(events));
  const auto refused = run(events + " ");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(refused.error().message, fmt::format("the events are more than {} bytes", limits::kEventFileBytesMax));
}

}  // namespace
}  // namespace flow::driver
