#include "compiler/jit/inlined_internal.h"

#include <vector>

#include <llvm/Bitcode/BitcodeReader.h>
#include <llvm/Linker/Linker.h>
#include <llvm/Support/MemoryBuffer.h>

// As the compiler wrote it, word for word (runtime/program/inlined.cpp).
asm(R"(
  .pushsection .rodata
  .balign 16
  .globl flow_inlined_begin
  .hidden flow_inlined_begin
  .globl flow_inlined_end
  .hidden flow_inlined_end
flow_inlined_begin:
  .incbin ")" FLOW_INLINED_BITCODE R"("
flow_inlined_end:
  .popsection
)");

extern "C" const char flow_inlined_begin[];
extern "C" const char flow_inlined_end[];

namespace flow::jit {
namespace {

// What it was compiled for must not keep it from being inlined: it is for the machine that the flow is for.
void adopt(llvm::Function& function) {
  function.setLinkage(llvm::GlobalValue::InternalLinkage);
  for (const char* attribute : {"target-cpu", "target-features", "tune-cpu"}) function.removeFnAttr(attribute);
  if (!function.hasFnAttribute(llvm::Attribute::NoInline)) function.addFnAttr(llvm::Attribute::AlwaysInline);
}

}  // namespace

Status link_inlined(llvm::Module& module) {
  const llvm::StringRef bytes(flow_inlined_begin, static_cast<std::size_t>(flow_inlined_end - flow_inlined_begin));
  auto read = llvm::parseBitcodeFile(llvm::MemoryBufferRef(bytes, "inlined"), module.getContext());
  if (!read) return fail(ErrorCode::internal, "the inlined intrinsics: {}", llvm::toString(read.takeError()));
  (*read)->setTargetTriple(module.getTargetTriple());
  (*read)->setDataLayout(module.getDataLayout());
  std::vector<std::string> names;
  for (const llvm::Function& function : **read)
    if (!function.isDeclaration()) names.push_back(function.getName().str());
  if (llvm::Linker::linkModules(module, std::move(*read), llvm::Linker::Flags::LinkOnlyNeeded))
    return fail(ErrorCode::internal, "the inlined intrinsics do not link with the flow's code");
  for (const std::string& name : names)
    if (llvm::Function* function = module.getFunction(name); function != nullptr && !function->isDeclaration())
      adopt(*function);
  return {};
}

}  // namespace flow::jit
