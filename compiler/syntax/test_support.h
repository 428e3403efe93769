// For the tests of compiler/syntax: parse a text, look at what was said about it.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "compiler/diagnostics/diagnostic.h"
#include "compiler/source/source.h"
#include "compiler/syntax/parse_statistics.h"

namespace flow::syntax {

struct Parsed {
  source::SourceMap sources;
  diagnostics::Sink sink;
  ParseStatistics statistics;
  std::optional<File> file;

  // "F0104 2:9 this text never ends", one line each.
  std::string errors() const;
};

Parsed parse_text(std::string text, bool watched = false);

struct Example {
  std::string name;
  std::string text;
};
// The .flow files of tests/golden/examples, and of compiler/syntax/testdata: every component, setting, entry of a
// workspace and line of a test that the language has.
std::vector<Example> examples();

}  // namespace flow::syntax
