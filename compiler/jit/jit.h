// Native code for a flow. All of LLVM is behind this header, in a shared library (libflowjit.so) that is loaded on the
// first compile(): programs that only check or format flows do not pay for it (12 ms and 51 MB).
//
// Any thread may call anything here. docs/compile.md tells what happens inside.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/limits.h"
#include "base/result.h"
#include "compiler/ir/ir.h"
#include "runtime/program/program.h"

namespace flow::jit {

enum class Level : std::uint8_t {
  baseline,  // quick to make: a fifth of the time, code nearly as fast
  optimised,
};

struct Options {
  Level level = Level::optimised;
  std::string cache_folder{};  // empty: object code is not kept
  std::string processor{};     // LLVM's name, "x86-64-v2"; empty: this machine with all it can do
  // Names the flow's IR in the cache: a digest of its text, say. Empty: compile() prints the IR and makes one, which
  // for a large flow takes longer than loading its code.
  std::string identity{};
  bool cached_only = false;  // not_found when the cache has no code
  std::size_t code_bytes_max = limits::kObjectCodeBytesMax;
  bool debugger = false;  // tells gdb the names of the compiled functions
};

// How a compile() went, for logs, benchmarks and tests.
struct Report {
  bool from_cache = false;
  std::size_t object_bytes = 0;
  bool cache_damaged = false;  // the cache had something in this place that could not be used; it was made again
  std::string cache_problem;   // why the code was not read or kept; empty: nothing went wrong
};

// A flow in machine code.
class NativeProgram : public program::Program {
 public:
  virtual std::size_t code_bytes() const = 0;  // memory that its code and constants take
  // Unmaps the code. The constants stay, for frames may point at them, until the program goes.
  // REQUIRES: no thread is in advance(), and none will be.
  virtual void drop_code() = 0;
};

// Loads the library now. failed_precondition with a remedy when it is missing.
Status load();

// The program of modules->flows[flow], which must have passed ir::verify(). It keeps what it needs of the module
// alive. A cache that cannot be used is not an error (Report::cache_problem says why).
// resource_exhausted: the code would be larger than allowed. failed_precondition: no library, unknown processor.
// internal: LLVM refused our code.
Result<std::unique_ptr<NativeProgram>> compile(std::shared_ptr<const ir::Module> module, std::uint32_t flow,
                                               const Options& options, Report* report = nullptr);

// LLVM's text for the flow: as generated (baseline) or after the passes (optimised). Without anything of this machine
// in it at baseline. Fails as compile() does.
Result<std::string> llvm_text(const ir::Flow& flow, Level level);

// Assembler for the flow, as compile() would make it.
Result<std::string> assembler_text(const ir::Flow& flow, const Options& options);

}  // namespace flow::jit
