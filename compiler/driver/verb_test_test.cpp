// flowc test as a program: paths, engines, coverage, JUnit, exit codes.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include <fmt/format.h>

#include "tests/support/run_program.h"

namespace flow::driver {
namespace {

using testing_support::Outcome;

constexpr const char* kWorkspace =
    "edition 1\nlanguages en\nallow regions all\nchannel sms_shop: sms { sender \"SHOP\"; handover within 20s }\n";

std::string flow_text(const std::string& name) {
  return fmt::format(
      "flow {} \"A\"\ntrigger manual\npurpose transaction\ninput customer: phone\nstart => out\n"
      "out: send sms {{ from sms_shop; to customer; text \"Hello\"; failed => end failed \"no\"; sent => end }}\n",
      name);
}

std::string test_text(const std::string& name, const std::string& flow, const std::string& end) {
  return fmt::format(
      "test \"{}\" for {} {{\n  given customer = \"+639171234567\"\n  at 1s: out sent\n  expect {}\n}}\n", name, flow,
      end);
}

class FlowcTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_.write("workspace.flow", kWorkspace);
    folder_.write("one.flow", flow_text("one"));
    folder_.write("two.flow", flow_text("two"));
    folder_.write("one.test.flow", test_text("one ends", "one", "end"));
    folder_.write("both.test.flow", test_text("one ends as well", "one", "end") + test_text("two ends", "two", "end"));
  }

  Outcome flowc(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {FLOW_BIN_DIR "/flowc", "test"});
    return testing_support::run_program(arguments);
  }
  std::string path(const std::string& name) const { return folder_.file(name); }

  testing_support::TemporaryFolder folder_;
};

TEST_F(FlowcTest, PathsSayWhichTests) {
  const Outcome all = flowc({folder_.path()});
  EXPECT_EQ(all.exit_code, 0) << all.output;
  EXPECT_TRUE(all.output.ends_with("3 tests passed\n")) << all.output;
  EXPECT_TRUE(flowc({path("one.test.flow")}).output.ends_with("one ends\n1 test passed\n"));
  const Outcome of_one = flowc({path("one.flow")});
  EXPECT_TRUE(of_one.output.ends_with("2 tests passed\n")) << of_one.output;
  EXPECT_EQ(of_one.output.find("two"), std::string::npos);
  EXPECT_TRUE(flowc({path("two.flow"), path("one.test.flow")}).output.ends_with("2 tests passed\n"));
  EXPECT_TRUE(flowc({path("workspace.flow"), "--only", "as well"}).output.ends_with("1 test passed\n"));
}

TEST_F(FlowcTest, EveryEngineRunsThem) {
  for (const char* engine : {"interpreter", "jit", "both"}) {
    const Outcome outcome = flowc({folder_.path(), "--engine", engine});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
    EXPECT_TRUE(outcome.output.ends_with("3 tests passed\n")) << outcome.output;
  }
}

TEST_F(FlowcTest, AFailureIsOneAndShowsWhatWasSeen) {
  folder_.write("one.test.flow", test_text("one fails", "one", "end failed"));
  const Outcome outcome = flowc({folder_.path(), "--engine", "both", "--junit", path("results.xml")});
  EXPECT_EQ(outcome.exit_code, 1) << outcome.output;
  EXPECT_NE(outcome.output.find("failed: one fails\n"), std::string::npos) << outcome.output;
  EXPECT_NE(outcome.output.find("expected: end failed (line 4)"), std::string::npos) << outcome.output;
  EXPECT_TRUE(outcome.output.ends_with("1 of 3 tests failed\n")) << outcome.output;
  const std::string xml = testing_support::read_file(path("results.xml"));
  EXPECT_NE(xml.find("<testsuites tests=\"3\" failures=\"1\" errors=\"0\">"), std::string::npos) << xml;
}

