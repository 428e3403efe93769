// Constants and fields.
#include "compiler/codegen/emitter_internal.h"

namespace flow::codegen {

using program::FlowField;

llvm::Value* FunctionEmitter::field_address(std::int64_t field, std::uint64_t offset) {
  return at(fields_, static_cast<std::uint64_t>(field) * sizeof(FlowField) + offset);
}

void FunctionEmitter::clear(std::int64_t field) {
  store(module_.int64(0), field_address(field, offsetof(FlowField, scalar)));
  store(llvm::ConstantPointerNull::get(module_.pointer_type()),
        field_address(field, offsetof(FlowField, text) + offsetof(program::FlowText, data)));
  store(module_.int64(0), field_address(field, offsetof(FlowField, text) + offsetof(program::FlowText, size)));
  store(module_.int64(0), field_address(field, offsetof(FlowField, present)));
}

void FunctionEmitter::store_text(std::int64_t constant, llvm::Value* to) {
  const auto text = static_cast<std::uint32_t>(constant);
  store(module_.bytes(text), at(to, offsetof(program::FlowText, data)));
  store(module_.int64(static_cast<std::int64_t>(module_.flow().texts[text].size())),
        at(to, offsetof(program::FlowText, size)));
}

bool FunctionEmitter::field(const ir::Inst& inst) {
  auto* int64 = builder_.getInt64Ty();
  switch (inst.op) {
    case ir::Op::const_int:
      set(inst.dst, module_.int64(inst.imm));
      return true;
    case ir::Op::const_text:
      if (is_constant_text(inst.dst))
        slots_[inst.dst] = module_.text_constant(static_cast<std::uint32_t>(inst.imm));
      else
        store_text(inst.imm, slot(inst.dst));
      return true;
    case ir::Op::load:
      if (source_.regs[inst.dst] == ir::RegType::text) {
        copy_text(field_address(inst.imm, offsetof(FlowField, text)), slot(inst.dst));
      } else {
        set(inst.dst, load(int64, field_address(inst.imm, offsetof(FlowField, scalar))));
      }
      return true;
    case ir::Op::present:
      set_bool(inst.dst, builder_.CreateICmpNE(load(int64, field_address(inst.imm, offsetof(FlowField, present))),
                                               module_.int64(0)));
      return true;
    case ir::Op::store:
      if (is_constant_text(inst.a)) {
        store_text(only_[inst.a]->imm, field_address(inst.imm, offsetof(FlowField, text)));
      } else if (source_.regs[inst.a] == ir::RegType::text) {
        copy_text(slot(inst.a), field_address(inst.imm, offsetof(FlowField, text)));
      } else {
        llvm::Value* value = get(inst.a);
        store(value, field_address(inst.imm, offsetof(FlowField, scalar)));
      }
      store(module_.int64(1), field_address(inst.imm, offsetof(FlowField, present)));
      return true;
    case ir::Op::clear:
      clear(inst.imm);
      return true;
    default:
      return false;
  }
}

}  // namespace flow::codegen
