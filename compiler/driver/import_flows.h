// From files of other products to texts of the language, in memory: what `flowc import` writes, checks and tells.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "compiler/driver/import_source.h"
#include "compiler/driver/import_workspace.h"
#include "compiler/driver/second_reading.h"
#include "compiler/driver/write_files.h"

namespace flow::driver {

struct FlowText {
  std::string name;
  std::string text;    // canonical
  std::string layout;  // NAME.layout.json
};

struct ImportedFile {
  ImportSource source;
  importing::Imported imported;
  std::vector<FlowText> flows;  // of `imported.flows`; none when the import failed
};

struct ImportRequest {
  std::vector<std::string> paths;
  std::string from;
  std::string name;  // of the one flow of the one file; empty: after the file
  std::string folder = ".";
  bool force = false;       // flows that are there may be replaced
  bool check_only = false;  // nothing is written, so one that is there is no hindrance
  bool proves = false;      // the originals are wanted, too
};

struct ImportRun {
  std::vector<ImportedFile> files;
  WorkspaceText workspace;
  std::string workspace_path;
  // Begun beside the first reading, when the request asks for it; of `files`, which it needs where they are.
  std::unique_ptr<SecondReading> second = nullptr;

  bool failed() const;  // something was not understood: nothing is to be written
  // All that is to be written, in the order in which it is told.
  std::vector<NewFile> outputs(const ImportRequest& request) const;
};

// The texts of the file's flows, into `file`; of their drafts the names, ids and places of steps stay, and what is text
// is freed. None when the import failed, and fails itself, with the place in the
// report, when the language has no text for something. An error: there is no flow.
Status write_flows(ImportedFile& file);

// Reads, recognises and imports the files. Fails when one of them cannot be read or recognised, when two flows would
// have one name, or one has the name of a flow that is there.
Result<ImportRun> import_files(const ImportRequest& request);

}  // namespace flow::driver
