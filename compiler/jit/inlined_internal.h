// The intrinsics that optimised code has inlined (runtime/program/inlined.h). Private to libflowjit.so.
#pragma once

#include <llvm/IR/Module.h>

#include "base/result.h"

namespace flow::jit {

// Gives each intrinsic of inlined.h that the module declares a body, which is inlined wherever it is called unless
// runtime/program/inlined.cpp or the call says otherwise. REQUIRES: the module has its triple and data layout.
Status link_inlined(llvm::Module& module);

}  // namespace flow::jit
