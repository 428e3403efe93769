#include "compiler/jit/jit.h"

#include <cstring>
#include <utility>

#include "base/check.h"
#include "base/shared_library.h"
#include "compiler/jit/native_program.h"
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

class CompiledFlow final : public NativeProgram {
 public:
  CompiledFlow(std::shared_ptr<const void> owner, const program::FlowInfo& info, std::span<const std::string> texts,
               std::unique_ptr<Code> code)
      : owner_(std::move(owner)), info_(info), texts_(texts), code_(std::move(code)), table_(code_->table()) {}

  const program::FlowInfo& info() const override { return info_; }
  std::span<const std::string> texts() const override { return texts_; }

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

  std::shared_ptr<const void> owner_;  // of info and texts
  const program::FlowInfo& info_;
  std::span<const std::string> texts_;
  std::unique_ptr<Code> code_;
  const program::FlowEntry* table_;
};

}  // namespace

const Result<const Library*>& library() {
  static const auto loaded = load_library<Library>(kLibraryName, kLibrarySymbol);
  return loaded;
}

Result<std::unique_ptr<Code>> compile_code(const ir::Flow& flow, const Options& options, Report* report) {
  if (!library()) return std::unexpected(library().error());
  Report local;
  return (*library())->compile(flow, options, symbols(), report != nullptr ? *report : local);
}

std::unique_ptr<NativeProgram> make_native_program(std::shared_ptr<const void> owner, const program::FlowInfo& info,
                                                   std::span<const std::string> texts, std::unique_ptr<Code> code) {
  return std::make_unique<CompiledFlow>(std::move(owner), info, texts, std::move(code));
}

Status load() {
  if (!library()) return std::unexpected(library().error());
  return {};
}

Result<std::unique_ptr<NativeProgram>> compile(std::shared_ptr<const ir::Module> module, std::uint32_t flow,
                                               const Options& options, Report* report) {
  FLOW_CHECK(module != nullptr && flow < module->flows.size(), "flow {} of the module", flow);
  const ir::Flow& source = module->flows[flow];
  auto code = compile_code(source, options, report);
  if (!code) return std::unexpected(code.error());
  return make_native_program(std::move(module), source.info, source.texts, std::move(*code));
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
