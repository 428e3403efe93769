#include "tests/differential/load.h"

#include <utility>
#include <vector>

#include "compiler/check/check.h"
#include "compiler/diagnostics/diagnostic.h"
#include "compiler/driver/workspace_loader.h"
#include "compiler/syntax/parse.h"

namespace flow::differential {

Result<check::Workspace> load_workspace(const std::string& folder) {
  source::SourceMap sources;
  const Result<std::vector<driver::WorkspaceFiles>> found = driver::load_workspaces({folder}, sources);
  if (!found) return std::unexpected(found.error());
  diagnostics::Sink sink;
  std::vector<syntax::File> files;
  const auto parse = [&](source::FileId id) {
    if (auto file = syntax::parse(sources, id, sink)) files.push_back(std::move(*file));
  };
  parse(found->at(0).workspace);
  for (const source::FileId id : found->at(0).flows) parse(id);
  std::unique_ptr<check::Workspace> checked = check::check_workspace(files, sources, sink);
  if (sink.has_errors()) {
    std::string reports;
    for (const diagnostics::Diagnostic& one : sink.sorted())
      if (one.severity == diagnostics::Severity::error)
        reports += fmt::format("{}: {} ({})\n", sources.file(one.primary.span.file).path(), one.message, one.hint);
    return fail(ErrorCode::invalid_argument, "{}", reports);
  }
  return std::move(*checked);
}

}  // namespace flow::differential
