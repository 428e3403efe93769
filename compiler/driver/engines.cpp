#include "compiler/driver/engines.h"

#include <cstdio>

#include "compiler/interpret/interpreter.h"
#include "compiler/jit/jit.h"

namespace flow::driver {

std::vector<std::string> choose_engines(const std::string& asked) {
  if (asked == "both") return {kInterpreter, kJit};
  if (!asked.empty()) return {asked};
  const Status loaded = jit::load();
  if (loaded) return {kJit};
  fmt::print(stderr, "flowc: running on the interpreter, for there is no native code: {}\n", loaded.error().message);
  return {kInterpreter};
}

Result<std::unique_ptr<program::Program>> make_program(const std::string& engine,
                                                       const std::shared_ptr<const ir::Module>& module,
                                                       std::size_t flow) {
  if (engine == kInterpreter) return interpret::make_interpreter(module, flow);
  return jit::compile(module, static_cast<std::uint32_t>(flow),
                      {.level = jit::Level::baseline, .cache_folder = {}, .processor = {}});
}

}  // namespace flow::driver
