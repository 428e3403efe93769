// Text to syntax tree. The only door to the generated parser: nothing of ANTLR is in a header.
#pragma once

#include <optional>

#include "compiler/diagnostics/diagnostic.h"
#include "compiler/source/source.h"
#include "compiler/syntax/tree.h"

namespace flow::syntax {

// Parses the file `id`. Syntax errors go to `sink`, limits::kSyntaxErrorsMax of them and one that says that there are
// more; entries without an error on their own line are in the tree all the same, so that later stages can look at the
// rest. No tree comes back from a file that is too large or no UTF-8 text, that nests deeper than
// limits::kNestingDepthMax, or that has more errors than are reported. Never throws; takes time linear in the text.
std::optional<File> parse(const source::SourceMap& sources, source::FileId id, diagnostics::Sink& sink);

}  // namespace flow::syntax
