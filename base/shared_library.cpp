#include "base/shared_library.h"

#include <dlfcn.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>

namespace flow {
namespace {

namespace fs = std::filesystem;

// A path to `name` near the running program, or `name` itself for the system's search.
std::string find_library(const std::string& name) {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (error) return name;
  const fs::path folder = program.parent_path();
  for (const fs::path& place : {folder, folder.parent_path() / "lib" / "flow", folder.parent_path() / "bin"}) {
    const fs::path candidate = place / name;
    if (::access(candidate.c_str(), R_OK) == 0) return candidate.string();
  }
  return name;
}

std::string last_error() {
  const char* text = ::dlerror();
  return text == nullptr ? "unknown reason" : text;
}

}  // namespace

Result<void*> load_symbol(const std::string& name, const char* symbol) {
  // RTLD_LOCAL: what such a library brings along must not answer for symbols of the program.
  void* library = ::dlopen(find_library(name).c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    return fail(ErrorCode::failed_precondition,
                "cannot load {}: {}; install it beside the program, with the packages that scripts/setup names", name,
                last_error());
  }
  void* address = ::dlsym(library, symbol);
  if (address == nullptr) {
    return fail(ErrorCode::failed_precondition, "{} is of another build than this program: it has no {}", name, symbol);
  }
  return address;
}

}  // namespace flow
