// Between the files of flow_jit: the library, and programs made of what it gives. Private to compiler/jit.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "compiler/jit/jit.h"
#include "compiler/jit/library.h"

namespace flow::jit {

const Result<const Library*>& library();

// Library::compile with what compiled code may call.
Result<std::unique_ptr<Code>> compile_code(const ir::Flow& flow, const Options& options, Report* report);

// `info` and `texts` are parts of what `owner` keeps.
std::unique_ptr<NativeProgram> make_native_program(std::shared_ptr<const void> owner, const program::FlowInfo& info,
                                                   std::span<const std::string> texts, std::unique_ptr<Code> code);

}  // namespace flow::jit
