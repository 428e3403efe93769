#include "compiler/lower/lower.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "compiler/ir/text.h"
#include "compiler/ir/verify.h"
#include "tests/differential/generate.h"
#include "tests/differential/tutorial.h"

namespace flow::lower {
namespace {

using check::Expr;
using check::ExprKind;
using ir::Op;
using program::ValueType;

std::size_t count(const ir::Flow& flow, Op op) {
  std::size_t found = 0;
  for (const ir::Function& function : flow.functions)
    for (const ir::Block& block : function.blocks)
      for (const ir::Inst& inst : block.insts) found += inst.op == op ? 1 : 0;
  return found;
}

// A flow of one `set` step that gives `value` to a variable of its kind; v0 is a text that may be absent.
check::Workspace with_value(Expr value) {
  check::Workspace made;
  made.all_regions = true;
  auto flow = std::make_unique<check::Flow>();
  flow->name = "small";
  flow->purpose = "transaction";
  flow->expires_ms = 60'000;
  for (const ValueType kind : {ValueType::text, value.type.kind}) {
    check::Variable variable;
    variable.name = "v" + std::to_string(flow->variables.size());
    variable.type.kind = kind;
    variable.type.optional = true;
    variable.role = flow->variables.empty() ? program::FieldRole::input : program::FieldRole::variable;
    flow->variables.push_back(variable);
  }
  check::Set set;
  set.assignments.push_back({check::VariableId{1}, std::move(value), {}});
  set.target.kind = check::Target::Kind::end;
  flow->steps.push_back({"only", "set", {}, std::move(set)});
  made.flows.push_back(std::move(flow));
  return made;
}

Expr constant(ValueType kind, std::int64_t scalar, std::string text = {}) {
  Expr expr;
  expr.type.kind = kind;
  expr.scalar = scalar;
  expr.text = std::move(text);
  return expr;
}

Expr node(ExprKind kind, ValueType type, std::vector<Expr> children) {
  Expr expr;
  expr.kind = kind;
  expr.type.kind = type;
  expr.children = std::move(children);
  return expr;
}

Expr optional_text() {
  Expr expr;
  expr.kind = ExprKind::variable;
  expr.type.kind = ValueType::text;
  expr.type.optional = true;
  return expr;
}

TEST(Lower, TheTutorialIsAsExpected) {
  const ir::Module module = lower(generate::tutorial());
  ASSERT_TRUE(ir::verify(module)) << ir::verify(module).error().message;
  const std::string path = std::string(FLOW_SOURCE_DIR) + "/compiler/lower/testdata/deliver_otp.ir";
  const std::string found = ir::print(module.flows[0]);
  if (std::getenv("FLOW_UPDATE_GOLDEN") != nullptr) std::ofstream(path) << found;
  std::ifstream file(path);
  std::stringstream expected;
  expected << file.rdbuf();
  EXPECT_EQ(found, expected.str()) << "FLOW_UPDATE_GOLDEN=1 rewrites the file";
}

TEST(Lower, WhateverIsCheckedVerifiesAndPrints) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const ir::Module module = lower(generate::workspace(seed));
    const Status status = ir::verify(module);
    ASSERT_TRUE(status) << "seed " << seed << ": " << status.error().message;
    const Result<ir::Flow> again = ir::parse_flow(ir::print(module.flows[0]));
    ASSERT_TRUE(again) << "seed " << seed << ": " << again.error().message;
    EXPECT_EQ(ir::print(*again), ir::print(module.flows[0])) << "seed " << seed;
  }
}

TEST(Lower, IsTheSameEveryTime) {
  EXPECT_EQ(ir::print(lower(generate::workspace(3)).flows[0]), ir::print(lower(generate::workspace(3)).flows[0]));
}

TEST(Lower, ConstantsOfATextAreOne) {
  std::vector<Expr> pieces;
  pieces.push_back(constant(ValueType::text, 0, "in "));
  pieces.push_back(constant(ValueType::duration, 5'400'000));
  pieces.push_back(constant(ValueType::text, 0, ", "));
  pieces.push_back(constant(ValueType::number, 2'500'000));
  const ir::Module module = lower(with_value(node(ExprKind::interpolate, ValueType::text, pieces)));
  EXPECT_EQ(count(module.flows[0], Op::text_concat), 0U);
  EXPECT_NE(std::ranges::find(module.flows[0].texts, "in 1h30m, 2.5"), module.flows[0].texts.end());

  pieces.insert(pieces.begin() + 2,
                node(ExprKind::coalesce, ValueType::text, {optional_text(), constant(ValueType::text, 0, "nobody")}));
  const ir::Module split = lower(with_value(node(ExprKind::interpolate, ValueType::text, pieces)));
  EXPECT_EQ(count(split.flows[0], Op::text_concat), 1U);
  EXPECT_NE(std::ranges::find(split.flows[0].texts, "in 1h30m"), split.flows[0].texts.end());
  EXPECT_NE(std::ranges::find(split.flows[0].texts, ", 2.5"), split.flows[0].texts.end());
}

// `v0 is set and length(v0) == 1`: the second half is behind the first.
TEST(Lower, WhatIsNotNeededIsNotEvaluated) {
  Expr length = node(ExprKind::call, ValueType::number, {optional_text()});
  length.function = check::Function::length;
  Expr both = node(ExprKind::logical_and, ValueType::boolean,
                   {node(ExprKind::is_set, ValueType::boolean, {optional_text()}),
                    node(ExprKind::equal, ValueType::boolean, {length, constant(ValueType::number, 1'000'000)})});
  const ir::Module module = lower(with_value(both));
  ASSERT_TRUE(ir::verify(module));
  const ir::Function& enter = module.flows[0].functions[2];
  EXPECT_EQ(enter.name, "enter only");
  const auto has = [](const ir::Block& block, Op op) {
    return std::ranges::any_of(block.insts, [&](const ir::Inst& inst) { return inst.op == op; });
  };
  EXPECT_TRUE(has(enter.blocks[0], Op::present));
  EXPECT_FALSE(has(enter.blocks[0], Op::text_length));
}

// However many steps and handlers there are, each handler's way is there once.
TEST(Lower, HandlersAreShared) {
  check::Workspace workspace = generate::tutorial();
  check::Flow& flow = *workspace.flows[0];
  const std::size_t before = count(lower(workspace).flows[0], Op::fire);
  flow.steps.push_back(flow.steps.back());
  flow.steps.back().name = "another";
  EXPECT_EQ(count(lower(workspace).flows[0], Op::fire), before);
}

}  // namespace
}  // namespace flow::lower
