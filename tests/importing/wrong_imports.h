// Whether a text that an import did not write would be taken for a right import.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "compiler/driver/import_flows.h"
#include "compiler/import/fidelity/graph.h"

namespace flow::importing {

// A flow's graph; nothing when it is no flow that passes the checks.
struct Tried {
  std::optional<fidelity::Graph> graph;
  bool proven = false;
  std::string why;  // it is not
};

// Names of files and what they hold.
using Texts = std::vector<std::pair<std::string, std::string>>;

// workspace.flow, and the file's other flows.
Texts texts_beside(const driver::ImportedFile& file, const std::string& workspace_text, std::size_t flow);

// The file's flow of this number, had the import written `text`.
Tried attempt(const driver::ImportedFile& file, const Texts& beside, std::size_t flow, const std::string& text);

// The same graph, state by state from the start: then a mutant says the same in other words (`end` for `reached`).
bool same_graph(const fidelity::Graph& a, const fidelity::Graph& b);

}  // namespace flow::importing
