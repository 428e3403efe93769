// Texts and regions: calls of intrinsics on the registers' slots.
#include "compiler/codegen/emitter_internal.h"

namespace flow::codegen {

bool FunctionEmitter::text(const ir::Inst& inst) {
  const auto call = [&](llvm::FunctionCallee callee, const std::vector<llvm::Value*>& arguments) {
    return builder_.CreateCall(callee, arguments);
  };
  const auto test = [&](llvm::FunctionCallee callee) { set(inst.dst, call(callee, {slot(inst.a), slot(inst.b)})); };
  const auto trapping = [&](llvm::Value* fine) {
    trap_unless(builder_.CreateICmpNE(fine, module_.int64(0)), program::Trap::text_too_long);
  };
  switch (inst.op) {
    case ir::Op::text_equal:
      test(module_.flow_text_equal());
      return true;
    case ir::Op::text_choice: {
      llvm::Constant* choice = module_.text_choice(static_cast<std::uint32_t>(inst.imm));
      set(inst.dst, call(module_.flow_text_choice(), {choice, slot(inst.a)}));
      return true;
    }
    case ir::Op::region_choice: {
      llvm::Constant* choice = module_.region_choice(static_cast<std::uint32_t>(inst.imm));
      set(inst.dst, call(module_.flow_region_choice(), {frame_, choice, slot(inst.a)}));
      return true;
    }
    case ir::Op::text_fold_equal:
      test(module_.flow_text_fold_equal());
      return true;
    case ir::Op::text_contains:
      test(module_.flow_text_contains());
      return true;
    case ir::Op::text_fold_contains:
      test(module_.flow_text_fold_contains());
      return true;
    case ir::Op::text_starts:
      test(module_.flow_text_starts());
      return true;
    case ir::Op::text_ends:
      test(module_.flow_text_ends());
      return true;
    case ir::Op::text_blank:
      set(inst.dst, call(module_.flow_text_blank(), {slot(inst.a)}));
      return true;
    case ir::Op::text_length:
      set(inst.dst, call(module_.flow_text_length(), {slot(inst.a)}));
      return true;
    case ir::Op::text_trim:
      call(module_.flow_text_trim(), {slot(inst.dst), slot(inst.a)});
      return true;
    case ir::Op::text_left:
      call(module_.flow_text_left(), {slot(inst.dst), slot(inst.a), get(inst.b)});
      return true;
    case ir::Op::text_lower:
      trapping(call(module_.flow_text_lower(), {frame_, slot(inst.dst), slot(inst.a)}));
      return true;
    case ir::Op::text_upper:
      trapping(call(module_.flow_text_upper(), {frame_, slot(inst.dst), slot(inst.a)}));
      return true;
    case ir::Op::text_concat: {
      llvm::Value* list = text_list(inst.list);
      trapping(call(module_.flow_text_concat(),
                    {frame_, slot(inst.dst), list, module_.int64(static_cast<std::int64_t>(inst.list.size()))}));
      return true;
    }
    case ir::Op::text_of_number:
      call(module_.flow_text_of_number(), {frame_, slot(inst.dst), get(inst.a)});
      return true;
    case ir::Op::text_of_boolean:
      call(module_.flow_text_of_boolean(), {slot(inst.dst), get(inst.a)});
      return true;
    case ir::Op::text_of_duration:
      call(module_.flow_text_of_duration(), {frame_, slot(inst.dst), get(inst.a)});
      return true;
    case ir::Op::text_of_region:
      call(module_.flow_text_of_region(), {frame_, slot(inst.dst), get(inst.a)});
      return true;
    case ir::Op::call:
      function_call(inst);
      return true;
    case ir::Op::int_given:
      set_bool(inst.dst, builder_.CreateICmpNE(get(inst.a), module_.int64(program::kAbsentScalar)));
      return true;
    case ir::Op::text_given: {
      llvm::Value* data = load(module_.pointer_type(), at(slot(inst.a), offsetof(program::FlowText, data)));
      set_bool(inst.dst, builder_.CreateIsNotNull(data));
      return true;
    }
    case ir::Op::region_of:
      set(inst.dst, call(module_.flow_region_of(), {frame_, slot(inst.a)}));
      return true;
    case ir::Op::calling_code_of:
      set(inst.dst, call(module_.flow_calling_code_of(), {slot(inst.a)}));
      return true;
    case ir::Op::bucket:
      test(module_.flow_bucket());
      return true;
    case ir::Op::region_allowed:
      set(inst.dst, call(module_.flow_region_allowed(), {frame_, get(inst.a)}));
      return true;
    default:
      return false;
  }
}

// The operands as FlowValues, one after the other; a result that is an integer comes back through the scratch number.
void FunctionEmitter::function_call(const ir::Inst& inst) {
  for (std::size_t i = 0; i < inst.list.size(); ++i) {
    llvm::Value* place = at(list_, i * sizeof(program::FlowValue));
    if (source_.regs[inst.list[i]] == ir::RegType::text)
      copy_text(slot(inst.list[i]), place);
    else
      store(get(inst.list[i]), place);
  }
  llvm::Value* status = builder_.CreateCall(module_.flow_call(), {frame_, module_.int64(inst.imm), result_, list_});
  llvm::BasicBlock* on = llvm::BasicBlock::Create(module_.context(), "fine", target_);
  llvm::BasicBlock* trap = llvm::BasicBlock::Create(module_.context(), "trap", target_);
  builder_.CreateCondBr(builder_.CreateICmpEQ(status, module_.int64(0)), on, trap);
  builder_.SetInsertPoint(trap);
  llvm::Value* which = builder_.CreateTrunc(builder_.CreateSub(status, module_.int64(1)), builder_.getInt32Ty());
  builder_.CreateCall(module_.flow_trap(), {frame_, which});
  builder_.CreateRet(module_.int32(std::to_underlying(program::Verdict::changed)));
  builder_.SetInsertPoint(on);
  if (source_.regs[inst.dst] == ir::RegType::text)
    copy_text(result_, slot(inst.dst));
  else
    set(inst.dst, load(builder_.getInt64Ty(), result_));
}

}  // namespace flow::codegen
