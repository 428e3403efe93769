#include "compiler/optimize/optimize.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "base/limits.h"
#include "compiler/interpret/interpreter.h"
#include "compiler/ir/text.h"
#include "compiler/ir/verify.h"
#include "compiler/lower/lower.h"
#include "compiler/optimize/context.h"
#include "tests/differential/generate.h"
#include "tests/differential/load.h"
#include "tests/differential/side_by_side.h"
#include "tests/differential/subjects.h"
#include "tests/differential/tutorial.h"

namespace flow::optimize {
namespace {

using differential::Event;

const std::string kTestdata = std::string(FLOW_SOURCE_DIR) + "/compiler/optimize/testdata";

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

ir::Flow parse(const std::string& text, const std::string& what) {
  auto flow = ir::parse_flow(text);
  EXPECT_TRUE(flow) << what << ": " << flow.error().message;
  if (!flow) return {};
  const Status status = ir::verify(*flow);
  EXPECT_TRUE(status) << what << ": " << status.error().message;
  return std::move(*flow);
}

// testdata/PASS/NAME.before.ir and NAME.after.ir: the functions alone of what comes out. NAME.same.ir: in which the
// pass must find nothing.
std::string functions_of(const ir::Flow& flow) {
  std::string text;
  for (const ir::Function& function : flow.functions) text += ir::print(flow, function) + "\n";
  return text;
}

class Pairs : public testing::TestWithParam<std::string> {};

TEST_P(Pairs, OfItsPass) {
  std::size_t pairs = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kTestdata + "/" + GetParam())) {
    const std::string path = entry.path().string();
    constexpr std::string_view kBefore = ".before.ir";
    if (path.ends_with(".same.ir")) {
      ir::Flow same = parse(read(path), path);
      EXPECT_FALSE(run_pass(GetParam(), same)) << path << " became\n" << functions_of(same);
    }
    if (!path.ends_with(kBefore)) continue;
    ++pairs;
    ir::Flow flow = parse(read(path), path);
    EXPECT_TRUE(run_pass(GetParam(), flow)) << path << ": nothing was found";
    for (int again = 0; again < 3 && run_pass(GetParam(), flow); ++again) {
    }
    const Status status = ir::verify(flow, ir::Form::optimised);
    EXPECT_TRUE(status) << path << ": " << status.error().message;
    const std::string after = path.substr(0, path.size() - kBefore.size()) + ".after.ir";
    const std::string found = functions_of(flow);
    if (std::getenv("FLOW_UPDATE_GOLDEN") != nullptr) std::ofstream(after) << found;
    EXPECT_EQ(found, read(after)) << after << "; FLOW_UPDATE_GOLDEN=1 rewrites it";
    EXPECT_FALSE(run_pass(GetParam(), flow)) << path << ": a second time it finds more";
  }
  EXPECT_GT(pairs, 0U) << "no pair in testdata/" << GetParam();
}

std::vector<std::string> pass_names() {
  std::vector<std::string> names;
  for (const Pass& pass : passes()) names.emplace_back(pass.name);
  return names;
}
INSTANTIATE_TEST_SUITE_P(Passes, Pairs, testing::ValuesIn(pass_names()), [](const auto& one) { return one.param; });

// What `change` makes of a flow, beside the flow as it was and the oracle: the same effects, the same stored bytes.
template <typename Change>
void compare(const std::string& name, check::Workspace workspace, std::size_t sequences, const Change& change,
             std::size_t flow = 0) {
  differential::Prepared made;
  made.workspace = std::move(workspace);
  made.module = std::make_shared<const ir::Module>(lower::lower(made.workspace));
  ASSERT_TRUE(ir::verify(*made.module)) << name;
  auto changed = std::make_shared<ir::Module>();
  changed->flows.push_back(change(made.module->flows[flow]));
  const Status status = ir::verify(changed->flows[0], ir::Form::optimised);
  ASSERT_TRUE(status) << name << ": " << status.error().message << "\n" << ir::print(changed->flows[0]);
  made.programs.push_back(interpret::make_plain_interpreter(made.module, flow));
  made.programs.push_back(interpret::make_plain_interpreter(changed, 0));
  made.subject = {&made.workspace,
                  made.workspace.flows[flow].get(),
                  generate::region_of,
                  made.module->flows[flow].info,
                  {{"before", made.programs[0].get()}, {"after", made.programs[1].get()}}};
  for (std::size_t s = 0; s < sequences; ++s) {
    generate::Random random(generate::derive(std::hash<std::string>()(name), s));
    const auto inputs = differential::random_inputs(random, *made.subject.flow);
    differential::EventSource source(random, *made.subject.flow, made.subject.info.signals.size());
    differential::SideBySide run(made.subject, inputs);
    for (int event = 0; event < 20 && !run.state().ended; ++event) {
      const auto wrong = run.step(source.next(run.state()));
      ASSERT_FALSE(wrong) << name << ", sequence " << s << ", event " << event << ": " << *wrong << "\n"
                          << ir::print(changed->flows[0]);
    }
  }
}