TEST_F(FlowcTest, ATestChoosesWhatIsDrawn) {
  folder_.write("drawn.flow",
                "flow drawn \"Drawn\"\ntrigger manual\npurpose transaction\ninput customer: phone\noutcome third\n"
                "start => pick\n"
                "pick: random by customer { 98% => a; 1% => b; 1% => end third }\n"
                "a: send sms { from sms_shop; to customer; text \"A\"; failed, sent => end }\n"
                "b: send sms { from sms_shop; to customer; text \"B\"; failed => pick_again; sent => end }\n"
                "pick_again: random { 1% => a; 99% => end }\n");
  std::string tests;
  const auto add = [&](const std::string& name, const std::string& lines) {
    tests += fmt::format("test \"{}\" for drawn {{\n  given customer = \"+639171234567\"\n{}}}\n", name, lines);
  };
  add("a", "  choose pick = a\n  at 0s: expect send a\n  at 1s: a sent\n  expect end\n");
  add("b, a",
      "  choose pick = b\n  choose pick_again = 1%\n  at 0s: expect send b\n  at 1s: b failed\n"
      "  at 1s: expect send a\n  at 2s: a failed\n  expect end\n");
  add("b, end", "  choose pick = 1%\n  expect never send a\n");
  folder_.write("drawn.test.flow", tests);
  // Two arms have 1 %.
  const Outcome twice = flowc({path("drawn.test.flow")});
  EXPECT_EQ(twice.exit_code, 1);
  EXPECT_NE(twice.output.find("2 arms of `pick` are meant"), std::string::npos) << twice.output;

  tests.replace(tests.rfind("1%"), 2, "b");
  add("third", "  choose pick = third\n  expect end third\n");
  add("end", "  choose pick_again = end\n  choose pick = b\n  at 0s: b failed\n  expect end\n");
  folder_.write("drawn.test.flow", tests);
  const Outcome all = flowc({path("drawn.test.flow"), "--engine", "both", "--coverage"});
  EXPECT_EQ(all.exit_code, 0) << all.output;
  EXPECT_NE(all.output.find("5 tests passed\n"), std::string::npos) << all.output;
  EXPECT_EQ(all.output.find("the engines disagree"), std::string::npos) << all.output;
  // Only a message that nobody reports is missing: handed over or not is the provider's word.
  EXPECT_EQ(all.output.find("not taken: pick"), std::string::npos) << all.output;
}

TEST_F(FlowcTest, AMessageOfATableIsWhereverItsLineStands) {
  folder_.write("workspace.flow", std::string(kWorkspace) + "channel viber_shop: viber { service \"1\" }\n");
  folder_.write("table.flow",
                "flow table \"Table\"\ntrigger manual\npurpose transaction\ninput customer: phone\nstart => otp\n"
                "otp: deliver to customer as channel {\n"
                "  viber: send viber { from viber_shop; text \"V\"; failed, undelivered after 5m => next; delivered => "
                "reached }\n"
                "  sms: send sms { from sms_shop; text \"S\"; failed => next; sent => reached }\n"
                "  PH => viber then sms\n  MY => sms then viber\n  else => sms\n"
                "  reached => end\n  exhausted => end failed \"no\"\n}\n");
  // The SMS of the first row, and that of the second, lead to different places.
  folder_.write("table.test.flow",
                "test \"PH\" for table {\n  given customer = \"+639171234567\"\n  at 0s: expect send otp.viber\n"
                "  at 1s: otp.viber failed\n  at 1s: expect send otp.sms { text == \"S\" }\n  at 2s: otp.sms failed\n"
                "  expect end failed \"no\"\n}\n"
                "test \"MY\" for table {\n  given customer = \"+60121234567\"\n  at 0s: expect send otp.sms\n"
                "  at 1s: otp.sms failed\n  at 1s: expect visited otp.viber\n  at 2s: otp.viber delivered\n"
                "  expect end\n}\n");
  const Outcome outcome = flowc({path("table.test.flow")});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
}

