#include "compiler/driver/front_end.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "compiler/check/check.h"
#include "compiler/driver/waivers.h"
#include "compiler/syntax/parse.h"
#include "compiler/test/check.h"

namespace flow::driver {

namespace {

// Looks at a file only when some flow names it: most of a workspace's flows start no other.
class Files final : public check::FlowFiles {
 public:
  Files(const WorkspaceFiles& files, const source::SourceMap& sources) : files_(files), sources_(sources) {}

  Found find(std::string_view flow) override {
    // A flow's file should have its name; where none has it, a text may say it.
    for (const bool by_name : {true, false}) {
      for (const source::FileId id : files_.flows) {
        if (by_name ? stem(id) != flow : !says(id, flow)) continue;
        diagnostics::Sink quiet;  // its own check tells its mistakes
        tree_ = syntax::parse(sources_, id, quiet);
        if (!tree_ || quiet.has_errors()) return {true, nullptr};
        if (check::flow_name(*tree_) == flow) return {true, &*tree_};
      }
    }
    return {};
  }

  std::vector<std::string> names() override {
    std::vector<std::string> result;
    for (const source::FileId id : files_.flows) result.emplace_back(stem(id));
    return result;
  }

 private:
  std::string_view stem(source::FileId id) const {
    std::string_view path = sources_.file(id).path();
    path.remove_prefix(path.find_last_of('/') + 1);
    return path.substr(0, path.find('.'));
  }

  // A line that begins `flow NAME`.
  bool says(source::FileId id, std::string_view flow) const {
    const std::string_view text = sources_.file(id).text();
    const std::string words = fmt::format("flow {}", flow);
    for (std::size_t at = text.find(words); at != std::string_view::npos; at = text.find(words, at + 1)) {
      const std::size_t end = at + words.size();
      const bool whole = end == text.size() || std::string_view(" \t\r\n\"").find(text[end]) != std::string_view::npos;
      if (whole && (at == 0 || text[at - 1] == '\n')) return true;
    }
    return false;
  }

  const WorkspaceFiles& files_;
  const source::SourceMap& sources_;
  std::optional<syntax::File> tree_;
};

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
  Files flow_files(files, sources);
  check::Checker checker(sources, sink, files.environment, &flow_files);
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
  result.certificates = prove::prove_all(*result.workspace, sink);
  result.sound = sink.errors() == errors_before;
  if (result.sound) waivers->report_unused(sink);
  return result;
}

}  // namespace flow::driver
