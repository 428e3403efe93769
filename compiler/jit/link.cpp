// Object code → runnable memory, by ORC: for debuggers, and where there are no images. The only file with ORC's
// headers.
#include <llvm/ExecutionEngine/JITLink/EHFrameSupport.h>
#include <llvm/ExecutionEngine/Orc/DebugObjectManagerPlugin.h>
#include <llvm/ExecutionEngine/Orc/EPCDebugObjectRegistrar.h>
#include <llvm/ExecutionEngine/Orc/LLJIT.h>
#include <llvm/ExecutionEngine/Orc/ObjectLinkingLayer.h>
#include <llvm/ExecutionEngine/Orc/TargetProcess/JITLoaderGDB.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/TargetSelect.h>

#include "compiler/codegen/codegen_internal.h"
#include "compiler/jit/native.h"

namespace flow::jit {
namespace {

class LinkedCode final : public Code {
 public:
  LinkedCode(std::unique_ptr<llvm::orc::LLJIT> session, const program::FlowEntry* table, std::size_t bytes)
      : session_(std::move(session)), table_(table), bytes_(bytes) {}

  const program::FlowEntry* table() const override { return table_; }
  std::size_t bytes() const override { return bytes_; }
  void drop_code() override {}  // ORC gives all of it back or nothing: it goes with the program

 private:
  std::unique_ptr<llvm::orc::LLJIT> session_;
  const program::FlowEntry* table_;
  std::size_t bytes_;
};

std::unexpected<Error> refused(const char* what, llvm::Error error) {
  return fail(ErrorCode::internal, "{}: {}", what, llvm::toString(std::move(error)));
}

llvm::Error define(llvm::orc::LLJIT& session, const Symbols& symbols) {
  llvm::orc::SymbolMap map;
  for (const Symbol& symbol : symbols) {
    map[session.mangleAndIntern(symbol.name)] = {llvm::orc::ExecutorAddr::fromPtr(symbol.address),
                                                 llvm::JITSymbolFlags::Exported | llvm::JITSymbolFlags::Callable};
  }
  return session.getMainJITDylib().define(llvm::orc::absoluteSymbols(std::move(map)));
}

// orc::enableDebuggerSupport() looks for the registration function among the process's symbols, where it is not: this
// library was loaded for itself alone. So it is named here.
void tell_debugger(llvm::orc::LLJIT& session) {
  auto& layer = static_cast<llvm::orc::ObjectLinkingLayer&>(session.getObjLinkingLayer());
  auto registrar = std::make_unique<llvm::orc::EPCDebugObjectRegistrar>(
      session.getExecutionSession(), llvm::orc::ExecutorAddr::fromPtr(&llvm_orc_registerJITLoaderGDBWrapper));
  layer.addPlugin(std::make_unique<llvm::orc::DebugObjectManagerPlugin>(
      session.getExecutionSession(), std::move(registrar), /*RequireDebugSections=*/false, /*AutoRegisterCode=*/true));
}

llvm::Expected<std::unique_ptr<llvm::orc::ObjectLayer>> make_layer(llvm::orc::ExecutionSession& session,
                                                                   const llvm::Triple&) {
  auto layer = std::make_unique<llvm::orc::ObjectLinkingLayer>(session);
  layer->addPlugin(std::make_unique<llvm::orc::EHFrameRegistrationPlugin>(
      session, std::make_unique<llvm::jitlink::InProcessEHFrameRegistrar>()));
  return layer;
}

}  // namespace

Result<std::unique_ptr<Code>> link(std::string_view object, const Symbols& symbols, bool debugger) {
  llvm::InitializeNativeTarget();
  // Nothing of the process is visible to compiled code but `symbols`; no initialisers run.
  auto session = llvm::orc::LLJITBuilder()
                     .setLinkProcessSymbolsByDefault(false)
                     .setObjectLinkingLayerCreator(make_layer)
                     .setPlatformSetUp(llvm::orc::setUpInactivePlatform)
                     .create();
  if (!session) return refused("cannot start the JIT", session.takeError());
  if (debugger) {
    tell_debugger(**session);
  }
  if (auto error = define(**session, symbols)) return refused("cannot define symbols", std::move(error));
  auto buffer = llvm::MemoryBuffer::getMemBufferCopy(llvm::StringRef(object.data(), object.size()), "flow");
  if (auto error = (*session)->addObjectFile(std::move(buffer))) {
    return refused("the object code does not load", std::move(error));
  }
  auto table = (*session)->lookup(codegen::kTableSymbol);
  if (!table) return refused("the object code does not link", table.takeError());
  const auto* entries = table->toPtr<const program::FlowEntry*>();
  return std::make_unique<LinkedCode>(std::move(*session), entries, object.size());
}

}  // namespace flow::jit
