// Finds and reads the files of a workspace: the folder that holds `workspace.flow`, with the .flow files beside it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "compiler/source/source.h"

namespace flow::driver {

struct WorkspaceFiles {
  std::string folder;                 // as given, or where a given file lies
  bool whole = false;                 // `flows` are all that there are
  source::FileId workspace{};         // workspace.flow
  std::vector<source::FileId> flows;  // the others, by name
  std::vector<source::FileId> tests;  // *.test.flow, by name
  std::string environment;            // of the workspace, as a command line names it; empty: none
};

// Is it a file of tests, by its name?
bool is_test_file(std::string_view path);

// Adds to `names` the files of flows in `folder` that a text seems to call, launch or forward to, as far as they are
// there and not among `names`.
void add_started_files(std::string_view text, const std::string& folder, std::vector<std::string>& names);

// Adds to `names` the files of flows in `folder`, not among them, that seem to start one of them.
Status add_starting_files(const std::string& folder, std::vector<std::string>& names);

// Reads the workspaces that `paths` name into `sources`. A path is a folder with a `workspace.flow`, which stands for
// all its .flow files (hidden ones and folders inside are left out), or a .flow file in such a folder, which stands for
// itself with its workspace; a file of tests stands for itself with all flows. Each workspace comes once, in the order
// of the paths; no path means the current folder. Refused: what cannot be read (source::read_source), a folder without
// workspace.flow, more than limits::kWorkspaceFilesMax files; the message names the path and what to do.
Result<std::vector<WorkspaceFiles>> load_workspaces(const std::vector<std::string>& paths, source::SourceMap& sources);

}  // namespace flow::driver
