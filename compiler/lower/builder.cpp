#include "compiler/lower/builder.h"

#include <utility>

#include "base/check.h"

namespace flow::lower {

Builder::Builder(std::string name) {
  function_.name = std::move(name);
  block();
}

Reg Builder::reg(RegType type) {
  function_.regs.push_back(type);
  return static_cast<Reg>(function_.regs.size() - 1);
}

BlockId Builder::block() {
  function_.blocks.emplace_back();
  closed_.push_back(false);
  return static_cast<BlockId>(function_.blocks.size() - 1);
}

void Builder::at(BlockId block) {
  FLOW_CHECK(!closed_[block], "block {} of {} is closed", block, function_.name);
  FLOW_CHECK(block == current_ || closed_[current_], "block {} of {} is open", current_, function_.name);
  current_ = block;
}

Reg Builder::add(RegType type, ir::Inst inst) {
  FLOW_CHECK(!closed_[current_], "block {} of {} is closed", current_, function_.name);
  if (inst.dst == ir::kNoReg) inst.dst = reg(type);
  FLOW_CHECK(function_.regs[inst.dst] == type, "register {} of {} has the other type", inst.dst, function_.name);
  const Reg dst = inst.dst;
  function_.blocks[current_].insts.push_back(std::move(inst));
  return dst;
}

Reg Builder::constant(std::int64_t value, Reg into) {
  return add(RegType::integer, {.op = Op::const_int, .dst = into, .imm = value, .list = {}});
}

Reg Builder::integer(Op op, Reg a, Reg b, std::int64_t imm, Reg into) {
  return add(RegType::integer, {.op = op, .dst = into, .a = a, .b = b, .imm = imm, .list = {}});
}

Reg Builder::text(Op op, Reg a, Reg b, std::int64_t imm, Reg into) {
  return add(RegType::text, {.op = op, .dst = into, .a = a, .b = b, .imm = imm, .list = {}});
}

Reg Builder::concat(std::vector<Reg> parts, Reg into) {
  return add(RegType::text, {.op = Op::text_concat, .dst = into, .list = std::move(parts)});
}

Reg Builder::call(program::FunctionId function, std::vector<Reg> operands, Reg into) {
  const RegType type = program::info(function).gives_text() ? RegType::text : RegType::integer;
  return add(type,
             {.op = Op::call, .dst = into, .imm = static_cast<std::int64_t>(function), .list = std::move(operands)});
}

void Builder::effect(Op op, std::int64_t imm, Reg a) {
  FLOW_CHECK(!closed_[current_], "block {} of {} is closed", current_, function_.name);
  function_.blocks[current_].insts.push_back({.op = op, .a = a, .imm = imm, .list = {}});
}

void Builder::send(std::int64_t site, std::vector<Reg> operands) {
  FLOW_CHECK(!closed_[current_], "block {} of {} is closed", current_, function_.name);
  function_.blocks[current_].insts.push_back({.op = Op::send, .imm = site, .list = std::move(operands)});
}

void Builder::request(std::int64_t site, std::vector<Reg> operands) {
  FLOW_CHECK(!closed_[current_], "block {} of {} is closed", current_, function_.name);
  function_.blocks[current_].insts.push_back({.op = Op::request, .imm = site, .list = std::move(operands)});
}

void Builder::launch(std::int64_t site, std::vector<Reg> operands) {
  FLOW_CHECK(!closed_[current_], "block {} of {} is closed", current_, function_.name);
  function_.blocks[current_].insts.push_back({.op = Op::launch, .imm = site, .list = std::move(operands)});
}

void Builder::close(ir::Terminator term) {
  FLOW_CHECK(!closed_[current_], "block {} of {} is closed", current_, function_.name);
  function_.blocks[current_].term = std::move(term);
  closed_[current_] = true;
}

void Builder::jump(BlockId to) {
  ir::Terminator term;
  term.kind = ir::Term::jump;
  term.blocks = {to};
  close(std::move(term));
}

void Builder::branch(Reg condition, BlockId yes, BlockId no) {
  ir::Terminator term;
  term.kind = ir::Term::branch;
  term.a = condition;
  term.blocks = {yes, no};
  close(std::move(term));
}

void Builder::switch_on(Reg value, std::vector<std::int64_t> cases, std::vector<BlockId> blocks, BlockId otherwise) {
  FLOW_CHECK(cases.size() == blocks.size());
  ir::Terminator term;
  term.kind = ir::Term::switch_;
  term.a = value;
  term.cases = std::move(cases);
  term.blocks = std::move(blocks);
  term.blocks.push_back(otherwise);
  close(std::move(term));
}

void Builder::tail(std::uint32_t function) {
  ir::Terminator term;
  term.kind = ir::Term::tail;
  term.function = function;
  close(std::move(term));
}

void Builder::rest() {
  ir::Terminator term;
  term.kind = ir::Term::rest;
  close(std::move(term));
}

void Builder::ignore() {
  ir::Terminator term;
  term.kind = ir::Term::ignore;
  close(std::move(term));
}

void Builder::finish(program::EndKind end, std::int32_t outcome, std::uint32_t reason) {
  ir::Terminator term;
  term.kind = ir::Term::finish;
  term.end = end;
  term.outcome = outcome;
  term.reason = reason;
  close(std::move(term));
}

ir::Function Builder::take() {
  // Depth first, the first way out of a block next to it.
  constexpr BlockId kNone = UINT32_MAX;
  std::vector<BlockId> place(function_.blocks.size(), kNone);
  std::vector<BlockId> order;
  std::vector<BlockId> open = {0};
  while (!open.empty()) {
    const BlockId block = open.back();
    open.pop_back();
    if (place[block] != kNone) continue;
    FLOW_CHECK(closed_[block], "block {} of {} has no end", block, function_.name);
    place[block] = static_cast<BlockId>(order.size());
    order.push_back(block);
    const std::vector<BlockId>& next = function_.blocks[block].term.blocks;
    open.insert(open.end(), next.rbegin(), next.rend());
  }
  std::vector<ir::Block> blocks;
  blocks.reserve(order.size());
  for (const BlockId block : order) {
    blocks.push_back(std::move(function_.blocks[block]));
    for (BlockId& to : blocks.back().term.blocks) to = place[to];
  }
  function_.blocks = std::move(blocks);
  return std::move(function_);
}

}  // namespace flow::lower
