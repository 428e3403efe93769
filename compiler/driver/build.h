// What `flowc build` puts into a bundle besides the flows.
#pragma once

#include <string>

#include "base/result.h"
#include "compiler/driver/compile.h"

namespace flow::driver {

// The bundle of a compiled workspace, which has no errors. failed_precondition: no runtime can run all of it, something
// is kept from an import (F0908); other errors are those of write_bundle.
Result<std::string> make_bundle(const Compilation& compilation);

// The sections `declarations` and `certificate` (docs/formats/bundle.md) as JSON.
std::string declarations_json(const check::Workspace& workspace);
// Takes the guarantees out of `module` that a checker could not verify; the certificate names them.
std::string certificate_json(const CheckedWorkspace& checked, ir::Module& module);

}  // namespace flow::driver
