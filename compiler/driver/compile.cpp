#include "compiler/driver/compile.h"

#include <cstdio>
#include <filesystem>
#include <utility>

#include "base/check.h"
#include "compiler/diagnostics/render.h"
#include "compiler/diagnostics/suggest.h"
#include "compiler/driver/output.h"
#include "compiler/ir/verify.h"
#include "compiler/lower/lower.h"

namespace flow::driver {
namespace {

namespace fs = std::filesystem;

// Which flow of the module; the message names those that there are.
Result<std::size_t> find_flow(const ir::Module& module, const std::string& name) {
  std::vector<std::string> names;
  names.reserve(module.flows.size());
  for (const ir::Flow& flow : module.flows) names.push_back(flow.info.name);
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == name || (name.empty() && names.size() == 1)) return i;
  if (names.empty()) return fail(ErrorCode::not_found, "the workspace has no flow");
  if (name.empty())
    return fail(ErrorCode::invalid_argument, "the workspace has the flows {}: name one of their files",
                diagnostics::quoted_list(names));
  return fail(ErrorCode::not_found, "there is no flow `{}`: {}", name, diagnostics::did_you_mean(name, names));
}

}  // namespace

std::shared_ptr<const ir::Module> lower_checked(const check::Workspace& workspace) {
  auto module = std::make_shared<ir::Module>(lower::lower(workspace));
  const Status verified = ir::verify(*module);
  FLOW_CHECK(verified.has_value(), "lowering broke a rule: {}", verified.error().message);
  return module;
}

Result<std::unique_ptr<Compilation>> compile(const std::string& path, Tests tests, const std::string& environment) {
  auto out = std::make_unique<Compilation>();
  auto workspaces = load_workspaces({path}, out->sources);
  if (!workspaces) return std::unexpected(std::move(workspaces.error()));
  FLOW_CHECK(workspaces->size() == 1, "{} workspaces for one path", workspaces->size());
  out->files = std::move(workspaces->front());
  out->files.environment = environment;
  if (tests == Tests::leave_out) out->files.tests.clear();
  out->checked = check_files(out->files, out->sources, out->sink);
  if (!out->checked.sound) return out;
  out->module = lower_checked(*out->checked.workspace);
  return out;
}

Result<ChosenFlow> compile_flow(const std::string& flow, const std::string& environment) {
  std::error_code ignored;
  const bool is_path = fs::exists(flow, ignored) || flow.find('/') != std::string::npos || flow.ends_with(".flow");
  auto compilation = compile(is_path ? flow : ".", Tests::leave_out, environment);
  if (!compilation) return std::unexpected(std::move(compilation.error()));
  ChosenFlow chosen{std::move(*compilation), 0};
  if (chosen.compilation->module == nullptr) return chosen;
  // The flows that it starts were read as well.
  const auto& flows = chosen.compilation->checked.workspace->flows;
  for (std::size_t i = 0; is_path && fs::is_regular_file(flow, ignored) && i < flows.size(); ++i) {
    const fs::path file = chosen.compilation->sources.file(flows[i]->file).path();
    if (file.filename() != fs::path(flow).filename()) continue;
    chosen.flow = i;
    return chosen;
  }
  const auto found = find_flow(*chosen.compilation->module, is_path ? "" : flow);
  if (!found) return std::unexpected(found.error());
  chosen.flow = *found;
  return chosen;
}

bool report(const Compilation& compilation, Warnings warnings) {
  if (warnings == Warnings::leave_to_check && !compilation.sink.has_errors()) return false;
  const bool color = use_color(ColorChoice::automatic, stderr);
  const std::string text = diagnostics::render(compilation.sources, compilation.sink, {.color = color});
  fmt::print(stderr, "{}", text);
  return compilation.sink.has_errors();
}

}  // namespace flow::driver
