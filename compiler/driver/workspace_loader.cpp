#include "compiler/driver/workspace_loader.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <system_error>

#include "base/limits.h"

namespace flow::driver {
namespace {

namespace fs = std::filesystem;

constexpr const char* kWorkspaceFile = "workspace.flow";

// What is wanted of one folder.
struct Wanted {
  fs::path folder;    // as the author named it
  fs::path identity;  // the same for all ways to name it
  bool whole = false;
  std::vector<std::string> files;  // when not whole
};

bool is_flow_file(const fs::path& name) {
  const std::string text = name.filename().string();
  return name.extension() == ".flow" && !text.starts_with('.');
}

// Names of the folder's .flow files but workspace.flow, in byte order.
Result<std::vector<std::string>> flow_names(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const fs::path& path = it->path();
    std::error_code ignored;
    if (!is_flow_file(path) || path.filename() == kWorkspaceFile || it->is_directory(ignored)) continue;
    if (names.size() + 1 >= limits::kWorkspaceFilesMax) {
      return fail(ErrorCode::resource_exhausted,
                  "`{}` holds more than {} .flow files; split it into several workspaces", folder.string(),
                  limits::kWorkspaceFilesMax);
    }
    names.push_back(path.filename().string());
  }
  if (error) return fail(ErrorCode::io_error, "cannot list `{}`: {}", folder.string(), error.message());
  std::sort(names.begin(), names.end());
  return names;
}

// " (`flows/otp` has one)" when the author probably meant a folder inside.
std::string folders_inside(const fs::path& folder) {
  std::vector<std::string> found;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    std::error_code ignored;
    if (fs::is_regular_file(it->path() / kWorkspaceFile, ignored)) found.push_back(it->path().string());
    if (found.size() > 100) break;
  }
  if (found.empty()) return {};
  return fmt::format(" (`{}` has one)", *std::min_element(found.begin(), found.end()));
}

Result<Wanted> look_at(const std::string& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (error || !fs::exists(status)) {
    return fail(ErrorCode::not_found, "cannot read `{}`: no such file or folder", path);
  }
  Wanted wanted;
  wanted.whole = fs::is_directory(status);
  const fs::path given = fs::path(path).lexically_normal();
  wanted.folder = wanted.whole ? given : given.parent_path();
  if (wanted.folder.empty()) wanted.folder = ".";
  if (!wanted.whole && given.extension() != ".flow") {
    return fail(ErrorCode::invalid_argument, "`{}` is neither a folder nor a .flow file", path);
  }
  if (!wanted.whole && given.filename() != kWorkspaceFile) wanted.files.push_back(given.filename().string());
  if (!fs::exists(wanted.folder / kWorkspaceFile, error)) {
    return fail(ErrorCode::not_found,
                "`{}` has no {}: name a folder that has one{}, or create it with its first line `edition 1`",
                wanted.folder.string(), kWorkspaceFile, folders_inside(wanted.folder));
  }
  wanted.identity = fs::canonical(wanted.folder, error);
  if (error) return fail(ErrorCode::io_error, "cannot read `{}`: {}", path, error.message());
  return wanted;
}

// The way that diagnostics print a file: as short as the author's way to its folder.
std::string shown_path(const fs::path& folder, const std::string& name) {
  return (folder / name).lexically_normal().string();
}

Result<source::FileId> read_into(source::SourceMap& sources, const fs::path& folder, const std::string& name) {
  const std::string path = shown_path(folder, name);
  auto text = source::read_source(path);
  if (!text) return std::unexpected(text.error());
  return sources.add(path, std::move(*text));
}

Result<WorkspaceFiles> load(const Wanted& wanted, source::SourceMap& sources) {
  WorkspaceFiles files;
  files.folder = wanted.folder.string();
  const auto workspace = read_into(sources, wanted.folder, kWorkspaceFile);
  if (!workspace) return std::unexpected(workspace.error());
  files.workspace = *workspace;
  std::vector<std::string> names = wanted.files;
  const bool tests_alone = !wanted.whole && std::ranges::any_of(names, is_test_file);
  files.whole = wanted.whole || tests_alone;
  if (files.whole) {
    auto all = flow_names(wanted.folder);
    if (!all) return std::unexpected(all.error());
    // A test may be for any flow; the tests of others are not asked for.
    if (tests_alone) std::erase_if(*all, is_test_file);
    names.insert(names.end(), all->begin(), all->end());
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string name = names[i];
    const auto file = read_into(sources, wanted.folder, name);
    if (!file) return std::unexpected(file.error());
    (is_test_file(name) ? files.tests : files.flows).push_back(*file);
    // A flow is looked at with all that it starts.
    if (!files.whole && !is_test_file(name)) add_started_files(sources.file(*file).text(), files.folder, names);
  }
  return files;
}

}  // namespace

bool is_test_file(std::string_view path) {
  return path.ends_with(".test.flow");
}

namespace {

// By name: the files of the flows that a text seems to start, whether they are there or not.
std::vector<std::string> started_files(std::string_view text) {
  std::vector<std::string> files;
  for (const std::string_view words : {"call flow ", "launch flow ", "forward to "}) {
    for (std::size_t at = text.find(words); at != std::string_view::npos; at = text.find(words, at + 1)) {
      std::string_view rest = text.substr(at + words.size());
      rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
      constexpr std::string_view kInNames = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
      const std::string_view flow = rest.substr(0, rest.find_first_not_of(kInNames));
      if (!flow.empty() && flow.size() <= limits::kNameCharsMax) files.push_back(fmt::format("{}.flow", flow));
    }
  }
  return files;
}

}  // namespace

void add_started_files(std::string_view text, const std::string& folder, std::vector<std::string>& names) {
  for (std::string& file : started_files(text)) {
    std::error_code ignored;
    const bool known = std::ranges::find(names, file) != names.end();
    const bool room = names.size() < limits::kWorkspaceFilesMax;
    if (!known && room && fs::is_regular_file(fs::path(folder) / file, ignored)) names.push_back(std::move(file));
  }
}

Status add_starting_files(const std::string& folder, std::vector<std::string>& names) {
  const auto all = flow_names(folder);
  if (!all) return std::unexpected(all.error());
  const std::set<std::string> started(names.begin(), names.end());
  for (const std::string& name : *all) {
    if (started.contains(name) || is_test_file(name)) continue;
    const auto text = source::read_source((fs::path(folder) / name).lexically_normal().string());
    if (!text) return std::unexpected(text.error());
    const auto files = started_files(*text);
    if (std::ranges::any_of(files, [&](const std::string& file) { return started.contains(file); }))
      names.push_back(name);
  }
  return {};
}

Result<std::vector<WorkspaceFiles>> load_workspaces(const std::vector<std::string>& paths, source::SourceMap& sources) {
  std::vector<Wanted> wanted;
  for (const std::string& path : paths.empty() ? std::vector<std::string>{"."} : paths) {
    auto one = look_at(path);
    if (!one) return std::unexpected(one.error());
    const auto same = [&](const Wanted& other) { return other.identity == one->identity; };
    const auto known = std::find_if(wanted.begin(), wanted.end(), same);
    if (known == wanted.end()) {
      wanted.push_back(std::move(*one));
    } else {
      known->whole = known->whole || one->whole;
      known->files.insert(known->files.end(), one->files.begin(), one->files.end());
    }
  }
  std::vector<WorkspaceFiles> result;
  for (const Wanted& one : wanted) {
    auto files = load(one, sources);
    if (!files) return std::unexpected(files.error());
    result.push_back(std::move(*files));
  }
  return result;
}

}  // namespace flow::driver
