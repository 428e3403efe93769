// [secrets], [functions.NAME], [models.NAME], [desks.NAME]: what stands behind the names that workspaces give to what
// flows ask.
#pragma once

#include "runtime/config/config.h"
#include "runtime/config/reader.h"

namespace flow::config {

void read_bindings(Source& source, Reader& root, Bindings& bindings);

}  // namespace flow::config
