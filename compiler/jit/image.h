// Machine code that is linked but for where it will lie and for the functions it calls: what the cache keeps, and what
// runs where it was read. No LLVM type is seen here.
//
// An image is its code, which is never writable once it can run, and on the pages after it its constants, which are
// never executable. Only x86-64 has images.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "compiler/jit/library.h"
#include "compiler/jit/pages.h"

namespace flow::jit {

// Whether code for the triple can become an image; else link() loads its object code (native.h).
bool has_images(std::string_view triple);

// Links an object file that has the symbol codegen::kTableSymbol. internal: it has something in it that no image can
// have (writable data, an unknown relocation).
Result<std::string> make_image(std::string_view object);

// Code that runs, where `image` lies; `symbols` are what it may call. internal: these are no bytes of make_image(), or
// it calls something else. resource_exhausted: it cannot be made executable. Checks bounds, not sense: whoever keeps
// images guards them with a checksum.
Result<std::unique_ptr<Code>> load_image(Pages image, const Symbols& symbols);

}  // namespace flow::jit
