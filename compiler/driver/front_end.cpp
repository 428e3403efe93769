#include "compiler/driver/front_end.h"

#include <utility>

#include "compiler/check/check.h"
#include "compiler/driver/waivers.h"
#include "compiler/syntax/parse.h"
#include "compiler/test/check.h"

namespace flow::driver {

namespace {

// Names and values in them are the flows': a flow with errors would make them wrong all over.
std::vector<test::Test> check_test_files(const WorkspaceFiles& files, const source::SourceMap& sources,
                                         const check::Workspace& workspace, bool flows_sound, Waivers& waivers,
                                         diagnostics::Sink& sink) {
  std::vector<syntax::File> trees;
  for (const source::FileId id : files.tests) {
    const std::size_t before = sink.errors();
    auto tree = syntax::parse(sources, id, sink);
    if (!tree || sink.errors() != before) continue;
    waivers.add(*tree, sources, sink);
    trees.push_back(std::move(*tree));
  }
  if (!flows_sound) return {};
  return test::check_tests(trees, workspace, sink);
}

}  // namespace

CheckedWorkspace check_files(const WorkspaceFiles& files, const source::SourceMap& sources, diagnostics::Sink& sink) {
  const std::size_t errors_before = sink.errors();
  const auto waivers = std::make_shared<Waivers>();
  sink.waive_with([waivers](diagnostics::Code code, source::Span place, std::string_view /*message*/) {
    return waivers->waives(code, place);
  });
  check::Checker checker(sources, sink, files.environment);
  // A tree takes many times the memory of its text: each is gone before the next is made. Answers whether the file
  // could be looked at.
  const auto look_at = [&](source::FileId id, bool check) {
    const std::size_t before = sink.errors();
    const auto tree = syntax::parse(sources, id, sink);
    // What the parser left out of a file, the checks would call missing: one mistake gives one message.
    if (!tree || sink.errors() != before) return false;
    waivers->add(*tree, sources, sink);
    if (check) checker.add(*tree);
    return true;
  };
  const bool workspace_parsed = look_at(files.workspace, true);
  for (const source::FileId id : files.flows) look_at(id, workspace_parsed);
  CheckedWorkspace result;
  result.workspace = workspace_parsed ? checker.finish(files.whole) : std::make_unique<check::Workspace>();
  if (!workspace_parsed) return result;
  const bool flows_sound = sink.errors() == errors_before;
  result.tests = check_test_files(files, sources, *result.workspace, flows_sound, *waivers, sink);
  // A proof over a flow with errors would say nothing.
  if (!flows_sound) return result;
  for (const auto& flow : result.workspace->flows) {
    result.certificates.push_back(prove::prove(*result.workspace, *flow, sink));
  }
  result.sound = sink.errors() == errors_before;
  if (result.sound) waivers->report_unused(sink);
  return result;
}

}  // namespace flow::driver
