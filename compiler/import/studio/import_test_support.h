// Imports for tests: the texts, and what the checks say of them.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/diagnostics/diagnostic.h"
#include "compiler/import/format.h"
#include "compiler/source/source.h"

namespace flow::importing::studio {

struct Checked {
  Imported imported;
  std::vector<std::string> texts;  // of the flows
  std::string workspace;
  std::vector<std::string> proofs;  // of the flows, without those that stand in for others; empty: proven
  source::SourceMap sources;
  diagnostics::Sink sink;
  std::string findings() const;  // rendered
  std::string refused() const;   // the first note of what was not understood; empty: none
};

std::string read_file(const std::filesystem::path& path);

// Imports `text` (JSON, or what from_text takes), writes the flows and the workspace, and checks them together.
// Failures are failures of the test that calls it.
enum class Depth : std::uint8_t { check, prove };
Checked import_and_check(std::string_view text, const std::string& name = "imported", Depth depth = Depth::prove);

}  // namespace flow::importing::studio
