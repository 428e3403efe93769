// Builds one IR function, block by block.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "compiler/ir/ir.h"
#include "runtime/program/functions.h"

namespace flow::lower {

using ir::Op;
using ir::Reg;
using ir::RegType;
using BlockId = std::uint32_t;

// Starts in the entry block. Instructions go to the block of the last at(); a terminator closes it, and nothing may be
// added before the next at().
class Builder {
 public:
  explicit Builder(std::string name);

  Reg reg(RegType type);
  BlockId block();         // a new block, which at() must reach before take()
  void at(BlockId block);  // continues there

  // Instructions. `into` is a register that is assigned in several places; kNoReg: a fresh one.
  Reg constant(std::int64_t value, Reg into = ir::kNoReg);
  Reg integer(Op op, Reg a = ir::kNoReg, Reg b = ir::kNoReg, std::int64_t imm = 0, Reg into = ir::kNoReg);
  Reg text(Op op, Reg a = ir::kNoReg, Reg b = ir::kNoReg, std::int64_t imm = 0, Reg into = ir::kNoReg);
  Reg concat(std::vector<Reg> parts, Reg into = ir::kNoReg);
  Reg call(program::FunctionId function, std::vector<Reg> operands, Reg into = ir::kNoReg);
  void effect(Op op, std::int64_t imm = 0, Reg a = ir::kNoReg);
  void send(std::int64_t site, std::vector<Reg> operands);
  void request(std::int64_t site, std::vector<Reg> operands);
  void launch(std::int64_t site, std::vector<Reg> operands);

  // Terminators.
  void jump(BlockId to);
  void branch(Reg condition, BlockId yes, BlockId no);
  void switch_on(Reg value, std::vector<std::int64_t> cases, std::vector<BlockId> blocks, BlockId otherwise);
  void tail(std::uint32_t function);
  void rest();
  void ignore();
  void finish(program::EndKind end, std::int32_t outcome = -1, std::uint32_t reason = UINT32_MAX);

  // The function, with its blocks in the order in which a reader meets them and without those that nothing leads to.
  ir::Function take();

 private:
  Reg add(RegType type, ir::Inst inst);
  void close(ir::Terminator term);

  ir::Function function_;
  std::vector<bool> closed_;
  BlockId current_ = 0;
};

}  // namespace flow::lower