class Differential : public testing::TestWithParam<std::string> {};

// Each pass on what those before it leave, so that there is work for it.
TEST_P(Differential, ChangesNothingThatCanBeSeen) {
  std::size_t changed = 0;
  const auto change = [&](const ir::Flow& flow) {
    ir::Flow made = flow;
    for (const Pass& pass : passes()) {
      if (pass.name == GetParam()) break;
      run_pass(pass.name, made);
    }
    changed += run_pass(GetParam(), made) ? 1 : 0;
    return made;
  };
  for (std::uint64_t seed = 0; seed < 60; ++seed)
    compare(GetParam() + " " + std::to_string(seed), generate::workspace(generate::derive(5, seed)), 40, change);
  compare(GetParam() + " tutorial", generate::tutorial(), 100, change);
  for (const auto& [folder, flow] : {std::pair("tests/differential/flows", 0), std::pair("tests/differential/flows", 1),
                                     std::pair("compiler/optimize/testdata/wishes", 0)}) {
    auto workspace = differential::load_workspace(std::string(FLOW_SOURCE_DIR "/") + folder);
    ASSERT_TRUE(workspace) << workspace.error().message;
    const std::string name = fmt::format("{} {} {}", GetParam(), folder, flow);
    compare(name, std::move(*workspace), 300, change, static_cast<std::size_t>(flow));
  }
  EXPECT_GT(changed, 0U) << "it found nothing to do";
}
INSTANTIATE_TEST_SUITE_P(Passes, Differential, testing::ValuesIn(pass_names()),
                         [](const auto& one) { return one.param; });

TEST(Optimize, AllPassesTogetherChangeNothingThatCanBeSeen) {
  for (std::uint64_t seed = 0; seed < 120; ++seed)
    compare("all " + std::to_string(seed), generate::workspace(generate::derive(6, seed)), 40, optimize);
}

TEST(Optimize, LeavesWhatIsNotCode) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const ir::Module module = lower::lower(generate::workspace(seed));
    const ir::Flow made = optimize(module.flows[0]);
    EXPECT_EQ(made.info, module.flows[0].info);
    EXPECT_EQ(made.sends, module.flows[0].sends);
    EXPECT_EQ(made.guarantees, module.flows[0].guarantees);
    ASSERT_GE(made.texts.size(), module.flows[0].texts.size());
    for (std::size_t i = 0; i < module.flows[0].texts.size(); ++i) EXPECT_EQ(made.texts[i], module.flows[0].texts[i]);
  }
}

TEST(Optimize, TheTutorialIsAsExpected) {
  const ir::Flow made = optimize(lower::lower(generate::tutorial()).flows[0]);
  const std::string path = kTestdata + "/deliver_otp.ir";
  const std::string found = ir::print(made);
  if (std::getenv("FLOW_UPDATE_GOLDEN") != nullptr) std::ofstream(path) << found;
  EXPECT_EQ(found, read(path)) << "FLOW_UPDATE_GOLDEN=1 rewrites the file";
}

TEST(Optimize, NeedsFewRounds) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const ir::Flow once = optimize(lower::lower(generate::workspace(seed)).flows[0]);
    EXPECT_EQ(functions_of(optimize(once)), functions_of(once)) << "seed " << seed;
  }
}

// A flow whose start is `body`; text 0 is `text`.
ir::Flow small(const std::string& text, const std::string& registers, const std::string& body) {
  return parse(
      "flow_ir 1\nflow small \"\" {\n  purpose \"authentication\"\n  expires 1h\n  counters 1\n  handlers 0\n"
      "  field phone: phone input personal\n  field label: text variable\n  field ready: boolean variable\n  step one "
      "\"set\"\n"
      "  text 0 \"" +
          text +
          "\"\n  text 1 \"\"\n  start \"start\"\n  ended \"ended\"\n"
          "  function \"start\" registers " +
          registers + " {\n" + body +
          "  }\n"
          "  function \"ended\" {\n  b0:\n    ignore\n  }\n}\n",
      body.substr(0, 200));
}

