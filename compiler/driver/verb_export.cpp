// flowc export: a flow as the JSON of another product.
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include <CLI/CLI.hpp>

#include "compiler/diagnostics/render.h"
#include "compiler/driver/output.h"
#include "compiler/driver/verb.h"
#include "compiler/driver/workspace_loader.h"
#include "compiler/import/console/export.h"
#include "compiler/import/console/workspace_part.h"
#include "compiler/syntax/format.h"
#include "compiler/syntax/parse.h"

namespace flow::driver {
namespace {

namespace fs = std::filesystem;
using importing::Json;

struct Options {
  std::string flow;
  std::string to;
  std::string out;
};

// The file that is meant: itself, or `NAME.flow` in this folder.
std::string file_of(const std::string& flow) {
  std::error_code ignored;
  const bool name = flow.find('/') == std::string::npos && !flow.ends_with(".flow") && !fs::exists(flow, ignored);
  return name ? flow + ".flow" : flow;
}

// NAME.layout.json beside NAME.flow; nothing when there is none.
Result<importing::Layout> layout_beside(const std::string& path) {
  const std::string beside = fs::path(path).replace_extension("layout.json").string();
  std::error_code ignored;
  if (!fs::exists(beside, ignored)) return importing::Layout{};
  const auto text = source::read_source(beside);
  if (!text) return std::unexpected(text.error());
  const auto json = importing::read_json(*text);
  if (!json) return fail(json.error().code, "cannot read `{}`: {}", beside, json.error().message);
  auto layout = importing::read_layout(*json);
  if (!layout) return fail(layout.error().code, "`{}` is no layout: {}", beside, layout.error().message);
  return layout;
}

// What the flow needs of the workspace.flow beside it; nothing when there is none.
Result<std::string> workspace_of(const std::string& path, const std::string& text) {
  const std::string beside = fs::path(path).replace_filename("workspace.flow").string();
  std::error_code ignored;
  if (!fs::exists(beside, ignored)) return std::string();
  const auto workspace = source::read_source(beside);
  if (!workspace) return std::unexpected(workspace.error());
  auto part = importing::console::workspace_part(fs::path(path).stem().string(), text, *workspace);
  if (!part) return fail(part.error().code, "`{}`: {}", beside, part.error().message);
  return part;
}

int run(const Options& options) {
  const std::string path = file_of(options.flow);
  if (is_test_file(path)) return could_not_run(fmt::format("`{}` holds tests, and no flow", path));
  auto text = source::read_source(path);
  if (!text) return could_not_run(text.error());
  source::SourceMap sources;
  diagnostics::Sink sink;
  const auto file = syntax::parse(sources, sources.add(path, *std::move(text)), sink);
  if (!file || sink.has_errors()) {
    const bool color = use_color(ColorChoice::automatic, stderr);
    fmt::print(stderr, "{}", diagnostics::render(sources, sink, {.color = color}));
    return kExitFindings;
  }
  const auto layout = layout_beside(path);
  if (!layout) return could_not_run(layout.error());
  const auto workspace = workspace_of(path, syntax::format(*file));
  if (!workspace) return could_not_run(workspace.error());
  const auto exported = importing::export_console(*file, *layout, *workspace);
  if (!exported) return could_not_run(fmt::format("cannot export `{}`: {}", path, exported.error().message));
  const std::string json = exported->dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  const bool to_file = !options.out.empty() && options.out != "-";
  const Status written = to_file ? write_file(options.out, json) : write_output(json);
  return written ? kExitOk : could_not_run(written.error());
}

constexpr const char* kFooter =
    "Writes the envelope {schema, editor, flow} that the console imports (docs/formats/console.md). NAME.layout.json\n"
    "beside the flow says where its steps stand on the canvas; without it they are laid out anew. What the flow\n"
    "needs of its workspace.flow goes along: `flowc import` of what was written gives the same flow, anywhere.\n"
    "Exit codes: 0 written, 1 syntax errors, 2 could not run.\n\n"
    "  flowc export flows/otp/deliver_otp.flow --to console -o deliver_otp.json";

}  // namespace

void add_export(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("export", "Writes a flow as the JSON of another product");
  verb->footer(kFooter);
  verb->add_option("FLOW", options->flow, "a flow's file, or its name in this folder")->required();
  verb->add_option("--to", options->to, "`console`: the envelope of the console")
      ->required()
      ->check(CLI::IsMember({"console"}).description(""))
      ->type_name("PRODUCT");
  verb->add_option("-o,--out", options->out, "the file that is written (default: standard output)")->type_name("FILE");
  verb->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace flow::driver
