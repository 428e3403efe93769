// Integers, numbers and durations. What may trap is checked here as runtime/program/number.h does.
#include "base/limits.h"
#include "compiler/codegen/emitter_internal.h"

namespace flow::codegen {

void FunctionEmitter::compare(const ir::Inst& inst, llvm::CmpInst::Predicate predicate) {
  llvm::Value* a = get(inst.a);
  set_bool(inst.dst, builder_.CreateICmp(predicate, a, get(inst.b)));
}

void FunctionEmitter::add_or_subtract(const ir::Inst& inst, llvm::Intrinsic::ID operation) {
  llvm::Value* a = get(inst.a);
  llvm::Value* both = builder_.CreateBinaryIntrinsic(operation, a, get(inst.b));
  llvm::Value* result = builder_.CreateExtractValue(both, 0);
  llvm::Value* wrapped = builder_.CreateExtractValue(both, 1);
  // -max <= result <= max, as one unsigned comparison.
  llvm::Value* shifted = builder_.CreateAdd(result, module_.int64(limits::kNumberUnitsMax));
  llvm::Value* inside = builder_.CreateICmpULE(shifted, module_.int64(2 * limits::kNumberUnitsMax));
  trap_unless(builder_.CreateAnd(inside, builder_.CreateNot(wrapped)), program::Trap::number_left_range);
  set(inst.dst, result);
}

// callee(&number, a, more…): 0 means trap.
void FunctionEmitter::checked(const ir::Inst& inst, llvm::FunctionCallee callee,
                              const std::vector<llvm::Value*>& more) {
  std::vector<llvm::Value*> arguments = {number_, get(inst.a)};
  arguments.insert(arguments.end(), more.begin(), more.end());
  llvm::Value* fine = builder_.CreateCall(callee, arguments);
  trap_unless(builder_.CreateICmpNE(fine, module_.int64(0)), program::Trap::number_left_range);
  set(inst.dst, load(builder_.getInt64Ty(), number_));
}

bool FunctionEmitter::integer(const ir::Inst& inst) {
  switch (inst.op) {
    case ir::Op::number_add:
      add_or_subtract(inst, llvm::Intrinsic::sadd_with_overflow);
      return true;
    case ir::Op::number_subtract:
      add_or_subtract(inst, llvm::Intrinsic::ssub_with_overflow);
      return true;
    case ir::Op::number_multiply:
      checked(inst, module_.flow_number_multiply(), {get(inst.b)});
      return true;
    case ir::Op::number_round:
      checked(inst, module_.flow_number_round(), {});
      return true;
    case ir::Op::duration_in:
      checked(inst, module_.flow_duration_in(), {module_.int64(inst.imm)});
      return true;
    case ir::Op::int_equal:
      compare(inst, llvm::CmpInst::ICMP_EQ);
      return true;
    case ir::Op::int_not_equal:
      compare(inst, llvm::CmpInst::ICMP_NE);
      return true;
    case ir::Op::int_less:
      compare(inst, llvm::CmpInst::ICMP_SLT);
      return true;
    case ir::Op::int_less_equal:
      compare(inst, llvm::CmpInst::ICMP_SLE);
      return true;
    case ir::Op::int_not:
      set_bool(inst.dst, builder_.CreateICmpEQ(get(inst.a), module_.int64(0)));
      return true;
    case ir::Op::bit_test:
      set_bool(inst.dst,
               builder_.CreateICmpNE(builder_.CreateAnd(get(inst.a), module_.int64(inst.imm)), module_.int64(0)));
      return true;
    default:
      return false;
  }
}

}  // namespace flow::codegen
