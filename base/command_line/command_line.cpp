#include "base/command_line/command_line.h"

#include <exception>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

namespace flow::command_line {
namespace {

int read_and_act(const Program& program, int argc, char** argv) {
  CLI::App app(program.description, program.name);
  app.footer(program.footer);
  app.set_version_flag("--version", program.name + " " + program.version, "print the version and exit");
  app.set_help_flag("-h,--help", "print this help and exit");
  app.require_subcommand(1);
  Action action;
  for (const AddVerb add : program.verbs) add(app, action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& wanted) {  // --help, --version
    return app.exit(wanted);
  } catch (const CLI::ParseError& error) {
    std::string asked = program.name;
    if (!app.get_subcommands().empty()) asked += " " + app.get_subcommands()[0]->get_name();
    return program.could_not_run(fmt::format("{}\n`{} --help` shows what there is", error.what(), asked));
  }
  return action();
}

}  // namespace

int run(const Program& program, int argc, char** argv) {
  try {
    return read_and_act(program, argc, argv);
  } catch (const std::exception& error) {
    return program.could_not_run(fmt::format("cannot go on: {}", error.what()));
  }
}

}  // namespace flow::command_line
