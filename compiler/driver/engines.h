// Which engine runs a flow, as a command line says it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "compiler/ir/ir.h"
#include "runtime/program/program.h"

namespace flow::driver {

inline constexpr const char* kInterpreter = "interpreter";
inline constexpr const char* kJit = "jit";

// `asked`: "interpreter", "jit", "both", or "" for native code where its library is installed, else the interpreter,
// which standard error is told.
std::vector<std::string> choose_engines(const std::string& asked);

// One of the two above. Native code is made quickly rather than well.
Result<std::unique_ptr<program::Program>> make_program(const std::string& engine,
                                                       const std::shared_ptr<const ir::Module>& module,
                                                       std::size_t flow);

}  // namespace flow::driver
