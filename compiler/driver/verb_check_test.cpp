// flowc check and flowc explain as programs: waivers, baselines, pages.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "compiler/diagnostics/diagnostic.h"
#include "compiler/driver/pages.h"
#include "tests/support/run_program.h"

namespace flow::driver {
namespace {

using testing_support::Outcome;
using testing_support::read_file;
using testing_support::TemporaryFolder;

constexpr const char* kWorkspace =
    "edition 1\nlanguages en\nallow regions all\n"
    "channel sms_shop: sms { sender \"SHOP\"; receipts within 5s; handover within 20s }\n";

// `lines` stand before the step `sms`; the flow has one finding of F0503 for each `jump` in them.
std::string flow(const std::string& lines) {
  return "flow shop \"Shop\"\ntrigger manual\npurpose transaction\ninput customer: phone\nstart => pause\n" + lines +
         "sms: send sms {\n  from sms_shop\n  to customer\n  text \"Ready.\"\n"
         "  failed => end failed \"not sent\"\n  sent => end\n}\n";
}

const std::string kJump = "pause: wait 10m => jump sms max 3 else end\n";

class Check : public ::testing::Test {
 protected:
  void SetUp() override { folder_.write("workspace.flow", kWorkspace); }

  Outcome check(const std::string& lines, std::vector<std::string> more = {}) const {
    folder_.write("shop.flow", flow(lines));
    std::vector<std::string> command = {FLOW_BIN_DIR "/flowc", "check", folder_.path()};
    command.insert(command.end(), more.begin(), more.end());
    return testing_support::run_program(command);
  }
  std::string baseline() const { return folder_.file("old.baseline"); }

