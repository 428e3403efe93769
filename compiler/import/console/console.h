// The console's JSON: the envelope, our own graph, and graphs of canvas libraries (docs/importing/console.md).
#pragma once

#include "compiler/import/format.h"

namespace flow::importing::console {

const Format& format();

}  // namespace flow::importing::console
