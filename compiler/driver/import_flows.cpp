#include "compiler/driver/import_flows.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <map>
#include <utility>

#include "compiler/import/names.h"
#include "compiler/source/source.h"

namespace flow::driver {
namespace {

namespace fs = std::filesystem;

std::string path_in(const std::string& folder, const std::string& name) {
  return (fs::path(folder) / name).lexically_normal().string();
}

// "my flow.v2.json" is a flow `my_flow`.
std::string name_after(const std::string& path) {
  const std::string file = fs::path(path).filename().string();
  return importing::Names().step(file.substr(0, file.find('.', 1)), "flow");
}

// Where the original has what cannot be written: a step's pointer, or the flow's.
std::string place_of_fault(const importing::DraftFlow& flow) {
  for (const importing::DraftStep& step : flow.steps) {
    importing::DraftEntry named = step.entry;
    named.head = fmt::format("{}: {}", step.name, named.head);
    if (!importing::write(std::vector<importing::DraftEntry>{std::move(named)})) return step.pointer;
  }
  return flow.pointer;
}

// Some file systems take `Workspace.flow` for it, too.
bool is_workspace(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return name == "workspace";
}

Status check_names(const ImportRun& run, const ImportRequest& request) {
  std::map<std::string, std::string> from;  // by name: the file
  for (const ImportedFile& file : run.files) {
    for (const FlowText& flow : file.flows) {
      const auto [known, first] = from.emplace(flow.name, file.source.path);
      if (!first) {
        return fail(ErrorCode::already_exists,
                    "`{}` and `{}` both give a flow `{}`: import them one by one, with --name", known->second,
                    file.source.path, flow.name);
      }
      if (is_workspace(flow.name)) {
        return fail(ErrorCode::already_exists,
                    "`{}` gives a flow `{}`, and its file would be the workspace's: --name gives it another name",
                    file.source.path, flow.name);
      }
      const std::string path = path_in(request.folder, flow.name + ".flow");
      std::error_code error;
      if (!request.force && !request.check_only && fs::exists(fs::symlink_status(path, error))) {
        return fail(ErrorCode::already_exists,
                    "`{}` is there already: --name gives the flow another name, --force replaces the file", path);
      }
    }
  }
  return {};
}

// Files that are imported together: what one of them starts is read before it, so that it can be named.
class Together {
 public:
  explicit Together(const ImportRequest& request) : request_(request) {}

  // `second` is begun when it is wanted: files keep their places from then on.
  Result<std::vector<ImportedFile>> run(std::unique_ptr<SecondReading>& second) {
    for (const std::string& path : request_.paths) {
      auto source = read_import(path, request_.from);
      if (!source) return std::unexpected(source.error());
      files_.push_back({*std::move(source), {}, {}});
    }
    if (request_.proves) {
      std::vector<const ImportSource*> sources;
      for (const ImportedFile& file : files_) sources.push_back(&file.source);
      second = std::make_unique<SecondReading>(std::move(sources));
    }
    links_.resize(files_.size());
    for (std::size_t i = 0; i < files_.size() && files_.size() > 1; ++i) {
      const ImportSource& source = files_[i].source;
      links_[i] = source.format->links(source.json);
      if (!links_[i].id.empty()) by_id_.emplace(std::pair(source.format, links_[i].id), i);
    }
    stages_.assign(files_.size(), Stage::unread);
    for (std::size_t i = 0; i < files_.size(); ++i)
      if (const Status fine = read(i); !fine) return std::unexpected(fine.error());
    return std::move(files_);
  }

 private:
  enum class Stage : std::uint8_t { unread, begun, read };

  // In a circle one of them is not read yet: it is not named.
  Status read(std::size_t i) {
    if (stages_[i] != Stage::unread) return {};
    stages_[i] = Stage::begun;
    ImportedFile& file = files_[i];
    importing::Startables others;
    for (const std::string& id : links_[i].starts) {
      const auto other = by_id_.find(std::pair(file.source.format, id));
      if (other == by_id_.end()) continue;
      if (const Status fine = read(other->second); !fine) return fine;
      const auto& startable = files_[other->second].imported.startable;
      if (stages_[other->second] == Stage::read && startable) others.emplace(id, *startable);
    }
    const std::string name = request_.name.empty() ? name_after(file.source.path) : request_.name;
    file.imported = file.source.format->read(file.source.json,
                                             {.flow_name = name, .named = !request_.name.empty(), .others = &others});
    stages_[i] = Stage::read;
    return write_flows(file);
  }

