#include "tests/differential/load.h"

#include <utility>
#include <vector>

#include "compiler/check/check.h"
#include "compiler/diagnostics/diagnostic.h"
#include "compiler/driver/workspace_loader.h"
#include "compiler/syntax/parse.h"

namespace flow::differential {

namespace {

Result<check::Workspace> check_files(const source::SourceMap& sources, const std::vector<source::FileId>& ids,
                                     std::set<std::string>* mistakes) {
  diagnostics::Sink sink;
  std::vector<syntax::File> files;
  for (const source::FileId id : ids)
    if (auto file = syntax::parse(sources, id, sink)) files.push_back(std::move(*file));
  std::unique_ptr<check::Workspace> checked = check::check_workspace(files, sources, sink);
  if (!sink.has_errors()) return std::move(*checked);
  std::string reports;
  for (const diagnostics::Diagnostic& one : sink.sorted()) {
    if (one.severity != diagnostics::Severity::error) continue;
    const source::File& file = sources.file(one.primary.span.file);
    reports += fmt::format("{}:{}: {}: {} ({})\n", file.path(), file.position(one.primary.span.begin).line,
                           diagnostics::code_text(one.code), one.message, one.hint);
    if (mistakes != nullptr) mistakes->insert(diagnostics::code_text(one.code));
  }
  return fail(ErrorCode::invalid_argument, "{}", reports);
}

}  // namespace

Result<check::Workspace> load_workspace(const std::string& folder) {
  source::SourceMap sources;
  const Result<std::vector<driver::WorkspaceFiles>> found = driver::load_workspaces({folder}, sources);
  if (!found) return std::unexpected(found.error());
  std::vector<source::FileId> ids = {found->at(0).workspace};
  ids.insert(ids.end(), found->at(0).flows.begin(), found->at(0).flows.end());
  return check_files(sources, ids, nullptr);
}

Result<check::Workspace> check_texts(const std::vector<std::pair<std::string, std::string>>& files,
                                     std::set<std::string>* mistakes) {
  source::SourceMap sources;
  std::vector<source::FileId> ids;
  for (const auto& [path, text] : files) ids.push_back(sources.add(path, text));
  return check_files(sources, ids, mistakes);
}

}  // namespace flow::differential
