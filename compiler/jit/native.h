// Inside libflowjit.so: from a flow to machine code, in steps. No LLVM type is seen here.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "compiler/ir/ir.h"
#include "compiler/jit/library.h"

namespace flow::jit {

// What code is made for.
struct Target {
  std::string triple;
  std::string processor;  // LLVM's name: znver3
  std::string features;   // "+avx2,-sse4a,…"
};

// This machine, or the named processor of this machine's architecture.
Result<Target> target_for(const std::string& processor);

// LLVM's version, as it runs (not as it was compiled against).
std::string llvm_version();

// A flow as an LLVM module: verified when made, and after the passes.
class Unit {
 public:
  virtual ~Unit() = default;
  virtual std::string text() const = 0;
  virtual Status optimise(const Target& target) = 0;
  // Machine code in the form of an object file, or assembler. Uses the unit up.
  virtual Result<std::string> object(const Target& target, Level level) = 0;
  virtual Result<std::string> assembler(const Target& target, Level level) = 0;
};
// For people to read, values and blocks have names; making them takes a tenth of the time at baseline.
enum class Names : std::uint8_t { none, readable };
Result<std::unique_ptr<Unit>> make_unit(const ir::Flow& flow, Level level, Names names);

// Object code in memory, ready to run; `symbols` are what it may call. Anything else that it wants is an error.
Result<std::unique_ptr<Code>> link(std::string_view object, const Symbols& symbols, bool debugger);

}  // namespace flow::jit
