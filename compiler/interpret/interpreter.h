// Runs flow IR: the engine that is always there, needs no compilation, and by which compiled code is judged.
#pragma once

#include <cstddef>
#include <memory>

#include "compiler/ir/ir.h"
#include "runtime/program/program.h"

namespace flow::interpret {

// The program of module->flows[flow]: runs the passes (compiler/optimize), decodes the code once into a flat array and
// keeps the module alive.
// REQUIRES: the flow passed ir::verify().
std::unique_ptr<program::Program> make_interpreter(std::shared_ptr<const ir::Module> module, std::size_t flow);

// The same without the passes: by which all else is judged.
std::unique_ptr<program::Program> make_plain_interpreter(std::shared_ptr<const ir::Module> module, std::size_t flow);

}  // namespace flow::interpret
