#include "compiler/jit/jit.h"

#include <cstring>
#include <utility>

#include "base/check.h"
#include "base/shared_library.h"
#include "compiler/jit/library.h"
#include "runtime/program/choice.h"
#include "runtime/program/intrinsics.h"

namespace flow::jit {
namespace {

// What compiled code may call: the intrinsics, and what LLVM makes of copies and comparisons.
std::span<const Symbol> symbols() {
  static const Symbol table[] = {
#define FLOW_INTRINSIC(name, memory) {#name, reinterpret_cast<void*>(&::name)},
#include "compiler/codegen/intrinsics.def"
#undef FLOW_INTRINSIC
      {"memcpy", reinterpret_cast<void*>(static_cast<void* (*)(void*, const void*, std::size_t)>(&std::memcpy))},
      {"memmove", reinterpret_cast<void*>(static_cast<void* (*)(void*, const void*, std::size_t)>(&std::memmove))},
      {"memset", reinterpret_cast<void*>(static_cast<void* (*)(void*, int, std::size_t)>(&std::memset))},
  };
  return table;
}

const Result<const Library*>& library() {
  static const Result<const Library*> loaded = []() -> Result<const Library*> {
    auto symbol = load_symbol(kLibraryName, kLibrarySymbol);
    if (!symbol) return std::unexpected(symbol.error());
    return reinterpret_cast<LibraryFunction>(*symbol)();
  }();
  return loaded;
}

class CompiledFlow final : public NativeProgram {
 public:
  CompiledFlow(std::shared_ptr<const ir::Module> module, const ir::Flow& flow, std::unique_ptr<Code> code)
      : module_(std::move(module)), flow_(flow), info_(flow.info), code_(std::move(code)), table_(code_->table()) {}

  const program::FlowInfo& info() const override { return info_; }
  std::span<const std::string> texts() const override { return flow_.texts; }

  std::size_t code_bytes() const override { return code_->bytes(); }
  void drop_code() override { code_->drop_code(); }

  program::Verdict advance(program::Frame& frame, const program::FlowEvent& event) const override {
    frame.begin_event();
    program::FlowFrame& raw = frame.raw();
    FLOW_CHECK(raw.resting >= program::kEnded && raw.resting < static_cast<std::int32_t>(info_.steps.size()),
               "an execution of {} rests in step {}", info_.name, raw.resting);
    return static_cast<program::Verdict>(call(raw, event));
  }

 private:
  // Compiled code carries no type marks for the sanitizer to look at.
#if defined(__clang__)
  [[clang::no_sanitize("function")]]
#endif
  std::int32_t call(program::FlowFrame& raw, const program::FlowEvent& event) const {
    std::int32_t answer = table_[raw.resting - program::kEnded](&raw, &event);
    while (answer >= program::kGoOn) answer = table_[answer - program::kGoOn](&raw, &event);
    return answer;
  }

  std::shared_ptr<const ir::Module> module_;
  const ir::Flow& flow_;
  const program::FlowInfo& info_;
  std::unique_ptr<Code> code_;
  const program::FlowEntry* table_;
};

}  // namespace

Status load() {
  if (!library()) return std::unexpected(library().error());
  return {};
}

Result<std::unique_ptr<NativeProgram>> compile(std::shared_ptr<const ir::Module> module, std::uint32_t flow,
                                               const Options& options, Report* report) {
  FLOW_CHECK(module != nullptr && flow < module->flows.size(), "flow {} of the module", flow);
  if (!library()) return std::unexpected(library().error());
  Report local;
  auto code = (*library())->compile(module->flows[flow], options, symbols(), report != nullptr ? *report : local);
  if (!code) return std::unexpected(code.error());
  const ir::Flow& source = module->flows[flow];
  return std::make_unique<CompiledFlow>(std::move(module), source, std::move(*code));
}

Result<std::string> llvm_text(const ir::Flow& flow, Level level) {
  if (!library()) return std::unexpected(library().error());
  return (*library())->llvm_text(flow, level);
}

Result<std::string> assembler_text(const ir::Flow& flow, const Options& options) {
  if (!library()) return std::unexpected(library().error());
  return (*library())->assembler_text(flow, options);
}

}  // namespace flow::jit
