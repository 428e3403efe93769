// Every instruction, in machine code at both levels and in the interpreter, on operands chosen to hurt: the same
// verdicts, effects and stored states.
#include <gtest/gtest.h>

#include <numeric>

#include <fstream>
#include <iterator>
#include <random>

#include "base/limits.h"
#include "compiler/interpret/interpreter.h"
#include "compiler/ir/op_info.h"
#include "compiler/ir/text.h"
#include "compiler/ir/verify.h"
#include "compiler/jit/jit.h"
#include "compiler/jit/test_flows.h"
#include "runtime/program/functions.h"

namespace flow::jit {
namespace {

using ir::Op;
using ir::Operand;
using program::EventKind;
using program::Timer;

constexpr std::int64_t kMax = limits::kNumberUnitsMax;
constexpr std::int64_t kStart = 1'795'000'000'000;

// Fields of every flow here.
enum Field : std::int64_t { kA, kB, kTextA, kTextB, kNumber, kText, kSecret, kLet, kPhone };

program::FieldInfo field(const char* name, program::ValueType type, program::FieldRole role) {
  program::FieldInfo info;
  info.name = name;
  info.type = type;
  info.role = role;
  return info;
}

program::FlowInfo flow_info() {
  using program::FieldRole;
  using program::ValueType;
  program::FlowInfo info;
  info.name = "one_op";
  info.purpose = "transaction";
  info.expires_ms = 3'600'000;
  info.fields = {
      field("a", ValueType::number, FieldRole::input),         field("b", ValueType::number, FieldRole::input),
      field("text_a", ValueType::text, FieldRole::input),      field("text_b", ValueType::text, FieldRole::input),
      field("number", ValueType::number, FieldRole::variable), field("text", ValueType::text, FieldRole::variable),
      field("code", ValueType::text, FieldRole::variable),     field("made", ValueType::text, FieldRole::let),
      field("phone", ValueType::phone, FieldRole::input)};
  info.fields[kSecret].secret = true;
  info.steps = {{"first", "send sms"}, {"second", "send whatsapp"}};
  info.signals = {"verified", "stopped"};
  info.outcomes = {"late", "lost"};
  info.channels = {{"sms", program::ChannelKind::sms, "SHOP", 30'000},
                   {"waba", program::ChannelKind::whatsapp, "+60123456780", 10'000}};
  info.templates = {{"otp", {"code", "name"}, {"en", "ms", "zh_TW"}}};
  using Kind = program::OperationOutcome::Kind;
  info.operations = {{0,
                      program::OperationKind::http,
                      "POST",
                      {"url", "body", "header A", "header B"},
                      {{Kind::failed, 0}, {Kind::ok, 0}},
                      {{kNumber, "n", false}, {kText, "t", true}},
                      0,
                      0,
                      true},
                     {1,
                      program::OperationKind::launch,
                      "survey",
                      {"input a", "input b", "input c", "input d"},
                      {{Kind::failed, 0}},
                      {},
                      0,
                      0,
                      false}};
  info.counters = 2;
  info.handlers = 64;
  info.allowed_regions = {"PH", "MY"};
  return info;
}

ir::Terminator rest() {
  ir::Terminator term;
  term.kind = ir::Term::rest;
  return term;
}

ir::Inst inst(Op op, ir::Reg dst = ir::kNoReg, std::int64_t imm = 0, ir::Reg a = ir::kNoReg, ir::Reg b = ir::kNoReg) {
  return {op, dst, a, b, imm, {}};
}

// Registers: 0 and 1 integer operands, 2 and 3 text operands, 4 and 5 results, 6 and 7 more texts, 8 an instant.
std::vector<ir::RegType> registers() {
  using enum ir::RegType;
  return {integer, integer, text, text, integer, text, text, text, integer};
}

std::vector<ir::Inst> load_operands() {
  return {inst(Op::load, 0, kA),     inst(Op::load, 1, kB),     inst(Op::load, 2, kTextA),
          inst(Op::load, 3, kTextB), inst(Op::load, 6, kPhone), inst(Op::const_text, 7, 1)};
}

bool of_text(const ir::OpInfo& info, Operand operand, std::int64_t imm) {
  if (operand == Operand::of_function) return program::kFunctions[imm].gives_text();
  if (operand != Operand::of_field) return operand == Operand::text;
  return ir::reg_type(flow_info().fields[static_cast<std::size_t>(imm)].type) == ir::RegType::text || info.name.empty();
}

ir::Inst instruction(const ir::OpInfo& info, std::int64_t imm) {
  ir::Inst made = inst(info.op, ir::kNoReg, imm);
  if (info.dst != Operand::none) made.dst = of_text(info, info.dst, imm) ? 5 : 4;
  if (info.a != Operand::none) made.a = of_text(info, info.a, imm) ? 2 : 0;
  if (info.b != Operand::none) made.b = of_text(info, info.b, imm) ? 3 : 1;
  if (info.op == Op::send) {
    made.list = imm == 0 ? std::vector<ir::Reg>{6, 2} : std::vector<ir::Reg>{6, 2, 3, 7};
  } else if (info.op == Op::call) {
    const program::FunctionInfo& function = program::kFunctions[imm];
    for (std::size_t i = 0; i < function.operands(); ++i)
      made.list.push_back(static_cast<ir::Reg>((function.takes_text(i) ? 2 : 0) + i % 2));
  } else if (info.list) {
    made.list = {2, 3, 2, 7};
  }
  return made;
}

std::vector<std::int64_t> values_of(const ir::OpInfo& info) {
  switch (info.imm) {
    case ir::Imm::none:
      return {0};
    case ir::Imm::text:
      return {0, 1, 2};
    case ir::Imm::field:
      // `store` of what an input holds would need operands of each of its types; the variables have both.
      return info.op == Op::store ? std::vector<std::int64_t>{kNumber, kText, kSecret}
                                  : std::vector<std::int64_t>{kA, kTextA, kNumber, kText, kSecret, kLet, kPhone};
    case ir::Imm::step:
      return {0, 1};
    case ir::Imm::timer:
      return {0, 1, 2, 3, 4, 5, 6};
    case ir::Imm::site:
      return {0, 1};
    case ir::Imm::operation:
      return {info.op == Op::launch ? 1 : 0};
    case ir::Imm::counter:
      return {0, 1};
    case ir::Imm::handler:
      return {0, 1, 31, 32, 63};
    case ir::Imm::function: {
      std::vector<std::int64_t> all(program::kFunctionCount);
      std::iota(all.begin(), all.end(), 0);
      return all;
    }
    case ir::Imm::texts:
      return {0, 1};
    case ir::Imm::regions:
      return {2};
    case ir::Imm::value:
      break;
  }
  if (info.op == Op::duration_in) return {1, 1000, 60'000, 3'600'000, 86'400'000};
  return {0, 1, -1, 8, 32, std::int64_t{1} << 40, kMax, -kMax};
}

// What the op gave, stored where the test sees it.
void store_result(const ir::OpInfo& info, const ir::Inst& made, std::vector<ir::Inst>& insts) {
  if (info.dst == Operand::none) return;
  insts.push_back(made.dst == 5 ? inst(Op::store, ir::kNoReg, kText, 5) : inst(Op::store, ir::kNoReg, kNumber, 4));
}

// The start sends, arms and rests; every event then runs the op and rests.
ir::Flow flow_with(const ir::OpInfo& info, std::int64_t imm) {
  ir::Flow flow;
  flow.info = flow_info();
  flow.texts = {"a constant", "", std::string("with\0zero and \xc3\xa9", 16)};
  if (info.imm == ir::Imm::texts || info.imm == ir::Imm::regions)
    flow.choices = {{{0}, {}}, {{1, 0, 2}, {}}, {{}, {'P' << 8 | 'H', 'U' << 8 | 'S'}}};
  flow.sends = {{0, 0, -1, -1, 30'000, false}, {1, 1, 0, -1, 0, true}};

  std::vector<ir::Inst> begin = load_operands();
  begin.insert(begin.begin(), {inst(Op::begin), inst(Op::enter, ir::kNoReg, 0)});
  begin.push_back(inst(Op::event_at, 8));
  for (int timer = 1; timer < program::kTimerCount; ++timer) begin.push_back(inst(Op::arm, ir::kNoReg, timer, 8));
  begin.push_back(instruction(ir::info(Op::send), 0));
  begin.push_back(instruction(ir::info(Op::request), 0));
  begin.push_back(inst(Op::store, ir::kNoReg, kSecret, 2));
  begin.push_back(inst(Op::store, ir::kNoReg, kLet, 3));

  std::vector<ir::Inst> each = load_operands();
  each.push_back(inst(Op::const_int, 4, 77));
  each.push_back(inst(Op::const_text, 5, 0));
  const ir::Inst made = instruction(info, imm);
  if (info.op == Op::count) each.push_back(inst(Op::const_int, 1, 2));
  each.push_back(made);
  store_result(info, made, each);
  // Once more in place: the result is an operand, too.
  if (info.dst != Operand::none && info.dst == info.a) {
    ir::Inst again = made;
    again.a = made.dst;
    each.push_back(again);
    store_result(info, again, each);
  }
  flow.functions = {
      {"start", registers(), {{begin, rest()}}}, {"handle", registers(), {{each, rest()}}}, {"ended", {}, {{{}, {}}}}};
  flow.start = 0;
  flow.ended = 2;
  flow.handle = {1, 1};
  return flow;
}

// The three engines on one flow.
class Engines {
 public:
  explicit Engines(ir::Flow flow) {
    auto module = std::make_shared<ir::Module>();
    module->flows.push_back(std::move(flow));
    programs_.push_back(interpret::make_plain_interpreter(module, 0));
    for (const Level level : {Level::baseline, Level::optimised}) {
      Options options;
      options.level = level;
      auto native = compile(module, 0, options);
      EXPECT_TRUE(native.has_value()) << native.error().message;
      if (native) programs_.push_back(std::move(*native));
    }
    for (const auto& program : programs_) {
      frames_.push_back(std::make_unique<program::Frame>(testing::region_of));
      frames_.back()->reset(program->info());
    }
  }

  std::size_t size() const { return programs_.size(); }

  void reset() {
    for (auto& frame : frames_) frame->reset(programs_.front()->info());
  }
  void set(std::size_t field, std::int64_t value) {
    for (auto& frame : frames_) frame->set_scalar(field, value);
  }
  void set(std::size_t field, std::string_view value) {
    for (auto& frame : frames_) frame->set_text(field, value);
  }

  // Whether all did the same.
  ::testing::AssertionResult advance(const program::FlowEvent& event) {
    std::vector<program::Verdict> verdicts;
    for (std::size_t i = 0; i < size(); ++i) {
      frames_[i]->clear_effects();
      verdicts.push_back(programs_[i]->advance(*frames_[i], event));
    }
    const std::string state = program::encode_state(*frames_[0]);
    for (std::size_t i = 1; i < size(); ++i) {
      if (verdicts[i] != verdicts[0]) return ::testing::AssertionFailure() << "verdict of engine " << i;
      if (frames_[i]->effects() != frames_[0]->effects())
        return ::testing::AssertionFailure() << "effects of engine " << i;
      if (program::encode_state(*frames_[i]) != state) return ::testing::AssertionFailure() << "state of engine " << i;
    }
    return ::testing::AssertionSuccess();
  }
  const program::Frame& frame() const { return *frames_[0]; }

 private:
  std::vector<std::unique_ptr<program::Program>> programs_;
  std::vector<std::unique_ptr<program::Frame>> frames_;
};

program::FlowEvent event_of(EventKind kind, std::int64_t after_ms) {
  program::FlowEvent event{};
  event.kind = std::to_underlying(kind);
  event.at_ms = kStart + after_ms;
  event.signal = -1;
  return event;
}

std::vector<program::FlowEvent> events() {
  std::vector<program::FlowEvent> all;
  for (std::int32_t timer = -1; timer <= program::kTimerCount; ++timer) {
    all.push_back(event_of(EventKind::timer, timer == 0 ? 3'600'000 : 0));
    all.back().timer = timer;
  }
  for (std::int32_t signal = -1; signal <= 1; ++signal) {
    all.push_back(event_of(EventKind::signal, 5));
    all.back().signal = signal;
  }
  for (const std::int32_t receipt : {1, 5, 3, 5, 4, 0, 6, -1}) {
    for (const std::uint32_t message : {0u, 1u, program::kNoMessage}) {
      all.push_back(event_of(EventKind::receipt, 7));
      all.back().receipt = receipt;
      all.back().message = message;
    }
  }
  static constexpr program::FlowField kValues[] = {{5'000'000, {"", 0}, 1}, {0, {"found", 5}, 1}};
  for (const std::uint32_t operation : {0u, 1u, 0u, program::kNoOperation}) {
    for (const std::uint64_t values : {2u, 1u, 0u}) {
      all.push_back(event_of(EventKind::result, 9));
      all.back().operation = operation;
      all.back().outcome = static_cast<std::int32_t>(values);
      all.back().values = kValues;
      all.back().value_count = values;
    }
  }
  return all;
}

const std::vector<std::int64_t>& integers() {
  static const std::vector<std::int64_t> all = {0,
                                                1,
                                                -1,
                                                499'999,
                                                500'000,
                                                -500'000,
                                                1'500'000,
                                                2'000'000,
                                                'P' << 8 | 'H',
                                                'M' << 8 | 'Y',
                                                'U' << 8 | 'S',
                                                5'430'500,
                                                kMax / 2,
                                                kMax,
                                                -kMax,
                                                1'000'000'000'000};
  return all;
}

std::vector<std::string> texts() {
  return {"",
          " \t\n\v\f\r",
          "abc",
          "ABC",
          " aBc ",
          "b",
          "\xc3\x80\xc3\xa9",
          "\xc3\xa0\xc3\x89",
          "+639171234567",
          "ms_MY",
          std::string("a\0b", 3),
          std::string("with\0zero and \xc3\xa9", 16),
          "a constant",
          "\xff\xfe",
          std::string(limits::kTextValueBytesMax / 2, 'x'),
          std::string(limits::kTextValueBytesMax, 'y')};
}

class EveryOp : public ::testing::TestWithParam<Op> {};

TEST_P(EveryOp, DoesTheSameInEveryEngine) {
  const ir::OpInfo& info = ir::info(GetParam());
  const bool integers_matter = info.a == Operand::integer || info.b == Operand::integer || info.a == Operand::of_field;
  const bool texts_matter =
      info.a == Operand::text || info.b == Operand::text || info.a == Operand::of_field || info.list;
  const std::vector<std::string> all_texts = texts();
  for (const std::int64_t imm : values_of(info)) {
    const ir::Flow flow = flow_with(info, imm);
    const Status fine = ir::verify(flow, ir::Form::optimised);
    ASSERT_TRUE(fine.has_value()) << fine.error().message;
    Engines engines(flow);
    ASSERT_EQ(engines.size(), 3u);
    // All pairs of the operands that matter.
    const std::size_t rounds = std::max(integers_matter ? integers().size() * integers().size() : 1,
                                        texts_matter ? all_texts.size() * all_texts.size() : 1);
    for (std::size_t round = 0; round < rounds; ++round) {
      engines.reset();
      engines.set(kA, integers()[round % integers().size()]);
      engines.set(kB, integers()[round / integers().size() % integers().size()]);
      engines.set(kTextA, all_texts[round % all_texts.size()]);
      engines.set(kTextB, all_texts[round / all_texts.size() % all_texts.size()]);
      engines.set(kPhone, "+639171234567");
      ASSERT_TRUE(engines.advance(event_of(EventKind::start, 0)));
      std::size_t at = 0;
      for (const program::FlowEvent& event : events()) {
        ASSERT_TRUE(engines.advance(event)) << info.name << " " << imm << ", round " << round << ", event " << at;
        if (engines.frame().raw().resting == program::kEnded) break;
        if (++at > 3 && rounds > 1) break;  // pure ones do not look at the event
      }
    }
  }
}

std::vector<Op> all_ops() {
  std::vector<Op> ops;
  for (const ir::OpInfo& info : ir::all_ops()) ops.push_back(info.op);
  return ops;
}

// Every terminator and way of ending, in a flow that has them all.
TEST(Terminators, DoTheSameInEveryEngine) {
  std::ifstream file(FLOW_SOURCE_DIR "/compiler/ir/testdata/sample.ir", std::ios::binary);
  auto flow = ir::parse_flow(std::string(std::istreambuf_iterator<char>(file), {}));
  ASSERT_TRUE(flow.has_value()) << flow.error().message;
  Engines engines(*flow);
  std::mt19937_64 random(20261120);
  std::vector<int> ends(5);
  for (int round = 0; round < 2000; ++round) {
    engines.reset();
    engines.set(0, round % 3 == 0 ? "+60123456789" : "+639171234567");
    engines.set(1, "482913");
    if (random() % 2 == 0) engines.set(2, random() % 2 == 0 ? " Small " : "+639171234567");
    if (random() % 2 == 0) engines.set(7, random() % 2 == 0 ? "ms" : "en_GB");
    ASSERT_TRUE(engines.advance(event_of(EventKind::start, 0)));
    std::int64_t now = 0;
    for (int i = 0; i < 12; ++i) {
      const std::vector<program::FlowEvent> all = events();
      program::FlowEvent event = all[random() % all.size()];
      event.at_ms = kStart + (now += static_cast<std::int64_t>(random() % (random() % 8 == 0 ? 8'000'000 : 40'000)));
      ASSERT_TRUE(engines.advance(event)) << "round " << round << ", event " << i;
    }
    ++ends[static_cast<std::size_t>(engines.frame().rest().end)];
  }
  for (std::size_t end = 0; end < ends.size(); ++end) EXPECT_GT(ends[end], 0) << "no sequence ended with " << end;
}

INSTANTIATE_TEST_SUITE_P(Ops, EveryOp, ::testing::ValuesIn(all_ops()),
                         [](const auto& param) { return std::string(ir::info(param.param).name); });

}  // namespace
}  // namespace flow::jit
