// Text to syntax tree. The only door to the generated parser: nothing of ANTLR is in a header.
#pragma once

#include <optional>

#include "compiler/diagnostics/diagnostic.h"
#include "compiler/source/source.h"
#include "compiler/syntax/tree.h"

namespace flow::syntax {

// Parses the file `id`. Syntax errors go to `sink` (limits::kSyntaxErrorsMax at most); entries that parsed are in the
// tree all the same, so that later stages can look at the rest. No tree comes back when nesting passed
// limits::kNestingDepthMax. Never throws; time is linear in the text but for the error recovery, which is bounded.
std::optional<File> parse(const source::SourceMap& sources, source::FileId id, diagnostics::Sink& sink);

}  // namespace flow::syntax
