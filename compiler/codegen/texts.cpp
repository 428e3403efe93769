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
    case ir::Op::text_fold_equal:
      test(module_.flow_text_fold_equal());
      return true;
    case ir::Op::text_contains:
      test(module_.flow_text_contains());
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

}  // namespace flow::codegen
