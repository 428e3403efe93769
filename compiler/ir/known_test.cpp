#include "compiler/ir/known.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "compiler/ir/text.h"
#include "runtime/program/functions.h"

namespace flow::ir {
namespace {

// Fields: 0 a phone number, 1 an optional one, 2 a region. It names the region PH and the calling code 63.
Flow sample() {
  Flow flow;
  const auto field = [&](program::ValueType type, program::FieldRole role, bool optional) {
    program::FieldInfo info;
    info.type = type;
    info.role = role;
    info.optional = optional;
    flow.info.fields.push_back(info);
  };
  field(program::ValueType::phone, program::FieldRole::input, false);
  field(program::ValueType::phone, program::FieldRole::input, true);
  field(program::ValueType::region, program::FieldRole::variable, false);
  flow.info.allowed_regions = {"PH", "MY"};
  Function function;
  function.blocks.resize(1);
  for (const std::int64_t constant : {std::int64_t{'P' << 8 | 'H'}, std::int64_t{63'000'000}, std::int64_t{20'000}})
    function.blocks[0].insts.push_back({.op = Op::const_int, .dst = 0, .imm = constant, .list = {}});
  flow.functions.push_back(function);
  return flow;
}

// PH, MY, US and SG: of the last two neither is named nor allowed.
const Numbers kNumbers = {{'P' << 8 | 'H', 63}, {'M' << 8 | 'Y', 60}, {'U' << 8 | 'S', 1}, {'S' << 8 | 'G', 65}};

class KnowledgeTest : public testing::Test {
 protected:
  KnowledgeTest() : knowledge_(flow_, kNumbers) { knowledge_.begin(fields_, kinds_); }

  Known give(Op op, const std::vector<Known>& operands, const Known& about = {}, std::int64_t imm = 0) {
    Knowns regs;
    Inst inst{.op = op, .dst = 0, .imm = imm, .list = {}};
    for (const Known& one : operands) regs.push_back(knowledge_.one(one));
    if (!regs.empty()) inst.a = 0;
    if (regs.size() > 1) inst.b = 1;
    return *knowledge_.result(inst, regs, about);
  }

  // How many kinds of numbers go a way out of a branch on `value`.
  std::ptrdiff_t going(const Known& value, std::size_t way) {
    Terminator branch;
    branch.kind = Term::branch;
    branch.blocks = {1, 2};
    Knowns kinds = kinds_;
    if (!knowledge_.leads(branch, way, value, kinds)) return 0;
    return std::ranges::count(kinds[static_cast<std::size_t>(value.is.scalar)]->each, 1);
  }

  const Flow flow_ = sample();
  Knowledge knowledge_;
  Knowns fields_;
  Knowns kinds_;
};

TEST_F(KnowledgeTest, NumbersAreOfOneKindWhenTheFlowCannotTellThemApart) {
  // Absent, of no region, PH, MY (allowed and not named), the rest.
  EXPECT_EQ(kinds_[0]->each, (std::vector<std::int64_t>{0, 1, 1, 1, 1}));
  EXPECT_EQ(kinds_[1]->each, (std::vector<std::int64_t>{1, 1, 1, 1, 1}));
  EXPECT_EQ(fields_[2]->state, Known::absent);
}

TEST_F(KnowledgeTest, ConditionsTellWhichNumbersGoOn) {
  const Known region = give(Op::region_of, {*fields_[0]});
  const Known is_ph = give(Op::int_equal, {region, constant('P' << 8 | 'H')});
  EXPECT_EQ(going(is_ph, 0), 1);
  EXPECT_EQ(going(is_ph, 1), 3);
  EXPECT_EQ(going(give(Op::int_not, {is_ph}), 0), 3);
  EXPECT_EQ(going(give(Op::region_allowed, {region}), 0), 2);
  EXPECT_EQ(going(give(Op::region_allowed, {region}), 1), 2);
  const Known code = give(Op::calling_code_of, {*fields_[0]});
  // A number of no region may have any code.
  EXPECT_EQ(going(give(Op::int_equal, {code, constant(63'000'000)}), 0), 2);
  EXPECT_EQ(going(give(Op::int_equal, {code, constant(63'000'000)}), 1), 3);
}

TEST_F(KnowledgeTest, OfRegionsThatTheFlowDoesNotNameNothingElseIsKnown) {
  const Known region = give(Op::region_of, {*fields_[0]});
  // No constant of the IR: it may be one of the regions that stand together.
  const Known computed = give(Op::int_equal, {region, constant('U' << 8 | 'S')});
  EXPECT_EQ(going(computed, 0), 2);
  EXPECT_EQ(going(computed, 1), 4);
  // Their order neither, and two numbers are not compared.
  EXPECT_EQ(going(give(Op::int_less, {region, constant(20'000)}), 0), 2 + 1);
  EXPECT_EQ(give(Op::int_equal, {region, give(Op::region_of, {*fields_[1]})}).state, Known::unknown);
  EXPECT_EQ(give(Op::text_of_region, {region}).state, Known::unknown);
  EXPECT_EQ(give(Op::region_of, {Known{}}).state, Known::unknown);
}

TEST_F(KnowledgeTest, AbsenceIsToldOfTheInputItself) {
  const Known present = give(Op::present, {}, *fields_[1], 1);
  EXPECT_EQ(going(present, 0), 4);
  EXPECT_EQ(going(present, 1), 1);
  // Kept elsewhere, it is there.
  EXPECT_EQ(give(Op::present, {}, *fields_[1], 2), constant(1));
  EXPECT_EQ(give(Op::present, {}, *fields_[2], 2), constant(0));
  EXPECT_EQ(give(Op::load, {}, *fields_[2], 2).state, Known::unknown);
}

TEST_F(KnowledgeTest, FieldsKeepWhatIsKnownAndNoCounts) {
  Knowns regs = {knowledge_.one(constant(7)), knowledge_.one(known(Known::maybe, 0, 1)), fields_[0]};
  EXPECT_TRUE(knowledge_.change({.op = Op::store, .a = 0, .imm = 2, .list = {}}, regs, fields_));
  EXPECT_EQ(*fields_[2], constant(7));
  EXPECT_TRUE(knowledge_.change({.op = Op::store, .a = 1, .imm = 2, .list = {}}, regs, fields_));
  EXPECT_EQ(fields_[2]->state, Known::some);
  EXPECT_TRUE(knowledge_.change({.op = Op::store, .a = 2, .imm = 0, .list = {}}, regs, fields_));
  EXPECT_EQ(fields_[0]->state, Known::some);
  EXPECT_TRUE(knowledge_.change({.op = Op::forget, .list = {}}, regs, fields_));
  EXPECT_EQ(fields_[2]->state, Known::absent);
  EXPECT_FALSE(knowledge_.change({.op = Op::leave, .list = {}}, regs, fields_));
}

TEST_F(KnowledgeTest, CallsOfConstantsAreKnown) {
  using program::FunctionId;
  const auto text = [](const char* value) { return Known{Known::constant, {0, value}, 0, {}}; };
  const auto call = [&](FunctionId function, const std::vector<Known>& operands) {
    Knowns regs;
    Inst inst{.op = Op::call, .dst = 0, .imm = static_cast<std::int64_t>(function), .list = {}};
    for (const Known& one : operands) {
      inst.list.push_back(static_cast<Reg>(regs.size()));
      regs.push_back(knowledge_.one(one));
    }
    return *knowledge_.result(inst, regs, {});
  };
  EXPECT_EQ(call(FunctionId::upper, {text("ab")}), text("AB"));
  EXPECT_EQ(call(FunctionId::text_matches, {text("10-4432"), text("[0-9-]+")}), constant(1));
  const Known number = call(FunctionId::read_number, {text("1.5")});
  EXPECT_EQ(number, constant(1'500'000));
  EXPECT_EQ(give(Op::int_given, {number}), constant(1));
  // Without a result it is absent, and a field that it is kept in is not told to be.
  const Known none = call(FunctionId::read_number, {text("many")});
  EXPECT_EQ(none.state, Known::absent);
  EXPECT_EQ(give(Op::int_given, {none}), constant(0));
  EXPECT_EQ(give(Op::number_add, {none, constant(1)}).state, Known::unknown);
  EXPECT_TRUE(knowledge_.change({.op = Op::store, .a = 0, .imm = 2, .list = {}}, {knowledge_.one(none)}, fields_));
  EXPECT_EQ(fields_[2]->state, Known::some);
  EXPECT_EQ(call(FunctionId::list_count, {text("[1,2]")}), constant(2'000'000));
  // What the machine decides, what traps and what is not known: nothing.
  EXPECT_EQ(call(FunctionId::date_in, {constant(0), text("Asia/Manila")}).state, Known::unknown);
  EXPECT_EQ(call(FunctionId::date_add, {constant(INT32_MAX), constant(INT32_MAX)}).state, Known::unknown);
  EXPECT_EQ(call(FunctionId::upper, {Known{}}).state, Known::unknown);
}

TEST_F(KnowledgeTest, TimesAreKnownFromTheEventOn) {
  const Known soon = give(Op::number_add, {known(Known::instant), constant(5'000)});
  EXPECT_EQ(soon, known(Known::instant, 5'000, 5'000));
  EXPECT_EQ(give(Op::number_add, {soon, Known{}}).state, Known::unknown);
  EXPECT_EQ(later(program::kNever - 1, 5), program::kNever);
  EXPECT_EQ(give(Op::number_add, {constant(2), constant(3)}), constant(5));
}

}  // namespace
}  // namespace flow::ir
