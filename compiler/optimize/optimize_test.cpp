// What the passes do, on small flows. That they change nothing else is the differential test's business.
#include "compiler/optimize/optimize.h"

#include <gtest/gtest.h>

#include "compiler/ir/text.h"
#include "compiler/ir/verify.h"
#include "compiler/lower/lower.h"
#include "compiler/optimize/passes.h"
#include "tests/differential/generate.h"
#include "tests/differential/tutorial.h"

namespace flow::optimize {
namespace {

using ir::Op;

std::size_t size(const ir::Flow& flow) {
  std::size_t count = 0;
  for (const ir::Function& function : flow.functions) count += optimize::size(function);
  return count;
}

// A flow of one function that matters, in the text form.
ir::Flow small(const std::string& functions) {
  const std::string text = R"(flow_ir 1

flow small "" {
  purpose "transaction"
  expires 1m
  counters 1
  handlers 0
  field x: text variable
  field n: number variable
  step only "wait"
  text 0 "Hello"
  start "start"
  ended "ended"
  handle only "handle only"

  function "ended" {
  b0:
    ignore
  }

  function "handle only" {
  b0:
    ignore
  }

)" + functions + "}\n";
  Result<ir::Flow> flow = ir::parse_flow(text);
  EXPECT_TRUE(flow) << flow.error().message;
  const Status status = ir::verify(*flow);
  EXPECT_TRUE(status) << status.error().message;
  return std::move(*flow);
}

const ir::Function& function(const ir::Flow& flow, std::string_view name) {
  for (const ir::Function& one : flow.functions)
    if (one.name == name) return one;
  ADD_FAILURE() << "no function " << name;
  return flow.functions[0];
}

TEST(Optimize, ConstantsDecideBranches) {
  const ir::Flow flow = optimize(small(R"(  function "start" registers itti {
  b0:
    begin
    i0 = const_int 5
    t1 = const_text 0
    t2 = text_upper t1
    store x t2
    i3 = int_equal i0 i0
    branch i3 ? b1 : b2
  b1:
    enter only
    rest
  b2:
    finish done
  }
)"));
  EXPECT_EQ(ir::print(flow, function(flow, "start")), R"(  function "start" registers t {
  b0:
    begin
    t0 = const_text 1  // "HELLO"
    store x t0
    enter only
    rest
  }
)");
}

TEST(Optimize, WhatTrapsStays) {
  const ir::Flow flow = optimize(small(R"(  function "start" registers iii {
  b0:
    begin
    i0 = const_int 999999999999999999
    i1 = number_add i0 i0
    i2 = number_multiply i0 i0
    finish done
  }
)"));
  const ir::Function& start = function(flow, "start");
  ASSERT_EQ(start.blocks[0].insts.size(), 4U);
  EXPECT_EQ(start.blocks[0].insts[2].op, Op::number_add);
  EXPECT_EQ(start.blocks[0].insts[3].op, Op::number_multiply);
}

// A register that is assigned in two places is no constant.
TEST(Optimize, JoinsKeepTheirValues) {
  const ir::Flow flow = optimize(small(R"(  function "start" registers iii {
  b0:
    begin
    i0 = present x
    branch i0 ? b1 : b3
  b1:
    i1 = const_int 1
    jump b2
  b2:
    store n i1
    finish done
  b3:
    i1 = const_int 2
    jump b2
  }
)"));
  EXPECT_EQ(function(flow, "start").blocks.size(), 4U);
}

TEST(Optimize, ACounterIsNotInlinedIntoItself) {
  const ir::Flow flow = optimize(small(R"(  function "start" {
  b0:
    begin
    tail "again"
  }

  function "again" registers ii {
  b0:
    enter only
    i0 = const_int 3
    i1 = count 0 i0
    branch i1 ? b1 : b2
  b1:
    tail "again"
  b2:
    finish done
  }
)"));
  EXPECT_TRUE(ir::verify(flow));
  EXPECT_LE(flow.functions.size(), 4U);
}

TEST(Optimize, TheTutorialBecomesSmaller) {
  const ir::Flow before = lower::lower(generate::tutorial()).flows[0];
  const ir::Flow after = optimize(before);
  EXPECT_LT(after.functions.size(), before.functions.size());
  EXPECT_EQ(after.info.fields.size(), before.info.fields.size());
}

TEST(Optimize, GrowthIsBounded) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const ir::Flow before = lower::lower(generate::workspace(seed)).flows[0];
    const ir::Flow after = optimize(before);
    EXPECT_LE(size(after), 2 * size(before)) << "seed " << seed;
    EXPECT_EQ(ir::print(optimize(before)), ir::print(after)) << "seed " << seed;
  }
}

}  // namespace
}  // namespace flow::optimize
