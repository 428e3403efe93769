// From syntax trees to a checked workspace: names, types, settings, arms, paths, regions, texts, channels.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "compiler/check/checked.h"
#include "compiler/check/flow_files.h"
#include "compiler/diagnostics/diagnostic.h"
#include "compiler/source/source.h"
#include "compiler/syntax/tree.h"

namespace flow::check {

// Checks the files of one workspace together: the one called `workspace.flow`, and a flow in each other; `sources`
// names them. Everything found goes to `sink`: each mistake once, later stages leave out what an earlier one has
// reported. Never null. Fit for lowering only when `sink` got no error from parsing or from here; with errors, flows
// may lack steps and hold default targets. Guarantees are resolved, not proven: that is compiler/prove. Pure, never
// throws; time is near linear in the text (paths: steps × variables).
std::unique_ptr<Workspace> check_workspace(std::span<const syntax::File> files, const source::SourceMap& sources,
                                           diagnostics::Sink& sink);

// The same, file by file, so that only one syntax tree need be there at a time: first that of workspace.flow, if there
// is one, then those of the flows.
class Checker {
 public:
  // `environment`: whose settings of workspace.flow hold; empty: none. There being none such is reported. `files`:
  // where flows that others start are looked up; null: among those that were added. Outlives the checker.
  Checker(const source::SourceMap& sources, diagnostics::Sink& sink, std::string environment = {},
          FlowFiles* files = nullptr);
  ~Checker();
  // Nothing of `file` is kept.
  void add(const syntax::File& file);
  // Call it once, at the end. `whole`: every flow of the workspace was added, so that one which is named and not there
  // is missing.
  std::unique_ptr<Workspace> finish(bool whole = true);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace flow::check
