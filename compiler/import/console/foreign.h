// Reads graphs that the console or a canvas library wrote: what it knows becomes components of the language, the rest
// is kept as `extern` where its wiring is clear, or named by a note. Nothing is guessed (docs/importing/console.md).
#pragma once

#include "compiler/import/format.h"

namespace flow::importing::console {

// `graph` stands at `pointer`; `envelope` is what it came in, or null.
Imported read_foreign(const Json& graph, const std::string& pointer, const Json* envelope, const Options& options);

}  // namespace flow::importing::console
