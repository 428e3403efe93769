// Loading a shared library of ours on first use, so that a program which never needs it never pays for it: the JIT
// brings libLLVM (12 ms, 51 MB), phone numbers bring libphonenumber and ICU (2 ms).
#pragma once

#include <string>

#include "base/result.h"

namespace flow {

// The address of `symbol` in library `name` ("libflowjit.so"), which is looked for beside the running program, in
// ../lib/flow (installed) and ../bin (built) beside that, and then where the system looks. The library stays loaded.
// Any thread. Fails with failed_precondition and what to do: missing, damaged, or of another build.
Result<void*> load_symbol(const std::string& name, const char* symbol);

// What our library offers as a whole: the answer of its function `symbol`, a `const Library* (*)()`. Likewise.
template <typename Library>
Result<const Library*> load_library(const std::string& name, const char* symbol) {
  const auto found = load_symbol(name, symbol);
  if (!found) return std::unexpected(found.error());
  return reinterpret_cast<const Library* (*)()>(*found)();
}

}  // namespace flow
