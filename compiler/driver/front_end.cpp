#include "compiler/driver/front_end.h"

#include <utility>

#include "compiler/check/check.h"
#include "compiler/syntax/parse.h"
#include "compiler/test/check.h"

namespace flow::driver {

namespace {

// Names and values in them are the flows': a flow with errors would make them wrong all over.
std::vector<test::Test> check_test_files(const WorkspaceFiles& files, const source::SourceMap& sources,
                                         const check::Workspace& workspace, bool flows_sound, diagnostics::Sink& sink) {
  std::vector<syntax::File> trees;
  for (const source::FileId id : files.tests) {
    const std::size_t before = sink.errors();
    auto tree = syntax::parse(sources, id, sink);
    if (tree && sink.errors() == before) trees.push_back(std::move(*tree));
  }
  if (!flows_sound) return {};
  return test::check_tests(trees, workspace, sink);
}

}  // namespace

CheckedWorkspace check_files(const WorkspaceFiles& files, const source::SourceMap& sources, diagnostics::Sink& sink) {
  const std::size_t errors_before = sink.errors();
  std::vector<syntax::File> trees;
  std::vector<source::FileId> ids = {files.workspace};
  ids.insert(ids.end(), files.flows.begin(), files.flows.end());
  bool workspace_parsed = false;
  for (const source::FileId id : ids) {
    const std::size_t before = sink.errors();
    auto tree = syntax::parse(sources, id, sink);
    // What the parser left out of a file, the checks would call missing: one mistake gives one message.
    if (!tree || sink.errors() != before) continue;
    workspace_parsed = workspace_parsed || id == files.workspace;
    trees.push_back(std::move(*tree));
  }
  CheckedWorkspace result;
  if (!workspace_parsed) {
    result.workspace = std::make_unique<check::Workspace>();
    return result;
  }
  result.workspace = check::check_workspace(trees, sources, sink);
  const bool flows_sound = sink.errors() == errors_before;
  result.tests = check_test_files(files, sources, *result.workspace, flows_sound, sink);
  // A proof over a flow with errors would say nothing.
  if (!flows_sound) return result;
  for (const auto& flow : result.workspace->flows) {
    result.certificates.push_back(prove::prove(*result.workspace, *flow, sink));
  }
  result.sound = sink.errors() == errors_before;
  return result;
}

}  // namespace flow::driver
