// How hard the parser had to work: for tests that hold the grammar to its promise. Internal to compiler/syntax.
#pragma once

#include <cstddef>
#include <optional>

#include "compiler/syntax/parse.h"

namespace flow::syntax {

struct ParseStatistics {
  bool second_pass = false;     // the fast pass (SLL) gave up
  std::size_t ambiguities = 0;  // decisions that full context could not, or had to, settle
};

// parse(), watched; slower.
std::optional<File> parse(const source::SourceMap& sources, source::FileId id, diagnostics::Sink& sink,
                          ParseStatistics& statistics);

}  // namespace flow::syntax
