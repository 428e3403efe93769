#include "compiler/jit/test_flows.h"

#include <utility>

namespace flow::jit::testing {

using ir::Op;
using ir::RegType;
using ir::Term;
using program::Timer;

namespace {

struct Operands {
  std::int64_t imm = 0;
  std::vector<ir::Reg> list = {};
};

ir::Inst inst(Op op, ir::Reg dst, ir::Reg a, ir::Reg b, Operands more = {}) {
  return {op, dst, a, b, more.imm, std::move(more.list)};
}
ir::Inst act(Op op, Operands more = {}) {
  return inst(op, ir::kNoReg, ir::kNoReg, ir::kNoReg, std::move(more));
}
ir::Inst make(ir::Reg dst, Op op, std::int64_t imm = 0) {
  return inst(op, dst, ir::kNoReg, ir::kNoReg, {imm});
}

ir::Terminator stop(Term kind) {
  ir::Terminator term;
  term.kind = kind;
  return term;
}
ir::Terminator choose(Term kind, ir::Reg a, std::vector<std::int64_t> cases, std::vector<std::uint32_t> blocks) {
  ir::Terminator term = stop(kind);
  term.a = a;
  term.cases = std::move(cases);
  term.blocks = std::move(blocks);
  return term;
}
ir::Terminator tail(std::uint32_t function) {
  ir::Terminator term = stop(Term::tail);
  term.function = function;
  return term;
}
ir::Terminator finish(program::EndKind end, std::uint32_t reason = UINT32_MAX) {
  ir::Terminator term = stop(Term::finish);
  term.end = end;
  term.reason = reason;
  return term;
}

program::FieldInfo input(std::string name, program::ValueType type) {
  program::FieldInfo field;
  field.name = std::move(name);
  field.type = type;
  field.role = program::FieldRole::input;
  return field;
}

constexpr auto kUndelivered = static_cast<std::int64_t>(Timer::undelivered);
constexpr auto kHandover = static_cast<std::int64_t>(Timer::handover);

ir::Function enter_greet() {
  return {"enter greet",
          {RegType::text, RegType::text, RegType::integer, RegType::integer, RegType::integer},
          {{{act(Op::enter, {0}), make(0, Op::load, 0), make(1, Op::const_text, 0),
             inst(Op::text_concat, 1, ir::kNoReg, ir::kNoReg, {0, {1, 0}}), make(2, Op::event_at),
             make(3, Op::const_int, 30'000), inst(Op::number_add, 4, 2, 3),
             inst(Op::arm, ir::kNoReg, 4, ir::kNoReg, {kHandover}),
             inst(Op::arm, ir::kNoReg, 4, ir::kNoReg, {kUndelivered}), act(Op::send, {0, {0, 1}})},
            stop(Term::rest)}}};
}

ir::Function handle_greet() {
  return {"handle greet",
          {RegType::integer, RegType::integer},
          {
              {{make(0, Op::event_kind)}, choose(Term::switch_, 0, {1, 2}, {1, 2, 5})},
              {{make(0, Op::receipt), inst(Op::bit_test, 1, 0, ir::kNoReg, {program::kReceiptDelivered})},
               choose(Term::branch, 1, {}, {3, 5})},
              {{make(0, Op::timer_take)}, choose(Term::switch_, 0, {kUndelivered}, {4, 5})},
              {{act(Op::leave)}, finish(program::EndKind::done)},
              {{act(Op::leave)}, finish(program::EndKind::failed, 1)},
              {{}, stop(Term::ignore)},
          }};
}

}  // namespace

ir::Flow reminder() {
  ir::Flow flow;
  flow.info.name = "reminder";
  flow.info.expires_ms = 3'600'000;
  flow.info.fields = {input("to", program::ValueType::phone)};
  flow.info.steps = {{"greet", "send sms"}};
  flow.info.channels = {{"sms", program::ChannelKind::sms, "SHOP", 30'000}};
  flow.texts = {"Hello ", "nobody read it"};
  flow.sends = {{0, 0, -1, 30'000, false}};
  flow.functions = {{"start", {}, {{{act(Op::begin)}, tail(1)}}},
                    enter_greet(),
                    handle_greet(),
                    {"ended", {}, {{{}, stop(Term::ignore)}}}};
  flow.start = 0;
  flow.ended = 3;
  flow.handle = {2};
  return flow;
}

}  // namespace flow::jit::testing
