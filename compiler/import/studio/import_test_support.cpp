#include "compiler/import/studio/import_test_support.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "compiler/check/check.h"
#include "compiler/diagnostics/render.h"
#include "compiler/driver/front_end.h"
#include "compiler/driver/import_proof.h"
#include "compiler/import/studio/studio.h"
#include "compiler/syntax/format.h"
#include "compiler/syntax/parse.h"

namespace flow::importing::studio {

std::string Checked::findings() const {
  return diagnostics::render(sources, sink);
}

std::string Checked::refused() const {
  for (const Note& note : imported.report.notes())
    if (note.kind == NoteKind::not_understood) return note.pointer + ": " + note.message;
  return {};
}

namespace {

// What is written is laid out as `flowc fmt` does it.
void expect_canonical(const std::string& text) {
  source::SourceMap sources;
  diagnostics::Sink sink;
  const auto file = syntax::parse(sources, sources.add("x", text), sink);
  ASSERT_TRUE(file) << text;
  EXPECT_EQ(syntax::format(*file), text);
}

void prove(const Json& json, const check::Workspace& workspace, Checked& out) {
  const driver::ImportedFile file{{"", json, &format()}, out.imported, {}};
  for (const driver::Verdict& verdict : driver::prove_import(file, workspace))
    if (!verdict.stands_in) out.proofs.push_back(verdict.proven ? "" : driver::text_of(verdict));
}

}  // namespace

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

Checked import_and_check(std::string_view text, const std::string& name, Depth depth) {
  Checked out;
  Result<Json> json = read_json(text);
  if (!json) {
    auto found = format().from_text(text);
    if (found) json = std::move(*found);
  }
  EXPECT_TRUE(json) << json.error().message;
  if (!json) return out;
  EXPECT_TRUE(format().recognises(*json));
  out.imported = format().read(*json, {.flow_name = name});
  if (out.imported.report.failed()) return out;
  std::string all = "edition 1\nlanguages en\nallow regions all\n";
  const auto workspace = write(out.imported.workspace);
  EXPECT_TRUE(workspace) << workspace.error().message;
  out.workspace = workspace.value_or("");
  driver::WorkspaceFiles files;
  files.whole = true;
  files.workspace = out.sources.add("workspace.flow", all + out.workspace);
  for (const ImportedFlow& flow : out.imported.flows) {
    const auto written = write(flow.flow);
    EXPECT_TRUE(written) << written.error().message;
    if (!written) continue;
    expect_canonical(*written);
    out.texts.push_back(*written);
    files.flows.push_back(out.sources.add(flow.flow.name + ".flow", *written));
    EXPECT_TRUE(read_layout(to_json(flow.layout)));
  }
  if (depth == Depth::prove) {
    const driver::CheckedWorkspace checked = driver::check_files(files, out.sources, out.sink);
    prove(*json, *checked.workspace, out);
    return out;
  }
  std::vector<syntax::File> trees;
  files.flows.insert(files.flows.begin(), files.workspace);
  for (const source::FileId id : files.flows) {
    auto tree = syntax::parse(out.sources, id, out.sink);
    if (tree) trees.push_back(std::move(*tree));
  }
  check::check_workspace(trees, out.sources, out.sink);
  return out;
}

}  // namespace flow::importing::studio
