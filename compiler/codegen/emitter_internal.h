// The two emitters behind generate(): what a module shares, and one function at a time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

#include <llvm/IR/IRBuilder.h>

#include "compiler/codegen/codegen_internal.h"
#include "runtime/program/choice.h"
#include "runtime/program/intrinsics.h"

namespace flow::codegen {

// Types, constants and declarations of one module.
class ModuleEmitter {
 public:
  ModuleEmitter(llvm::Module& module, const ir::Flow& flow, Aim aim);

  void run();

  llvm::LLVMContext& context() { return module_.getContext(); }
  const ir::Flow& flow() const { return flow_; }
  bool has_secrets() const { return std::ranges::any_of(flow_.info.fields, &program::FieldInfo::secret); }
  llvm::Function* function(std::uint32_t index) { return functions_[index]; }
  Aim aim() const { return aim_; }
  std::int32_t place_of(std::uint32_t function) const;  // in the table

  llvm::PointerType* pointer_type() { return llvm::PointerType::getUnqual(context()); }
  llvm::StructType* text_type() { return text_type_; }  // FlowText
  llvm::ConstantInt* int32(std::int64_t value);
  llvm::ConstantInt* int64(std::int64_t value);

  // Bytes of ir::Flow::texts[index], a FlowText of them, and a FlowSendSite: private constants, made on first use.
  llvm::Constant* bytes(std::uint32_t text);
  llvm::Constant* text_constant(std::uint32_t text);
  llvm::Constant* send_site(std::uint32_t site);
  llvm::Constant* text_choice(std::uint32_t choice);  // choices.cpp
  llvm::Constant* region_choice(std::uint32_t choice);

#define FLOW_INTRINSIC(name, memory) \
  llvm::FunctionCallee name() { return declare(#name, signature(static_cast<decltype(&::name)>(nullptr)), k_##memory); }
#include "compiler/codegen/intrinsics.def"
#undef FLOW_INTRINSIC

 private:
  enum Memory { k_reads, k_writes };

  llvm::FunctionCallee declare(const char* name, llvm::FunctionType* type, Memory memory);
  void declare_functions();
  void emit_table();

  // The LLVM signature of a C function of ours, taken from its C++ type so that the two cannot drift apart.
  template <typename Answer, typename... Parameters>
  llvm::FunctionType* signature(Answer (*)(Parameters...)) {
    return llvm::FunctionType::get(type_of<Answer>(), {type_of<Parameters>()...}, false);
  }
  template <typename T>
  llvm::Type* type_of() {
    if constexpr (std::is_void_v<T>) {
      return llvm::Type::getVoidTy(context());
    } else if constexpr (std::is_pointer_v<T>) {
      return pointer_type();
    } else {
      static_assert(std::is_integral_v<T>);
      return llvm::IntegerType::get(context(), 8 * sizeof(T));
    }
  }

  llvm::Module& module_;
  const ir::Flow& flow_;
  const Aim aim_;
  llvm::StructType* text_type_;
  std::vector<llvm::Function*> functions_;
  std::vector<llvm::Constant*> bytes_;
  std::vector<llvm::Constant*> texts_;
  std::vector<llvm::Constant*> sites_;
  std::vector<llvm::Constant*> choices_;

  llvm::Constant* constant(llvm::Constant* value, const llvm::Twine& name);
  llvm::Constant* words(std::span<const std::uint32_t> values, const llvm::Twine& name);
};

// One function. Integers that are assigned once are values; other registers are stack slots, which LLVM's passes turn
// into values. A text register's slot is a FlowText, so that intrinsics take its address; that of a constant is
// constant.
class FunctionEmitter {
 public:
  FunctionEmitter(ModuleEmitter& module, const ir::Function& source, llvm::Function* target);

  void run();

 private:
  void see_assignments();
  void make_slots();
  void instruction(const ir::Inst& inst);
  void terminator(const ir::Terminator& term);
  void switch_on(const ir::Terminator& term);
  void weigh(llvm::SwitchInst& branch);
  void finish(const ir::Terminator& term);

  // A concern each; false: not one of its operations.
  bool field(const ir::Inst& inst);    // fields.cpp
  bool integer(const ir::Inst& inst);  // integers.cpp
  bool text(const ir::Inst& inst);     // texts.cpp
  bool event(const ir::Inst& inst);    // effects.cpp
  bool effect(const ir::Inst& inst);

  // Registers.
  llvm::Value* get(ir::Reg reg);                 // integer
  void set(ir::Reg reg, llvm::Value* value);     // integer
  void set_bool(ir::Reg reg, llvm::Value* bit);  // i1 → 0/1
  llvm::Value* slot(ir::Reg reg) { return slots_[reg]; }
  void copy_text(llvm::Value* from, llvm::Value* to);
  void store_text(std::int64_t constant, llvm::Value* to);
  bool is_constant_text(ir::Reg reg) const { return only_[reg] != nullptr && only_[reg]->op == ir::Op::const_text; }
  llvm::Value* text_list(const std::vector<ir::Reg>& list);  // in the scratch array, one after the other

  // Of naturally aligned members, said so: without a data layout LLVM assumes less.
  llvm::Value* load(llvm::Type* type, llvm::Value* address, const llvm::Twine& name = "");
  void store(llvm::Value* value, llvm::Value* address);
  llvm::Value* at(llvm::Value* base, std::uint64_t offset, const llvm::Twine& name = "");
  llvm::Value* field_address(std::int64_t field, std::uint64_t offset);
  void clear(std::int64_t field);                                    // absent, and nothing left of its value
  llvm::Value* event_int32(std::uint64_t offset, const char* name);  // sign-extended

  void compare(const ir::Inst& inst, llvm::CmpInst::Predicate predicate);
  void add_or_subtract(const ir::Inst& inst, llvm::Intrinsic::ID operation);
  void checked(const ir::Inst& inst, llvm::FunctionCallee callee, const std::vector<llvm::Value*>& more);
  void function_call(const ir::Inst& inst);

  // Goes on when `fine` (i1), else to the function's trap of that kind.
  void trap_unless(llvm::Value* fine, program::Trap trap);
  llvm::BasicBlock* trap_block(program::Trap trap);

  ModuleEmitter& module_;
  const ir::Function& source_;
  llvm::Function* target_;
  llvm::IRBuilder<> builder_;
  llvm::Value* frame_;
  llvm::Value* event_;
  llvm::Value* fields_ = nullptr;     // FlowFrame::fields, read once: a call does not move them
  llvm::Value* number_ = nullptr;     // scratch: results of numeric intrinsics
  llvm::Value* list_ = nullptr;       // scratch: lists of texts, operands of a call
  llvm::Value* result_ = nullptr;     // scratch: the result of a call
  std::vector<llvm::Value*> slots_;   // null: see values_
  std::vector<llvm::Value*> values_;  // of integers without a slot, from their assignment on
  // By register: assigned in one place, after which (in the order of emission) all uses come; that place.
  std::vector<const ir::Inst*> only_;
  std::vector<llvm::BasicBlock*> blocks_;
  llvm::BasicBlock* traps_[program::kTrapCount] = {};
  ir::Reg kind_ = ir::kNoReg;  // the register that an event's kind is in
};

}  // namespace flow::codegen
