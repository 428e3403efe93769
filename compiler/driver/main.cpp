// flowc: checks, formats, runs and builds declarative flows. docs/compiler.md describes the verbs.
#include <exception>
#include <string>

#include <CLI/CLI.hpp>

#include "compiler/driver/output.h"
#include "compiler/driver/verb.h"

namespace flow::driver {
namespace {

constexpr const char* kFooter =
    "A workspace is the folder that holds `workspace.flow`; the .flow files beside it are its flows.\n"
    "Exit codes: 0 all is well, 1 the flows have errors, 2 could not run (the reason is on standard error).\n"
    "`flowc VERB --help` describes a verb. Codes like F0202 are explained in docs/diagnostics/F0202.md.";

int run(int argc, char** argv) {
  CLI::App app("Compiles declarative message flows: checks them, proves their guarantees, builds bundles.", "flowc");
  app.footer(kFooter);
  app.set_version_flag("--version", std::string("flowc ") + FLOW_VERSION, "print the version and exit");
  app.set_help_flag("-h,--help", "print this help and exit");
  app.require_subcommand(1);
  Action action;
  for (const AddVerb add : verbs()) add(app, action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& wanted) {  // --help, --version
    return app.exit(wanted);
  } catch (const CLI::ParseError& error) {
    const std::string name = app.get_subcommands().empty() ? "flowc" : "flowc " + app.get_subcommands()[0]->get_name();
    return could_not_run(fmt::format("{}\n`{} --help` shows what there is", error.what(), name));
  }
  return action();
}

}  // namespace
}  // namespace flow::driver

int main(int argc, char** argv) {
  try {
    return flow::driver::run(argc, argv);
  } catch (const std::exception& error) {
    // Memory ran out, or a library broke its promise: never a stack trace for the author.
    return flow::driver::could_not_run(fmt::format("cannot go on: {}", error.what()));
  }
}