  const ImportRequest& request_;
  std::vector<ImportedFile> files_;
  std::vector<importing::Links> links_;
  std::map<std::pair<const importing::Format*, std::string>, std::size_t> by_id_;
  std::vector<Stage> stages_;
};

}  // namespace

bool ImportRun::failed() const {
  return std::any_of(files.begin(), files.end(), [](const ImportedFile& one) { return one.imported.report.failed(); });
}

std::vector<NewFile> ImportRun::outputs(const ImportRequest& request) const {
  std::vector<NewFile> result;
  for (const ImportedFile& file : files) {
    for (const FlowText& flow : file.flows) {
      result.push_back({path_in(request.folder, flow.name + ".flow"), flow.text, request.force});
      // Of no use without the flow: one that was left behind goes.
      result.push_back({path_in(request.folder, flow.name + ".layout.json"), flow.layout, true});
    }
  }
  if (workspace.changed) result.push_back({workspace_path, workspace.text, true});
  return result;
}

Status write_flows(ImportedFile& file) {
  if (file.imported.report.failed()) return {};
  if (file.imported.flows.empty()) return fail(ErrorCode::invalid_argument, "`{}` holds no flow", file.source.path);
  for (importing::ImportedFlow& flow : file.imported.flows) {
    auto text = importing::write(flow.flow);
    if (!text) {
      file.imported.report.add({importing::NoteKind::not_understood, place_of_fault(flow.flow), "",
                                fmt::format("the language has no text for it: {}", text.error().message), ""});
      file.flows.clear();
      return {};
    }
    // Foreign texts may be no UTF-8 all the same: what cannot be written becomes U+FFFD.
    std::string layout =
        importing::to_json(flow.layout).dump(2, ' ', false, importing::Json::error_handler_t::replace) + "\n";
    file.flows.push_back({flow.flow.name, *std::move(text), std::move(layout)});
  }
  for (importing::ImportedFlow& flow : file.imported.flows) {
    flow.flow.text.reset();
    flow.flow.header = {};
    for (importing::DraftStep& step : flow.flow.steps) step.entry = {};
    flow.layout = {};
  }
  return {};
}

Result<ImportRun> import_files(const ImportRequest& request) {
  if (!request.name.empty() && request.paths.size() > 1)
    return fail(ErrorCode::invalid_argument, "--name is for one file, and {} are named", request.paths.size());
  if (!request.name.empty() && !importing::is_name(request.name))
    return fail(ErrorCode::invalid_argument, "`{}` is no name of a flow: letters, digits and `_`", request.name);
  Together together(request);
  ImportRun run;  // goes first: its second reading needs the files
  std::vector<importing::DraftEntry> needed;
  std::vector<importing::DraftEntry> rules;
  auto files = together.run(run.second);
  if (!files) return std::unexpected(files.error());
  run.files = *std::move(files);
  for (const ImportedFile& file : run.files) {
    const importing::Imported& wants = file.imported;
    needed.insert(needed.end(), wants.workspace.begin(), wants.workspace.end());
    rules.insert(rules.end(), wants.workspace_rules.begin(), wants.workspace_rules.end());
  }
  if (run.failed()) return run;
  if (const Status fine = check_names(run, request); !fine) return std::unexpected(fine.error());
  run.workspace_path = path_in(request.folder, "workspace.flow");
  std::string existing;
  std::error_code error;
  if (fs::exists(run.workspace_path, error)) {
    auto text = source::read_source(run.workspace_path);
    if (!text) return std::unexpected(text.error());
    existing = *std::move(text);
  }
  auto workspace = complete_workspace(existing, std::move(needed), std::move(rules));
  if (!workspace) return fail(workspace.error().code, "`{}`: {}", run.workspace_path, workspace.error().message);
  run.workspace = *std::move(workspace);
  return run;
}

}  // namespace flow::driver
