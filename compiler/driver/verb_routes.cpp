// flowc routes FLOW: what follows from the proofs for a customer, region by region.
#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "base/check.h"
#include "compiler/driver/compile.h"
#include "compiler/driver/output.h"
#include "compiler/driver/verb.h"
#include "compiler/prove/routes.h"

namespace flow::driver {
namespace {

struct Options {
  std::string environment;
  std::string flow;
  std::string format = "text";
};

int print_routes(const Options& options) {
  const auto chosen = compile_flow(options.flow, options.environment);
  if (!chosen) return could_not_run(chosen.error());
  if (report(*chosen->compilation, Warnings::leave_to_check)) return kExitFindings;
  const CheckedWorkspace& checked = chosen->compilation->checked;
  FLOW_CHECK(checked.workspace->flows.size() == checked.certificates.size());
  const check::Flow& flow = *checked.workspace->flows.at(chosen->flow);
  const auto routes = prove::find_routes(*checked.workspace, flow, checked.certificates.at(chosen->flow),
                                         prove::children_of(checked.certificates));
  const bool json = options.format == "json";
  const std::string text = json ? prove::routes_json(*checked.workspace, flow, routes)
                                : prove::routes_text(*checked.workspace, flow, routes);
  if (const Status written = write_output(text); !written) return could_not_run(written.error());
  return kExitOk;
}

constexpr const char* kFooter =
    "Times count from the start of an execution. A message goes out by the time that is shown, or not at all; the "
    "most\n"
    "messages are those of the worst case, whatever is reported and however late.\n"
    "The JSON document is described in docs/formats/routes.md.\n\n"
    "  flowc routes flows/otp\n"
    "  flowc routes flows/otp --format json";

}  // namespace

void add_routes(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("routes", "Shows who gets what on which channel, and by when at the latest");
  verb->footer(kFooter);
  add_environment(*verb, options->environment);
  verb->add_option("FLOW", options->flow, "a flow's file, a folder with one flow, or a flow's name in this folder")
      ->required();
  verb->add_option("--format", options->format, "text or json (default: text)")
      ->check(CLI::IsMember({"text", "json"}).description(""))
      ->type_name("FORMAT");
  verb->callback([options, &action] { action = [options] { return print_routes(*options); }; });
}

}  // namespace flow::driver
