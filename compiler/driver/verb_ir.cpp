// flowc ir FLOW: the flow's IR, or what LLVM makes of it.
#include <CLI/CLI.hpp>
#include <string>

#include "compiler/diagnostics/suggest.h"
#include "compiler/driver/compile.h"
#include "compiler/driver/output.h"
#include "compiler/driver/verb.h"
#include "compiler/ir/text.h"
#include "compiler/jit/jit.h"
#include "compiler/optimize/optimize.h"

namespace flow::driver {
namespace {

struct Options {
  std::string environment;
  std::string flow;
  std::string function;
  bool passes = false;
  bool llvm = false;
  bool assembler = false;
  bool optimised = false;
};

Result<std::string> text_of(const ir::Flow& source, const Options& options) {
  const jit::Level level = options.optimised ? jit::Level::optimised : jit::Level::baseline;
  if (options.llvm) return jit::llvm_text(source, level);
  if (options.assembler) {
    jit::Options native;
    native.level = level;
    return jit::assembler_text(source, native);
  }
  const ir::Flow flow = options.passes ? optimize::optimize(source) : source;
  if (options.function.empty()) return ir::print(flow);
  std::vector<std::string> names;
  for (const ir::Function& function : flow.functions) {
    if (function.name == options.function) return ir::print(flow, function);
    names.push_back(function.name);
  }
  return fail(ErrorCode::not_found, "flow `{}` has no function `{}`: {}", flow.info.name, options.function,
              diagnostics::did_you_mean(options.function, names));
}

int print_ir(const Options& options) {
  const auto chosen = compile_flow(options.flow, options.environment);
  if (!chosen) return could_not_run(chosen.error());
  if (report(*chosen->compilation, Warnings::leave_to_check)) return kExitFindings;
  const auto text = text_of(chosen->compilation->module->flows[chosen->flow], options);
  if (!text) return could_not_run(text.error());
  if (const Status written = write_output(*text); !written) return could_not_run(written.error());
  return kExitOk;
}

}  // namespace

void add_ir(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("ir", "Prints what a flow is compiled to (docs/formats/ir.md)");
  add_environment(*verb, options->environment);
  verb->add_option("FLOW", options->flow, "a flow's file, a folder with one flow, or a flow's name in this folder")
      ->required();
  CLI::Option* function =
      verb->add_option("--function", options->function, "only this function, such as \"enter sms\"");
  CLI::Option* passes = verb->add_flag("--passes", options->passes, "as engines run it, after the passes");
  CLI::Option* llvm =
      verb->add_flag("--llvm", options->llvm, "LLVM's text instead")->excludes(function)->excludes(passes);
  verb->add_flag("--assembler", options->assembler, "this machine's assembler instead")
      ->excludes(function)
      ->excludes(passes)
      ->excludes(llvm);
  verb->add_flag("--optimised", options->optimised, "of --llvm and --assembler: what LLVM's passes make of it");
  verb->callback([options, &action] { action = [options] { return print_ir(*options); }; });
}

}  // namespace flow::driver
