// A flow as an LLVM module, its passes and its machine code. The only file with LLVM's pass and target headers.
#include <mutex>

#include <llvm/ADT/SmallVector.h>
#include <llvm/Config/llvm-config.h>
#include <llvm/IR/LegacyPassManager.h>
#include <llvm/IR/Verifier.h>
#include <llvm/MC/MCSubtargetInfo.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Passes/PassBuilder.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Target/TargetMachine.h>
#include <llvm/TargetParser/Host.h>

#include "compiler/codegen/codegen_internal.h"
#include "compiler/jit/inlined_internal.h"
#include "compiler/jit/native.h"

namespace flow::jit {
namespace {

void initialise() {
  static std::once_flag once;
  std::call_once(once, [] {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
    llvm::InitializeNativeTargetAsmParser();
  });
}

const llvm::Target* lookup(const std::string& triple, std::string& error) {
  initialise();
  return llvm::TargetRegistry::lookupTarget(triple, error);
}

Result<std::unique_ptr<llvm::TargetMachine>> machine_for(const Target& target, Level level) {
  std::string error;
  const llvm::Target* known = lookup(target.triple, error);
  if (known == nullptr) return fail(ErrorCode::failed_precondition, "LLVM knows no {}: {}", target.triple, error);
  const auto effort = level == Level::baseline ? llvm::CodeGenOptLevel::None : llvm::CodeGenOptLevel::Less;
  // Position-independent: what is linked next may lie anywhere, far from the program, and is kept on disk.
  std::unique_ptr<llvm::TargetMachine> machine(
      known->createTargetMachine(target.triple, target.processor, target.features, llvm::TargetOptions(),
                                 llvm::Reloc::PIC_, llvm::CodeModel::Small, effort, /*JIT=*/true));
  if (machine == nullptr) return fail(ErrorCode::internal, "LLVM makes no code for {}", target.triple);
  return machine;
}

class LlvmUnit final : public Unit {
 public:
  LlvmUnit(const ir::Flow& flow, Level level, Names names) {
    context_.setDiscardValueNames(names == Names::none);
    module_ = codegen::generate(context_, flow,
                                level == Level::baseline ? codegen::Aim::quick_to_make : codegen::Aim::quick_to_run);
  }

  Status verify(const char* when) const {
    std::string problems;
    llvm::raw_string_ostream out(problems);
    if (!llvm::verifyModule(*module_, &out)) return {};
    return fail(ErrorCode::internal, "LLVM's verifier refuses the code {}: {}", when,
                problems.substr(0, problems.find('\n')));
  }

  std::string text() const override {
    std::string text;
    llvm::raw_string_ostream out(text);
    module_->print(out, nullptr);
    return text;
  }

  Status optimise(const Target& target) override {
    auto machine = prepare(target, Level::optimised);
    if (!machine) return std::unexpected(machine.error());
    if (auto linked = link_inlined(*module_); !linked) return linked;
    llvm::LoopAnalysisManager loops;
    llvm::FunctionAnalysisManager functions;
    llvm::CGSCCAnalysisManager components;
    llvm::ModuleAnalysisManager modules;
    llvm::PassBuilder builder(machine->get());
    builder.registerModuleAnalyses(modules);
    builder.registerCGSCCAnalyses(components);
    builder.registerFunctionAnalyses(functions);
    builder.registerLoopAnalyses(loops);
    builder.crossRegisterProxies(loops, functions, components, modules);
    builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O1).run(*module_, modules);
    return verify("after the passes");
  }

  Result<std::string> object(const Target& target, Level level) override {
    return emit(target, level, llvm::CodeGenFileType::ObjectFile);
  }

  Result<std::string> assembler(const Target& target, Level level) override {
    return emit(target, level, llvm::CodeGenFileType::AssemblyFile);
  }

 private:
  Result<std::unique_ptr<llvm::TargetMachine>> prepare(const Target& target, Level level) {
    auto machine = machine_for(target, level);
    if (!machine) return machine;
    module_->setTargetTriple(target.triple);
    module_->setDataLayout((*machine)->createDataLayout());
    return machine;
  }

  Result<std::string> emit(const Target& target, Level level, llvm::CodeGenFileType type) {
    auto machine = prepare(target, level);
    if (!machine) return std::unexpected(machine.error());
    llvm::SmallVector<char, 0> bytes;
    llvm::raw_svector_ostream out(bytes);
    llvm::legacy::PassManager passes;
    if ((*machine)->addPassesToEmitFile(passes, out, nullptr, type)) {
      return fail(ErrorCode::internal, "LLVM writes no such file for {}", target.triple);
    }
    passes.run(*module_);
    return std::string(bytes.data(), bytes.size());
  }

  llvm::LLVMContext context_;
  std::unique_ptr<llvm::Module> module_;
};

}  // namespace

std::string llvm_version() {
  return LLVM_VERSION_STRING;
}

Result<Target> target_for(const std::string& processor) {
  Target target{llvm::sys::getProcessTriple(), processor, ""};
  std::string error;
  const llvm::Target* known = lookup(target.triple, error);
  if (known == nullptr) return fail(ErrorCode::failed_precondition, "LLVM knows no {}: {}", target.triple, error);
  if (processor.empty()) {
    target.processor = llvm::sys::getHostCPUName().str();
    const auto host = llvm::sys::getHostCPUFeatures();
    std::vector<std::string> features;  // sorted: the map's order is of no promise, and the text is part of a key
    for (const auto& feature : host) features.push_back((feature.second ? "+" : "-") + feature.first().str());
    std::ranges::sort(features);
    target.features = fmt::format("{}", fmt::join(features, ","));
    return target;
  }
  const std::unique_ptr<llvm::MCSubtargetInfo> info(known->createMCSubtargetInfo(target.triple, "", ""));
  if (info == nullptr || !info->isCPUStringValid(processor)) {
    return fail(ErrorCode::failed_precondition, "LLVM knows no processor `{}` for {}", processor, target.triple);
  }
  return target;
}

Result<std::unique_ptr<Unit>> make_unit(const ir::Flow& flow, Level level, Names names) {
  auto unit = std::make_unique<LlvmUnit>(flow, level, names);
  if (auto fine = unit->verify("as generated"); !fine) return std::unexpected(fine.error());
  return unit;
}

}  // namespace flow::jit