  TemporaryFolder folder_;
};

TEST_F(Check, WaiversStandAboveOrBehindAnEntryAndAreCounted) {
  EXPECT_NE(check(kJump).output.find("warning[F0503]"), std::string::npos);
  const std::string behind = "pause: wait 10m => jump sms max 3 else end // allow(F0503): soon\n";
  for (const std::string& text : {behind, "// allow(F0503): soon\n" + kJump}) {
    const Outcome outcome = check(text, {"--deny", "warnings"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
    EXPECT_NE(outcome.output.find("1 flow: no errors, 1 finding waived\n"), std::string::npos) << outcome.output;
  }
  const Outcome json = check(behind, {"--format", "json"});
  EXPECT_NE(json.output.find("\"waived\": 1,"), std::string::npos) << json.output;
  EXPECT_NE(json.output.find("\"diagnostics\": []"), std::string::npos) << json.output;
}

TEST_F(Check, AFlowThatIsStartedIsFoundByItsName) {
  const std::string head = "\ntrigger call\npurpose transaction\ninput customer: phone\nstart => sms\n";
  const std::string sms =
      "sms: send sms { from sms_shop; to customer; text \"Ready.\"; failed => end failed \"no\"; sent => end }\n";
  folder_.write("other.flow", "flow helper \"In a file of another name\"" + head + sms);
  const Outcome found = check("pause: launch flow helper(customer: customer) => sms\n");
  EXPECT_EQ(found.exit_code, 0) << found.output;
  // A file that has the name and another flow.
  const Outcome missing = check("pause: launch flow other(customer: customer) => sms\n");
  EXPECT_NE(missing.output.find("error[F0220]: there is no flow `other`"), std::string::npos) << missing.output;
  // Mistakes of the flow itself are told once, where they are.
  folder_.write("broken.flow", "flow broken \"Broken\"" + head + "sms: send sms {\n");
  const Outcome broken = check("pause: launch flow broken(customer: customer, more: 1) => sms\n");
  EXPECT_NE(broken.output.find("1 error"), std::string::npos) << broken.output;
  // A flow alone is looked at with what it starts.
  folder_.write("shop.flow", flow("pause: launch flow helper(customer: customer) => sms\n"));
  folder_.write("helper.flow", "flow helper \"Helper\"" + head + sms);
  const Outcome alone = testing_support::run_program({FLOW_BIN_DIR "/flowc", "check", folder_.file("shop.flow")});
  EXPECT_NE(alone.output.find("2 flows: no errors"), std::string::npos) << alone.output;
}

TEST_F(Check, WaiversHoldForTheOtherVerbs) {
  check("pause: wait 10m => jump sms max 3 else end // allow(F0503): soon\n");
  const Outcome built =
      testing_support::run_program({FLOW_BIN_DIR "/flowc", "build", folder_.path(), "-o", folder_.file("out.bundle")});
  EXPECT_EQ(built.exit_code, 0) << built.output;
  EXPECT_EQ(built.output.find("F0503"), std::string::npos) << built.output;
}

TEST_F(Check, ABaselineHidesWhatIsOldAndNothingElse) {
  const Outcome written = check(kJump, {"--write-baseline", baseline()});
  EXPECT_EQ(written.exit_code, 0);
  EXPECT_NE(written.output.find("1 finding written to"), std::string::npos) << written.output;
  EXPECT_TRUE(read_file(baseline()).starts_with("flowc baseline 1\nF0503 ")) << read_file(baseline());
  // Lines above it and another layout change nothing.
  const std::string moved = "// one\n\n// two\npause:   wait 10m  =>   jump   sms max 3   else end\n";
  EXPECT_EQ(check(moved, {"--baseline", baseline(), "--deny", "warnings"}).exit_code, 0);
  // The same jump once more is new, and so is another one.
  for (const char* max : {"3", "4"}) {
    const std::string more = fmt::format(
        "pause: wait 10m => more\nmore: branch {{ customer == \"+15550000001\" => jump sms "
        "max 3 else end; else => jump sms max {} else end }}\n",
        max);
    const Outcome outcome = check(more, {"--baseline", baseline(), "--deny", "warnings"});
    EXPECT_EQ(outcome.exit_code, 1) << outcome.output;
    EXPECT_NE(outcome.output.find("1 warning"), std::string::npos) << outcome.output;
  }
}

TEST_F(Check, AnEntryThatNothingNeedsIsReported) {
  check(kJump, {"--write-baseline", baseline()});
  const Outcome outcome = check("pause: wait 10m => sms\n", {"--baseline", baseline()});
  EXPECT_NE(outcome.output.find("warning[F1105]: `shop.flow` has no such finding of F0503 any more"), std::string::npos)
      << outcome.output;
  // With errors nobody knows.
  const Outcome broken = check("pause: wait 10m => smss\n", {"--baseline", baseline()});
  EXPECT_EQ(broken.output.find("F1105"), std::string::npos) << broken.output;
  // Nor of files that are not looked at.
  folder_.write("old.baseline", "flowc baseline 1\nF0503 0000000000000001 1 other.flow: gone\n");
  EXPECT_EQ(check("pause: wait 10m => sms\n", {"--baseline", baseline(), "--deny", "warnings"}).exit_code, 0);
}

TEST_F(Check, ABaselineIsNotWrittenOfFlowsWithErrors) {
  const Outcome outcome = check("pause: wait 10m => smss\n", {"--write-baseline", baseline()});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_NE(outcome.output.find("was not written: mend the errors first"), std::string::npos) << outcome.output;
  EXPECT_EQ(check(kJump, {"--baseline", baseline()}).exit_code, 2) << "there is none";
}

TEST_F(Check, ABaselineThatCannotBeReadIsRefusedWithItsLine) {
  for (const auto& [text, complaint] : std::vector<std::pair<std::string, std::string>>{
           {"F0503 1 1 a.flow: x\n", "line 1 of the baseline"},
           {"flowc baseline 2\n", "line 1 of the baseline"},
           {"flowc baseline 1\n\n# fine\nF0503 1 0 a.flow: x\n", "line 4 of the baseline"},
           {"flowc baseline 1\nF9999 1 1 a.flow: x\n", "line 2 of the baseline"},
           {"flowc baseline 1\nF0503 xyz 1 a.flow: x\n", "line 2 of the baseline"},
           {"flowc baseline 1\nF0503 1 99999999999 a.flow: x\n", "line 2 of the baseline"},
           {"flowc baseline 1\nF0503 1 1 a\n", "line 2 of the baseline"},
           {"flowc baseline 1\nF0503 1 1 a.flow: x\nF0503 1 2 a.flow: y\n", "is there twice"}}) {
    folder_.write("old.baseline", text);
    const Outcome outcome = check(kJump, {"--baseline", baseline()});
    EXPECT_EQ(outcome.exit_code, 2) << text;
    EXPECT_NE(outcome.output.find(complaint), std::string::npos) << text << outcome.output;
  }
}

Outcome explain(const std::vector<std::string>& words) {
  std::vector<std::string> command = {FLOW_BIN_DIR "/flowc", "explain"};
  command.insert(command.end(), words.begin(), words.end());
  return testing_support::run_program(command);
}

TEST(Explain, PrintsThePageOfACodeHoweverItIsWritten) {
  const std::string page = read_file(FLOW_SOURCE_DIR "/docs/diagnostics/F0202.md");
  for (const char* word : {"F0202", "f0202", "202", "0202", "unknown_step"}) {
    const Outcome outcome = explain({word});
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_EQ(outcome.output, page) << word;
  }
}

TEST(Explain, EveryCodeHasItsPage) {
  for (const diagnostics::CodeInfo& info : diagnostics::all_codes()) {
    EXPECT_TRUE(page_of(info.code).starts_with("# " + diagnostics::code_text(info.code) + ": " + info.title));
  }
}

TEST(Explain, ListsAllCodesAndSuggestsANearOne) {
  const Outcome all = explain({});
  EXPECT_EQ(all.exit_code, 0);
  EXPECT_NE(all.output.find("F0503  warning  a jump that lies on no cycle\n"), std::string::npos) << all.output;
  const Outcome near = explain({"unknown_stepp"});
  EXPECT_EQ(near.exit_code, 2);
  EXPECT_NE(near.output.find("there is no code `unknown_stepp`"), std::string::npos) << near.output;
  EXPECT_NE(near.output.find("did you mean `unknown_step`?"), std::string::npos) << near.output;
  EXPECT_NE(explain({"nonsense"}).output.find("`flowc explain` alone lists them"), std::string::npos);
}

}  // namespace
}  // namespace flow::driver
