#include <algorithm>

#include "base/check.h"
#include "compiler/codegen/emitter_internal.h"

namespace flow::codegen {
namespace {

// A name from the flow as a symbol: with a prefix that no name of ours has, and printable, so that no flow can stand
// in for an intrinsic or confuse a tool.
std::string symbol_name(const std::string& name) {
  std::string symbol = "fn " + name;
  std::ranges::replace_if(symbol, [](unsigned char c) { return c < 0x20 || c >= 0x7f; }, '_');
  return symbol;
}

}  // namespace

std::unique_ptr<llvm::Module> generate(llvm::LLVMContext& context, const ir::Flow& flow, Aim aim) {
  auto module = std::make_unique<llvm::Module>("flow", context);
  ModuleEmitter(*module, flow, aim).run();
  return module;
}

ModuleEmitter::ModuleEmitter(llvm::Module& module, const ir::Flow& flow, Aim aim)
    : module_(module),
      flow_(flow),
      aim_(aim),
      text_type_(llvm::StructType::create({pointer_type(), llvm::Type::getInt64Ty(context())}, "flow.text")),
      bytes_(flow.texts.size()),
      texts_(flow.texts.size()),
      sites_(flow.sends.size()) {}

void ModuleEmitter::run() {
  declare_functions();
  emit_table();
  for (std::size_t i = 0; i < functions_.size(); ++i) FunctionEmitter(*this, flow_.functions[i], functions_[i]).run();
}

void ModuleEmitter::declare_functions() {
  auto* type = signature(static_cast<program::FlowEntry>(nullptr));
  for (const ir::Function& source : flow_.functions) {
    auto* function =
        llvm::Function::Create(type, llvm::GlobalValue::InternalLinkage, symbol_name(source.name), module_);
    function->setDoesNotThrow();
    // Profilers and debuggers walk by frame pointers. No unwind tables: nothing throws, and JITLink takes a square of
    // their number to load them.
    function->addFnAttr("frame-pointer", "all");
    function->getArg(0)->setName("frame");
    function->getArg(1)->setName("event");
    functions_.push_back(function);
  }
}

// Steps that never rest have an entry as well, which ignores every event: a table has no holes to fall into.
void ModuleEmitter::emit_table() {
  auto* type = signature(static_cast<program::FlowEntry>(nullptr));
  llvm::Function* nowhere = nullptr;
  std::vector<llvm::Constant*> entries = {functions_[flow_.ended], functions_[flow_.start]};
  for (const std::int32_t handler : flow_.handle) {
    if (handler >= 0) {
      entries.push_back(functions_[static_cast<std::size_t>(handler)]);
      continue;
    }
    if (nowhere == nullptr) {
      nowhere = llvm::Function::Create(type, llvm::GlobalValue::InternalLinkage, "flow_rests_nowhere", module_);
      nowhere->setDoesNotThrow();
      llvm::IRBuilder<> builder(llvm::BasicBlock::Create(context(), "", nowhere));
      builder.CreateRet(int32(static_cast<std::int32_t>(program::Verdict::ignored)));
    }
    entries.push_back(nowhere);
  }
  if (aim_ == Aim::quick_to_make) entries.insert(entries.end(), functions_.begin(), functions_.end());
  auto* array = llvm::ArrayType::get(pointer_type(), entries.size());
  new llvm::GlobalVariable(module_, array, true, llvm::GlobalValue::ExternalLinkage,
                           llvm::ConstantArray::get(array, entries), kTableSymbol);
}

std::int32_t ModuleEmitter::place_of(std::uint32_t function) const {
  return kTableBase + static_cast<std::int32_t>(flow_.handle.size() + function);
}

llvm::ConstantInt* ModuleEmitter::int32(std::int64_t value) {
  return llvm::ConstantInt::getSigned(llvm::Type::getInt32Ty(context()), value);
}

llvm::ConstantInt* ModuleEmitter::int64(std::int64_t value) {
  return llvm::ConstantInt::getSigned(llvm::Type::getInt64Ty(context()), value);
}

llvm::Constant* ModuleEmitter::bytes(std::uint32_t text) {
  if (bytes_[text] != nullptr) return bytes_[text];
  // The zero byte at the end is not part of the text: it keeps the empty one from having no address.
  llvm::Constant* data = llvm::ConstantDataArray::getString(context(), flow_.texts[text], /*AddNull=*/true);
  auto* global = new llvm::GlobalVariable(module_, data->getType(), true, llvm::GlobalValue::PrivateLinkage, data,
                                          llvm::Twine("text.") + llvm::Twine(text));
  global->setUnnamedAddr(llvm::GlobalValue::UnnamedAddr::Global);
  return bytes_[text] = global;
}

llvm::Constant* ModuleEmitter::text_constant(std::uint32_t text) {
  if (texts_[text] != nullptr) return texts_[text];
  llvm::Constant* value =
      llvm::ConstantStruct::get(text_type_, {bytes(text), int64(static_cast<std::int64_t>(flow_.texts[text].size()))});
  return texts_[text] = new llvm::GlobalVariable(module_, text_type_, true, llvm::GlobalValue::PrivateLinkage, value,
                                                 llvm::Twine("reason.") + llvm::Twine(text));
}

llvm::Constant* ModuleEmitter::send_site(std::uint32_t site) {
  if (sites_[site] != nullptr) return sites_[site];
  const ir::SendSite& send = flow_.sends[site];
  // FlowSendSite, member by member.
  llvm::Constant* value = llvm::ConstantStruct::getAnon(
      {int32(send.step), int32(static_cast<std::int32_t>(send.channel)), int32(send.template_index),
       int32(send.content), int64(send.ttl_ms), int32(send.secret ? 1 : 0), int32(0)});
  static_assert(sizeof(program::FlowSendSite) == 32 && offsetof(program::FlowSendSite, content) == 12 &&
                offsetof(program::FlowSendSite, ttl_ms) == 16 && offsetof(program::FlowSendSite, secret) == 24);
  return sites_[site] = new llvm::GlobalVariable(module_, value->getType(), true, llvm::GlobalValue::PrivateLinkage,
                                                 value, llvm::Twine("send.") + llvm::Twine(site));
}

llvm::FunctionCallee ModuleEmitter::declare(const char* name, llvm::FunctionType* type, Memory memory) {
  llvm::FunctionCallee callee = module_.getOrInsertFunction(name, type);
  auto* function = llvm::cast<llvm::Function>(callee.getCallee());
  function->setDoesNotThrow();
  function->setWillReturn();
  if (memory == k_reads) function->setOnlyReadsMemory();
  return callee;
}

}  // namespace flow::codegen
