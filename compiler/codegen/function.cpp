#include <set>

#include <llvm/IR/MDBuilder.h>

#include "base/check.h"
#include "compiler/codegen/emitter_internal.h"

namespace flow::codegen {
namespace {

constexpr std::size_t kFewCases = 8;

// Each step may expire or fail, and hardly an execution does.
bool is_rare(const ir::Terminator& term) {
  return term.kind == ir::Term::finish &&
         (term.end == program::EndKind::expired || term.end == program::EndKind::failed);
}

// Nothing that the block calls is inlined.
void keep_calls(llvm::BasicBlock& block) {
  for (llvm::Instruction& one : block)
    if (auto* call = llvm::dyn_cast<llvm::CallInst>(&one)) call->addFnAttr(llvm::Attribute::NoInline);
}

}  // namespace

FunctionEmitter::FunctionEmitter(ModuleEmitter& module, const ir::Function& source, llvm::Function* target)
    : module_(module),
      source_(source),
      target_(target),
      builder_(module.context()),
      frame_(target->getArg(0)),
      event_(target->getArg(1)) {}

void FunctionEmitter::run() {
  llvm::BasicBlock* entry = llvm::BasicBlock::Create(module_.context(), "entry", target_);
  for (std::size_t i = 0; i < source_.blocks.size(); ++i) {
    blocks_.push_back(llvm::BasicBlock::Create(module_.context(), llvm::Twine("b") + llvm::Twine(i), target_));
  }
  builder_.SetInsertPoint(entry);
  make_slots();
  builder_.CreateBr(blocks_.front());
  for (std::size_t i = 0; i < source_.blocks.size(); ++i) {
    builder_.SetInsertPoint(blocks_[i]);
    for (const ir::Inst& inst : source_.blocks[i].insts) instruction(inst);
    terminator(source_.blocks[i].term);
    if (module_.aim() == Aim::quick_to_run && is_rare(source_.blocks[i].term)) keep_calls(*blocks_[i]);
  }
}

void FunctionEmitter::see_assignments() {
  only_.assign(source_.regs.size(), nullptr);
  std::vector<bool> seen(source_.regs.size());  // used or assigned
  const auto use = [&](ir::Reg reg) {
    if (reg != ir::kNoReg && only_[reg] == nullptr) seen[reg] = true;
  };
  for (const ir::Block& block : source_.blocks) {
    for (const ir::Inst& inst : block.insts) {
      use(inst.a);
      use(inst.b);
      for (const ir::Reg reg : inst.list) use(reg);
      if (inst.dst == ir::kNoReg) continue;
      only_[inst.dst] = seen[inst.dst] ? nullptr : &inst;
      seen[inst.dst] = true;
    }
    use(block.term.a);
  }
}

// All stack slots are in the entry block, where LLVM promotes them and where no loop can make them grow.
void FunctionEmitter::make_slots() {
  auto* int64 = builder_.getInt64Ty();
  see_assignments();
  slots_.resize(source_.regs.size());
  values_.resize(source_.regs.size());
  for (std::size_t i = 0; i < source_.regs.size(); ++i) {
    if (only_[i] != nullptr && (source_.regs[i] == ir::RegType::integer || only_[i]->op == ir::Op::const_text))
      continue;
    llvm::Type* type = source_.regs[i] == ir::RegType::text ? static_cast<llvm::Type*>(module_.text_type()) : int64;
    slots_[i] = builder_.CreateAlloca(type, nullptr, llvm::Twine("r") + llvm::Twine(i));
  }
  bool uses_fields = false;
  bool uses_number = false;
  bool uses_calls = false;
  std::size_t longest = 0;
  for (const ir::Block& block : source_.blocks) {
    for (const ir::Inst& inst : block.insts) {
      uses_fields |= inst.op >= ir::Op::load && inst.op <= ir::Op::clear;
      uses_number |=
          inst.op == ir::Op::number_multiply || inst.op == ir::Op::number_round || inst.op == ir::Op::duration_in;
      uses_calls |= inst.op == ir::Op::call;
      longest = std::max(longest, inst.list.size());
    }
    uses_fields |= block.term.kind == ir::Term::finish && module_.has_secrets();
  }
  if (uses_number) number_ = builder_.CreateAlloca(int64, nullptr, "number");
  if (uses_calls) result_ = builder_.CreateAlloca(module_.text_type(), nullptr, "result");
  if (longest > 0) {
    list_ = builder_.CreateAlloca(llvm::ArrayType::get(module_.text_type(), longest), nullptr, "list");
  }
  if (uses_fields) {
    fields_ = load(module_.pointer_type(), at(frame_, offsetof(program::FlowFrame, fields)), "fields");
  }
}

void FunctionEmitter::instruction(const ir::Inst& inst) {
  const bool done = field(inst) || integer(inst) || text(inst) || event(inst) || effect(inst);
  FLOW_CHECK(done, "operation {} has no code", static_cast<int>(inst.op));
}

void FunctionEmitter::terminator(const ir::Terminator& term) {
  switch (term.kind) {
    case ir::Term::jump:
      builder_.CreateBr(blocks_[term.blocks[0]]);
      return;
    case ir::Term::branch:
      builder_.CreateCondBr(builder_.CreateICmpNE(get(term.a), module_.int64(0)), blocks_[term.blocks[0]],
                            blocks_[term.blocks[1]]);
      return;
    case ir::Term::switch_:
      switch_on(term);
      return;
    case ir::Term::tail: {
      if (module_.aim() == Aim::quick_to_make) {
        builder_.CreateRet(module_.int32(program::kGoOn + module_.place_of(term.function)));
        return;
      }
      // `musttail`: a flow that jumps must not grow the stack.
      llvm::CallInst* call = builder_.CreateCall(module_.function(term.function), {frame_, event_});
      call->setTailCallKind(llvm::CallInst::TCK_MustTail);
      builder_.CreateRet(call);
      return;
    }
    case ir::Term::rest:
      builder_.CreateRet(module_.int32(std::to_underlying(program::Verdict::changed)));
      return;
    case ir::Term::ignore:
      builder_.CreateRet(module_.int32(std::to_underlying(program::Verdict::ignored)));
      return;
    case ir::Term::finish:
      finish(term);
      return;
  }
  FLOW_CHECK(false, "terminator {} has no code", static_cast<int>(term.kind));
}

void FunctionEmitter::switch_on(const ir::Terminator& term) {
  if (module_.aim() == Aim::quick_to_make && term.cases.size() <= kFewCases) {
    llvm::Value* value = get(term.a);
    for (std::size_t i = 0; i < term.cases.size(); ++i) {
      llvm::BasicBlock* next = llvm::BasicBlock::Create(module_.context(), "else", target_);
      builder_.CreateCondBr(builder_.CreateICmpEQ(value, module_.int64(term.cases[i])), blocks_[term.blocks[i]], next);
      builder_.SetInsertPoint(next);
    }
    builder_.CreateBr(blocks_[term.blocks.back()]);
    return;
  }
  auto* branch =
      builder_.CreateSwitch(get(term.a), blocks_[term.blocks.back()], static_cast<unsigned>(term.cases.size()));
  std::set<std::int64_t> seen;  // the first of equal cases counts
  for (std::size_t i = 0; i < term.cases.size(); ++i) {
    if (seen.insert(term.cases[i]).second) branch->addCase(module_.int64(term.cases[i]), blocks_[term.blocks[i]]);
  }
  if (term.a == kind_) weigh(*branch);
}

// Most of the events are receipts, and then timers: that way falls through.
void FunctionEmitter::weigh(llvm::SwitchInst& branch) {
  std::vector<std::uint32_t> weights = {1};
  for (const auto& one : branch.cases()) {
    const std::int64_t kind = one.getCaseValue()->getSExtValue();
    const bool receipt = kind == std::to_underlying(program::EventKind::receipt);
    weights.push_back(receipt ? 64 : kind == std::to_underlying(program::EventKind::timer) ? 8 : 1);
  }
  branch.setMetadata(llvm::LLVMContext::MD_prof, llvm::MDBuilder(module_.context()).createBranchWeights(weights));
}

void FunctionEmitter::finish(const ir::Terminator& term) {
  llvm::Value* reason = llvm::ConstantPointerNull::get(module_.pointer_type());
  if (term.reason != UINT32_MAX) reason = module_.text_constant(term.reason);
  for (std::size_t i = 0; i < module_.flow().info.fields.size(); ++i)
    if (module_.flow().info.fields[i].secret) clear(static_cast<std::int64_t>(i));
  builder_.CreateCall(module_.flow_end(),
                      {frame_, module_.int32(std::to_underlying(term.end)), module_.int32(term.outcome), reason});
  builder_.CreateRet(module_.int32(std::to_underlying(program::Verdict::changed)));
}

llvm::Value* FunctionEmitter::get(ir::Reg reg) {
  return slots_[reg] == nullptr ? values_[reg] : load(builder_.getInt64Ty(), slots_[reg]);
}

void FunctionEmitter::set(ir::Reg reg, llvm::Value* value) {
  if (reg == ir::kNoReg) return;
  if (reg == kind_) kind_ = ir::kNoReg;
  if (slots_[reg] == nullptr) {
    values_[reg] = value;
  } else {
    store(value, slots_[reg]);
  }
}

void FunctionEmitter::set_bool(ir::Reg reg, llvm::Value* bit) {
  set(reg, builder_.CreateZExt(bit, builder_.getInt64Ty()));
}

void FunctionEmitter::copy_text(llvm::Value* from, llvm::Value* to) {
  for (const std::uint64_t offset : {offsetof(program::FlowText, data), offsetof(program::FlowText, size)}) {
    llvm::Type* type = offset == 0 ? static_cast<llvm::Type*>(module_.pointer_type()) : builder_.getInt64Ty();
    llvm::Value* part = load(type, at(from, offset));
    store(part, at(to, offset));
  }
}

llvm::Value* FunctionEmitter::text_list(const std::vector<ir::Reg>& list) {
  if (list.empty()) return llvm::ConstantPointerNull::get(module_.pointer_type());
  for (std::size_t i = 0; i < list.size(); ++i) {
    llvm::Value* place = at(list_, i * sizeof(program::FlowText));
    if (is_constant_text(list[i]))
      store_text(only_[list[i]]->imm, place);
    else
      copy_text(slot(list[i]), place);
  }
  return list_;
}

llvm::Value* FunctionEmitter::load(llvm::Type* type, llvm::Value* address, const llvm::Twine& name) {
  return builder_.CreateAlignedLoad(type, address, llvm::Align(type->isIntegerTy(32) ? 4 : 8), name);
}

void FunctionEmitter::store(llvm::Value* value, llvm::Value* address) {
  builder_.CreateAlignedStore(value, address, llvm::Align(value->getType()->isIntegerTy(32) ? 4 : 8));
}

llvm::Value* FunctionEmitter::at(llvm::Value* base, std::uint64_t offset, const llvm::Twine& name) {
  if (offset == 0) return base;
  return builder_.CreateConstInBoundsGEP1_64(builder_.getInt8Ty(), base, offset, name);
}

void FunctionEmitter::trap_unless(llvm::Value* fine, program::Trap trap) {
  llvm::BasicBlock* on = llvm::BasicBlock::Create(module_.context(), "fine", target_);
  builder_.CreateCondBr(fine, on, trap_block(trap), llvm::MDBuilder(module_.context()).createLikelyBranchWeights());
  builder_.SetInsertPoint(on);
}

llvm::BasicBlock* FunctionEmitter::trap_block(program::Trap trap) {
  llvm::BasicBlock*& block = traps_[std::to_underlying(trap)];
  if (block == nullptr) {
    block = llvm::BasicBlock::Create(module_.context(), "trap", target_);
    llvm::IRBuilder<> builder(block);
    builder.CreateCall(module_.flow_trap(), {frame_, module_.int32(std::to_underlying(trap))});
    builder.CreateRet(module_.int32(std::to_underlying(program::Verdict::changed)));
  }
  return block;
}

}  // namespace flow::codegen
