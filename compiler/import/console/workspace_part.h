// What an exported flow needs of its workspace.flow: it goes along in the graph's `workspace`, so that the export can
// be imported anywhere (docs/formats/console.md).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "compiler/import/draft.h"

namespace flow::importing::console {

// The declarations of `workspace`, a workspace.flow, that the flow names, and those that these name; hosts that they
// ask; and the rules that hold for all its flows: regions, languages, zone, prices, limits, hours. In the canonical
// layout, without comments. Fails when `workspace` is no text of the language.
Result<std::string> workspace_part(std::string_view flow_name, std::string_view flow_text,
                                   const std::string& workspace);

struct WorkspacePart {
  std::vector<DraftEntry> named;  // channels, templates, functions, …, and hosts
  std::vector<DraftEntry> rules;
};

// Reads it again; channels that messages start flows on start `flow_name`. Fails when `text` is no text of the
// language, or declares what no export of ours has.
Result<WorkspacePart> read_workspace_part(const std::string& text, std::string_view flow_name);

}  // namespace flow::importing::console