std::size_t count(const ir::Flow& flow, ir::Op op) {
  std::size_t found = 0;
  for (const ir::Function& function : flow.functions)
    for (const ir::Block& block : function.blocks)
      for (const ir::Inst& inst : block.insts) found += inst.op == op ? 1 : 0;
  return found;
}

// An event makes `texts` texts of `bytes` bytes, and a number, up to 1001 times.
ir::Flow maker(std::size_t bytes, int texts) {
  std::string body = "  b0:\n    t1 = const_text 0\n";
  for (int i = 0; i < texts; ++i) body += "    t2 = text_concat (t1, t1)\n    store label t2\n";
  body +=
      "    i0 = const_int 5000000\n    t2 = text_of_number i0\n    store label t2\n    i0 = int_not i0\n    store "
      "ready i0\n"
      "    i0 = const_int 1000\n    i0 = count 0 i0\n    branch i0 ? b1 : b2\n"
      "  b1:\n    tail \"start\"\n  b2:\n    rest\n";
  return small(std::string(bytes / 2, 'x'), "itt", body);
}

TEST(Optimize, KeepsEachTextWhereOneMoreCouldTrap) {
  ir::Flow few = maker(limits::kTextValueBytesMax, 1);
  EXPECT_EQ(event_text_bound(few), 1001 * (limits::kTextValueBytesMax + 64));
  EXPECT_LE(event_text_bound(few), limits::kEventTextBytesMax);
  EXPECT_TRUE(run_pass("fold_constants", few));
  EXPECT_EQ(count(few, ir::Op::text_concat) + count(few, ir::Op::text_of_number) + count(few, ir::Op::int_not), 0U);

  ir::Flow many = maker(limits::kTextValueBytesMax, 2);
  EXPECT_GT(event_text_bound(many), limits::kEventTextBytesMax);
  EXPECT_TRUE(run_pass("fold_constants", many));
  EXPECT_EQ(count(many, ir::Op::text_concat), 2U);
  EXPECT_EQ(count(many, ir::Op::text_of_number), 1U);
  EXPECT_EQ(count(many, ir::Op::int_not), 0U);
}

// limits::kFoldedTextBytesMax
TEST(Optimize, MakesOnlySoManyNewConstants) {
  constexpr std::size_t kHalf = limits::kTextValueBytesMax / 2;
  std::string body = "  b0:\n    t1 = const_text 0\n";
  for (int i = 0; i < 40; ++i)
    body += "    i0 = const_int " + std::to_string(i) +
            "\n    t2 = text_of_number i0\n    t3 = text_concat (t1, t2)\n    store label t3\n";
  ir::Flow flow = small(std::string(kHalf, 'x'), "ittt", body + "    rest\n");
  const std::size_t before = flow.texts.size();
  EXPECT_TRUE(run_pass("fold_constants", flow));
  std::size_t bytes = 0;
  for (std::size_t i = before; i < flow.texts.size(); ++i) bytes += flow.texts[i].size();
  EXPECT_LE(bytes, limits::kFoldedTextBytesMax);
  EXPECT_GT(bytes, limits::kFoldedTextBytesMax - kHalf - 100);
  EXPECT_EQ(count(flow, ir::Op::text_concat), 40 - limits::kFoldedTextBytesMax / (kHalf + 2));
}

// limits::kFoldWorkMax
TEST(Optimize, ComputesOnlySoMuchBeforehand) {
  const std::string contains =
      "  b0:\n    t1 = const_text 0\n    i0 = text_contains t1 t1\n    store ready i0\n    rest\n";
  std::size_t bytes = 1;
  while (4 * (bytes + 2) * (bytes + 2) <= limits::kFoldWorkMax) ++bytes;
  ir::Flow fits = small(std::string(bytes, 'x'), "it", contains);
  EXPECT_TRUE(run_pass("fold_constants", fits));
  ir::Flow too_long = small(std::string(bytes + 1, 'x'), "it", contains);
  EXPECT_FALSE(run_pass("fold_constants", too_long));
}

}  // namespace
}  // namespace flow::optimize
