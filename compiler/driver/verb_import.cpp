// flowc import: flows of other products as text of the language, checked, and proven to do the same.
#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include <CLI/CLI.hpp>

#include "compiler/diagnostics/json.h"
#include "compiler/diagnostics/render.h"
#include "compiler/driver/baseline.h"
#include "compiler/driver/front_end.h"
#include "compiler/driver/import_flows.h"
#include "compiler/driver/import_proof.h"
#include "compiler/driver/output.h"
#include "compiler/driver/verb.h"

namespace flow::driver {
namespace {

namespace fs = std::filesystem;
using importing::Json;

constexpr const char* kBaselineFile = "imported.baseline";
constexpr int kReportVersion = 2;

struct Options {
  ImportRequest request;
  std::string report_json;
  bool baseline = false;
};

std::string plural(std::size_t count, const char* noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

// The imported flows in their workspace, checked in memory: what is found goes to `sink`.
struct Checked {
  source::SourceMap sources;
  diagnostics::Sink sink;
  Baseline baseline;
  CheckedWorkspace workspace;
  std::vector<std::vector<Verdict>> verdicts;  // by file

  bool proven() const {
    for (const auto& file : verdicts)
      for (const Verdict& verdict : file)
        if (!verdict.proven && !verdict.stands_in && verdict.compared) return false;
    return true;
  }
};

// Reads the files of the folder that `names` has beyond its first `known`, and all that each of them starts.
Status read_more(const std::string& folder, std::size_t known, std::vector<std::string>& names, WorkspaceFiles& files,
                 source::SourceMap& sources) {
  for (; known < names.size(); ++known) {
    const std::string path = (fs::path(folder) / names[known]).lexically_normal().string();
    auto text = source::read_source(path);
    if (!text) return std::unexpected(text.error());
    files.flows.push_back(sources.add(path, *std::move(text)));
    add_started_files(sources.file(files.flows.back()).text(), folder, names);
  }
  return {};
}

// What no longer fits in flows that are there and start the imported ones: their errors are told, too.
Status check_starting(const Options& options, std::vector<std::string> names, WorkspaceFiles files, Checked& checked) {
  std::error_code error;
  if (checked.sink.has_errors() || !fs::is_directory(options.request.folder, error)) return {};
  const std::size_t known = names.size();
  if (const Status found = add_starting_files(options.request.folder, names); !found) return found;
  if (names.size() == known) return {};
  if (const Status read = read_more(options.request.folder, known, names, files, checked.sources); !read) return read;
  diagnostics::Sink sink;
  check_files(files, checked.sources, sink);
  for (const diagnostics::Diagnostic& one : sink.sorted()) {
    if (one.severity != diagnostics::Severity::error) continue;
    auto told = checked.sink.add(one.code, one.primary.span, one.message);
    told.label(one.primary.text).path(one.path).hint(one.hint);
    for (const diagnostics::Label& label : one.secondary) told.also(label.span, label.text);
  }
  return {};
}

Status check(ImportRun& run, const Options& options, Checked& checked) {
  WorkspaceFiles files;
  files.folder = options.request.folder;
  files.workspace = checked.sources.add(run.workspace_path, run.workspace.text);
  std::vector<std::string> names;
  for (const NewFile& file : run.outputs(options.request)) {
    if (!file.path.ends_with(".flow") || file.path == run.workspace_path) continue;
    files.flows.push_back(checked.sources.add(file.path, file.text));
    names.push_back(fs::path(file.path).filename().string());
  }
  // A flow is looked at with all that it starts, as far as it is there.
  const std::size_t own = names.size();
  for (std::size_t i = 0; i < own; ++i)
    add_started_files(checked.sources.file(files.flows[i]).text(), options.request.folder, names);
  if (const Status read = read_more(options.request.folder, own, names, files, checked.sources); !read) return read;
  if (options.baseline) {
    checked.sink.waive_with([&](diagnostics::Code code, source::Span place, std::string_view message) {
      checked.baseline.record(checked.sources, code, place, message);
      return true;
    });
  }
  checked.workspace = check_files(files, checked.sources, checked.sink);
  const std::vector<Originals> originals = run.second->take();
  // Nobody needs it any more, and freeing it takes time.
  const auto freed = std::async(std::launch::async | std::launch::deferred, [&run] {
    for (ImportedFile& file : run.files) importing::discard(file.source.json);
  });
  // The tree of a flow with errors may lack steps.
  static const check::Workspace kNothing;
  const check::Workspace& workspace = checked.sink.has_errors() ? kNothing : *checked.workspace.workspace;
  for (std::size_t i = 0; i < run.files.size(); ++i)
    checked.verdicts.push_back(prove_import(run.files[i], originals[i], workspace));
  return check_starting(options, std::move(names), std::move(files), checked);
}

std::string baseline_path(const Options& options) {
  return (fs::path(options.request.folder) / kBaselineFile).lexically_normal().string();
}

// What earlier imports have put there is still waived.
Status keep_baseline(const Options& options, Checked& checked) {
  const std::string path = baseline_path(options);
  std::error_code error;
  if (!options.baseline || !fs::exists(fs::symlink_status(path, error))) return {};
  auto text = source::read_source(path);
  if (!text) return std::unexpected(text.error());
  source::SourceMap sources;
  const auto before = Baseline::read(sources, sources.add(path, *std::move(text)));
  if (!before) return std::unexpected(before.error());
  checked.baseline.keep(*before, checked.sources);
  return {};
}

std::string told(const ImportedFile& file) {
  return fmt::format("{}: {}{}\n{}", file.source.path, file.source.format->product(),
                     file.imported.report.failed() ? ", not imported" : ", " + plural(file.flows.size(), "flow"),
                     file.imported.report.text());
}

std::string told(const WorkspaceText& workspace, const std::string& path) {
  std::string out;
  for (const std::string& one : workspace.kept) out += fmt::format("{}: `{}` stays as it is\n", path, one);
  for (const std::string& one : workspace.to_do) out += fmt::format("{}: {}\n", path, one);
  return out;
}

Json report_json(const ImportRun& run, const std::vector<NewFile>& written, const Checked* checked) {
  Json out = {{"version", kReportVersion}, {"files", Json::array()}, {"written", Json::array()}};
  for (std::size_t i = 0; i < run.files.size(); ++i) {
    const ImportedFile& file = run.files[i];
    Json one = {{"file", file.source.path},
                {"format", file.source.format->name()},
                {"imported", !file.imported.report.failed()},
                {"report", file.imported.report.json()},
                {"flows", Json::array()}};
    if (checked != nullptr)
      for (const Verdict& verdict : checked->verdicts[i]) one["flows"].push_back(json_of(verdict));
    out["files"].push_back(std::move(one));
  }
  for (const NewFile& file : written) out["written"].push_back(file.path);
  if (checked != nullptr) out["findings"] = Json::parse(diagnostics::to_json(checked->sources, checked->sink));
  return out;
}

std::string dumped(const Json& report) {
  return report.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

// Flows that are there, which nothing but --force replaces.
std::string told_of_present(const ImportRun& run, const Options& options) {
  std::string out;
  for (const NewFile& file : run.outputs(options.request)) {
    std::error_code error;
    if (!file.replace && fs::exists(fs::symlink_status(file.path, error)))
      out += fmt::format("`{}` is there already: an import needs --force to replace it\n", file.path);
  }
  return out;
}

// The folder is made for what is written into it; when nothing is, it goes again.
class Folder {
 public:
  Status make(const std::string& path) {
    std::error_code error;
    if (fs::create_directory(path, error)) made_ = path;
    if (fs::is_directory(path, error)) return {};
    return fail(ErrorCode::io_error, "cannot write into `{}`: {}", path, error ? error.message() : "it is no folder");
  }
  ~Folder() {
    std::error_code ignored;
    if (!made_.empty()) fs::remove(made_, ignored);  // fails when something is in it
  }

 private:
  std::string made_;
};

// What is to be written.
std::vector<NewFile> outputs(const ImportRun& run, const Options& options, const Checked& checked) {
  if (options.request.check_only) return {};
  std::vector<NewFile> files = run.outputs(options.request);
  // With errors, checks were left out: nothing can be said of what they would have found.
  if (options.baseline && !checked.sink.has_errors())
    files.push_back({baseline_path(options), checked.baseline.text(), true});
  return files;
}

// All of `files` and the report, which is none of them, or nothing.
Status write(std::vector<NewFile> files, const Options& options, const Json& report) {
  Folder folder;
  if (!files.empty())
    if (const Status made = folder.make(options.request.folder); !made) return made;
  if (!options.report_json.empty() && options.report_json != "-") {
    std::error_code error;
    const fs::path place = fs::weakly_canonical(options.report_json, error);
    for (const NewFile& file : files)
      if (place == fs::weakly_canonical(file.path, error))
        return fail(ErrorCode::invalid_argument, "`{}` is what the import writes: --report-json needs another place",
                    options.report_json);
    files.push_back({options.report_json, dumped(report), true});
  }
  return write_all_or_none(files);
}

// What is told on standard output.
Status tell(const Options& options, const std::string& text, const Json& report) {
  return write_output(options.report_json == "-" ? dumped(report) : text);
}

int run(const Options& options) {
  auto imported = import_files(options.request);
  if (!imported) return could_not_run(imported.error());
  std::string text;
  for (const ImportedFile& file : imported->files) text += told(file);
  if (imported->failed()) {
    text += "nothing was written: what is not understood would be lost\n";
    const Json report = report_json(*imported, {}, nullptr);
    if (const Status written = write({}, options, report); !written) return could_not_run(written.error());
    if (const Status said = tell(options, text, report); !said) return could_not_run(said.error());
    return kExitFindings;
  }
  Checked checked;
  if (const Status status = check(*imported, options, checked); !status) return could_not_run(status.error());
  if (const Status kept = keep_baseline(options, checked); !kept) return could_not_run(kept.error());
  const std::vector<NewFile> files = outputs(*imported, options, checked);
  const Json report = report_json(*imported, files, &checked);
  if (const Status written = write(files, options, report); !written) return could_not_run(written.error());
  text += diagnostics::render(checked.sources, checked.sink, {.color = use_color(ColorChoice::automatic, stdout)});
  for (const auto& file : checked.verdicts)
    for (const Verdict& verdict : file) text += text_of(verdict);
  text += told(imported->workspace, imported->workspace_path);
  for (const NewFile& file : files) text += fmt::format("{} written\n", file.path);
  if (options.request.check_only) text += told_of_present(*imported, options) + "nothing was written: --check-only\n";
  if (options.baseline && !options.request.check_only && checked.sink.has_errors())
    text += fmt::format("`{}` was not written: mend the errors first\n", kBaselineFile);
  if (const Status said = tell(options, text, report); !said) return could_not_run(said.error());
  return checked.sink.has_errors() || !checked.proven() ? kExitFindings : kExitOk;
}

std::string footer() {
  std::string formats;
  for (const importing::Format* one : importing::formats())
    formats += fmt::format("  {:<9} {}\n", one->name(), one->product());
  return fmt::format(
      "Formats:\n{}\n"
      "Writes NAME.flow, NAME.layout.json (where each step stood on the canvas) and what workspace.flow lacks; all\n"
      "of it, or nothing. A file whose parts are not all understood is not imported: the report says what and where.\n"
      "Where the language is stricter than the original, the import makes the smallest change and lists it.\n"
      "Exit codes: 0 imported, 1 not understood, not the same, or with errors, 2 could not run.\n"
      "docs/importing.md has the whole way, docs/formats/import-report.md the JSON document.\n\n"
      "  flowc import export.json --check-only            what would become of it\n"
      "  flowc import export.json -o flows/shop           into a workspace, new or not\n"
      "  flowc import *.json -o flows/shop --baseline     what is wrong with them already, into {}\n"
      "  flowc check flows/shop --baseline flows/shop/{} --deny warnings",
      formats, kBaselineFile, kBaselineFile);
}

}  // namespace

void add_import(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  ImportRequest& request = options->request;
  request.proves = true;
  CLI::App* verb =
      app.add_subcommand("import", "Turns flows of other products into .flow files, and proves that they do the same");
  verb->footer(footer());
  verb->add_option("FILES", request.paths, "what the other product exported: JSON files")->required();
  verb->add_option("--from", request.from, "the format; without it the one that recognises the file")
      ->type_name("FORMAT");
  verb->add_option("-o,--out", request.folder, "the workspace's folder (default: the current one); made when missing")
      ->type_name("FOLDER");
  verb->add_option("--name", request.name, "what the flow is called; without it as the original or its file is")
      ->type_name("NAME");
  verb->add_flag("--force", request.force, "replace flows that are there");
  verb->add_flag("--baseline", options->baseline,
                 fmt::format("write all warnings and notes to {} in the folder", kBaselineFile));
  verb->add_flag("--check-only", request.check_only, "write nothing; tell what an import would tell");
  verb->add_option("--report-json", options->report_json, "write the report as JSON to this file, `-`: instead of text")
      ->type_name("FILE");
  verb->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace flow::driver
