// From the author's files to verified IR: what `run`, `ir` and `build` do first.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "compiler/diagnostics/diagnostic.h"
#include "compiler/driver/front_end.h"
#include "compiler/ir/ir.h"
#include "compiler/source/source.h"

namespace flow::driver {

// One workspace. `module` is there when the sink has no error.
struct Compilation {
  source::SourceMap sources;
  WorkspaceFiles files;
  diagnostics::Sink sink;
  CheckedWorkspace checked;
  std::shared_ptr<const ir::Module> module;
};

// The workspace that `path` names, with the settings of `environment` when there is one (load_workspaces has the
// rules). Errors are about files; what is wrong with the flows is in the sink. A mistake in a test hinders nobody who
// does not ask for tests.
enum class Tests : std::uint8_t { leave_out, check };
Result<std::unique_ptr<Compilation>> compile(const std::string& path, Tests tests = Tests::leave_out,
                                             const std::string& environment = {});

// Verified IR of a workspace without errors.
std::shared_ptr<const ir::Module> lower_checked(const check::Workspace& workspace);

// A flow as a command line names it: the path of its file, the folder of a workspace that has one flow, or the name of
// a flow in the workspace of the current folder.
struct ChosenFlow {
  std::unique_ptr<Compilation> compilation;
  std::size_t flow = 0;  // in the module, when the sink has no error
};
Result<ChosenFlow> compile_flow(const std::string& flow, const std::string& environment = {});

// Prints what the sink holds to standard error, warnings alone only when asked; true when it has errors.
enum class Warnings : std::uint8_t { print, leave_to_check };
bool report(const Compilation& compilation, Warnings warnings);

}  // namespace flow::driver
