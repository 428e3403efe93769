// Between jit.cpp, which is part of programs, and libflowjit.so, which has LLVM: what the latter exports.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/result.h"
#include "compiler/ir/ir.h"
#include "compiler/jit/jit.h"
#include "compiler/jit/pages.h"

namespace flow::jit {

// Runnable code. Owns its memory.
class Code {
 public:
  virtual ~Code() = default;
  // An entry for each value of FlowFrame::resting, from codegen::kTableBase below zero on.
  virtual const program::FlowEntry* table() const = 0;
  virtual std::size_t bytes() const = 0;  // of memory
  // Unmaps the code and keeps the constants. REQUIRES: nobody runs it any more.
  virtual void drop_code() = 0;
};

// A function of the program that compiled code calls by name.
struct Symbol {
  const char* name;
  void* address;
};
using Symbols = std::span<const Symbol>;

struct Library {
  Result<std::unique_ptr<Code>> (*compile)(const ir::Flow& flow, const Options& options, Symbols symbols,
                                           Report& report);
  Result<std::string> (*llvm_text)(const ir::Flow& flow, Level level);
  Result<std::string> (*assembler_text)(const ir::Flow& flow, const Options& options);
  // What is known of a bundle that this build of library and reader has read (known_bundle.h). Not mapped: nothing, or
  // nothing that can be used.
  Pages (*find)(std::string_view bundle, std::string_view reader_build, const std::string& cache_folder);
  Status (*keep)(std::string_view bundle, std::string_view reader_build, const std::string& cache_folder,
                 std::string_view known);
};

inline constexpr const char* kLibraryName = "libflowjit.so";
// The number is raised with every change of this header, so that a library of another build is refused.
inline constexpr const char* kLibrarySymbol = "flow_jit_library_4";

}  // namespace flow::jit