// By the clocks of `start at … zone`, wherever it stands; a time that they skip is moved on, of one that comes twice
// the first is meant.
TEST_F(FlowcTest, PointsInTimeOfATestAreByItsClocks) {
  folder_.write("later.flow",
                "flow later \"Later\"\ntrigger manual\npurpose transaction\nexpires 2d\nzone \"Europe/Berlin\"\n"
                "input until: datetime\nstart => pause\npause: wait until until { reached, past => end }\n");
  const auto test = [&](const std::string& start, const std::string& until, const std::string& waits) {
    folder_.write("later.test.flow", "test \"the end\" for later {\n  given until = " + until + "\n  start at " +
                                         start + "\n  at " + waits + ": expect end\n}\n");
    return flowc({path("later.test.flow")});
  };
  const std::string zone = " zone \"Europe/Berlin\"";
  for (const auto& [start, until, waits] :
       {std::tuple{"2026-11-20T10:00" + zone, "2026-11-20T14:00", "4h"},
        std::tuple{"2026-03-29T01:00" + zone, "2026-03-29T02:30", "90m"},
        std::tuple{"2026-03-29T01:00" + zone, "2026-03-29T03:30", "90m"},
        std::tuple{"2026-10-25T01:00" + zone, "2026-10-25T02:30", "90m"},
        std::tuple{"2026-10-25T01:00" + zone, "2026-10-25T03:30", "210m"},
        std::tuple{std::string("2026-11-20T10:00"), "\"2026-11-20T14:00:00+01:00\"", "3h"}}) {
    const Outcome outcome = test(start, until, waits);
    EXPECT_EQ(outcome.exit_code, 0) << start << " " << until << ": " << outcome.output;
  }
  const Outcome without = test("2026-11-20T10:00", "2026-11-20T14:00", "4h");
  EXPECT_EQ(without.exit_code, 1);
  EXPECT_NE(without.output.find("F0313"), std::string::npos) << without.output;
}

TEST_F(FlowcTest, TooFewArmsAreAFailureWhenAsked) {
  const Outcome listed = flowc({folder_.path(), "--coverage"});
  EXPECT_EQ(listed.exit_code, 0) << listed.output;
  EXPECT_NE(listed.output.find("two: 1 of 2 arms taken (50.0 %)\n  not taken: out: failed ("), std::string::npos)
      << listed.output;
  EXPECT_EQ(flowc({folder_.path(), "--min-coverage", "50"}).exit_code, 0);
  const Outcome few = flowc({folder_.path(), "--min-coverage", "50.1"});
  EXPECT_EQ(few.exit_code, 1) << few.output;
  EXPECT_NE(few.output.find("less than the 50.1 % asked for"), std::string::npos) << few.output;
}

TEST_F(FlowcTest, MistakesInFilesAreOneAndOnlyTestsMindThoseInTests) {
  folder_.write("one.test.flow", test_text("one ends", "none", "end"));
  const Outcome outcome = flowc({folder_.path()});
  EXPECT_EQ(outcome.exit_code, 1) << outcome.output;
  EXPECT_NE(outcome.output.find("error[F1002]"), std::string::npos) << outcome.output;
  const auto other = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), FLOW_BIN_DIR "/flowc");
    return testing_support::run_program(arguments).exit_code;
  };
  EXPECT_EQ(other({"check", folder_.path()}), 1);
  EXPECT_EQ(other({"check", path("one.flow")}), 0);
  EXPECT_EQ(other({"build", folder_.path(), "-o", path("a.bundle")}), 0);
}

TEST_F(FlowcTest, WhatCannotRunIsTwo) {
  EXPECT_EQ(flowc({folder_.path(), "--only", "nothing of the kind"}).exit_code, 2);
  EXPECT_EQ(flowc({path("missing.test.flow")}).exit_code, 2);
  EXPECT_EQ(flowc({folder_.path(), "--junit", path("no/such/folder.xml")}).exit_code, 2);
  EXPECT_EQ(flowc({folder_.path(), "--engine", "steam"}).exit_code, 2);
  EXPECT_EQ(flowc({folder_.path(), "--min-coverage", "101"}).exit_code, 2);
}

}  // namespace
}  // namespace flow::driver
