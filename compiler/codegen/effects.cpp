// The event, and what an event does to the execution.
#include "base/limits.h"
#include "compiler/codegen/emitter_internal.h"

namespace flow::codegen {

using program::FlowEvent;

llvm::Value* FunctionEmitter::event_int32(std::uint64_t offset, const char* name) {
  llvm::Value* value = load(builder_.getInt32Ty(), at(event_, offset), name);
  return builder_.CreateSExt(value, builder_.getInt64Ty());
}

bool FunctionEmitter::event(const ir::Inst& inst) {
  switch (inst.op) {
    case ir::Op::event_kind:
      set(inst.dst, event_int32(offsetof(FlowEvent, kind), "kind"));
      kind_ = inst.dst;
      return true;
    case ir::Op::event_signal:
      set(inst.dst, event_int32(offsetof(FlowEvent, signal), "signal"));
      return true;
    case ir::Op::event_at:
      set(inst.dst, load(builder_.getInt64Ty(), at(event_, offsetof(FlowEvent, at_ms)), "at"));
      return true;
    case ir::Op::event_seed: {
      llvm::Value* seed = load(builder_.getInt32Ty(), at(event_, offsetof(FlowEvent, seed)), "seed");
      set(inst.dst,
          builder_.CreateMul(builder_.CreateZExt(seed, builder_.getInt64Ty()), module_.int64(limits::kNumberScale)));
      return true;
    }
    case ir::Op::event_text:
      builder_.CreateCall(module_.flow_event_text(), {slot(inst.dst), event_, module_.int32(inst.imm)});
      return true;
    case ir::Op::timer_take:
      set(inst.dst, builder_.CreateCall(module_.flow_timer_take(), {frame_, event_}));
      return true;
    case ir::Op::receipt:
      set(inst.dst, builder_.CreateCall(module_.flow_receipt(), {frame_, event_}));
      return true;
    case ir::Op::operation_take:
      set(inst.dst, builder_.CreateCall(module_.flow_operation_take(), {frame_, event_}));
      return true;
    case ir::Op::may_request:
      set(inst.dst, builder_.CreateCall(module_.flow_may_request(), {frame_}));
      return true;
    case ir::Op::may_send:
      set(inst.dst, builder_.CreateCall(module_.flow_may_send(), {frame_}));
      return true;
    default:
      return false;
  }
}

bool FunctionEmitter::effect(const ir::Inst& inst) {
  const auto call = [&](llvm::FunctionCallee callee, const std::vector<llvm::Value*>& arguments) {
    builder_.CreateCall(callee, arguments);
    return true;
  };
  switch (inst.op) {
    case ir::Op::begin:
      return call(module_.flow_begin(), {frame_, event_});
    case ir::Op::enter:
      return call(module_.flow_enter(), {frame_, event_, module_.int32(inst.imm)});
    case ir::Op::arm:
      return call(module_.flow_arm(), {frame_, module_.int32(inst.imm), get(inst.a)});
    case ir::Op::disarm:
      return call(module_.flow_disarm(), {frame_, module_.int32(inst.imm)});
    case ir::Op::leave:
      return call(module_.flow_leave(), {frame_});
    case ir::Op::send: {
      llvm::Value* operands = text_list(inst.list);
      return call(module_.flow_send(), {frame_, module_.send_site(static_cast<std::uint32_t>(inst.imm)), operands,
                                        module_.int64(static_cast<std::int64_t>(inst.list.size()))});
    }
    case ir::Op::take_value:
      return call(module_.flow_take_value(), {frame_, event_, module_.int32(inst.imm), get(inst.a)});
    case ir::Op::take_values:
      return call(module_.flow_take_values(), {frame_, event_, module_.int32(inst.imm)});
    case ir::Op::request: {
      llvm::Value* operands = text_list(inst.list);
      return call(module_.flow_request(), {frame_, module_.int32(inst.imm), operands,
                                           module_.int64(static_cast<std::int64_t>(inst.list.size()))});
    }
    case ir::Op::launch: {
      llvm::Value* operands = text_list(inst.list);
      return call(module_.flow_launch(), {frame_, module_.int32(inst.imm), operands,
                                          module_.int64(static_cast<std::int64_t>(inst.list.size()))});
    }
    case ir::Op::late:
      return call(module_.flow_late(), {frame_, event_});
    case ir::Op::count:
      set(inst.dst, builder_.CreateCall(module_.flow_count(), {frame_, module_.int32(inst.imm), get(inst.b)}));
      return true;
    case ir::Op::fire:
      set(inst.dst, builder_.CreateCall(module_.flow_fire(), {frame_, module_.int32(inst.imm)}));
      return true;
    case ir::Op::forget:
      return call(module_.flow_forget(), {frame_});
    default:
      return false;
  }
}

}  // namespace flow::codegen
