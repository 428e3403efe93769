// Diagnostics as one JSON document for programs: docs/formats/diagnostics.md.
#pragma once

#include <string>

#include "compiler/diagnostics/diagnostic.h"
#include "compiler/source/source.h"

namespace flow::diagnostics {

inline constexpr int kJsonVersion = 1;

// One document, indented, with a line end at the end; the same input gives the same bytes.
std::string to_json(const source::SourceMap& sources, const Sink& sink);

}  // namespace flow::diagnostics
