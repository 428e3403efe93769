// Which build of the library or program this is.
#pragma once

#include <string>

namespace flow::jit {

// The linker's build id of the library or program that this function is in, in hexadecimal: another build, another id.
// Empty when it was linked without one.
std::string build_id();

}  // namespace flow::jit
