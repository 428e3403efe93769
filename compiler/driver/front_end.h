// From files to checked flows with their proofs: what every verb that reads a workspace begins with.
#pragma once

#include <memory>
#include <vector>

#include "compiler/check/checked.h"
#include "compiler/diagnostics/diagnostic.h"
#include "compiler/driver/workspace_loader.h"
#include "compiler/prove/prove.h"
#include "compiler/source/source.h"
#include "compiler/test/tests.h"

namespace flow::driver {

struct CheckedWorkspace {
  std::unique_ptr<check::Workspace> workspace;   // never null; fit for lowering only when `sound`
  std::vector<prove::Certificate> certificates;  // by flow; none unless the checks found no error
  std::vector<test::Test> tests;                 // none unless the checks of the flows found no error
  bool sound = false;                            // neither the parser, nor the checks, nor the proofs found an error
};

// Parses, checks, and proves the guarantees; checks the tests. Everything found goes to `sink`. A file with syntax
// errors is not checked, and without workspace.flow no file is.
CheckedWorkspace check_files(const WorkspaceFiles& files, const source::SourceMap& sources, diagnostics::Sink& sink);

}  // namespace flow::driver
