#include <CLI/CLI.hpp>

#include "compiler/driver/verb.h"

namespace flow::driver {

// Each is defined in verb_NAME.cpp.
void add_check(CLI::App& app, Action& action);
void add_explain(CLI::App& app, Action& action);
void add_fmt(CLI::App& app, Action& action);
void add_test(CLI::App& app, Action& action);
void add_routes(CLI::App& app, Action& action);
void add_run(CLI::App& app, Action& action);
void add_ir(CLI::App& app, Action& action);
void add_build(CLI::App& app, Action& action);
void add_verify(CLI::App& app, Action& action);
void add_deploy(CLI::App& app, Action& action);
void add_import(CLI::App& app, Action& action);
void add_export(CLI::App& app, Action& action);

const std::vector<AddVerb>& verbs() {
  static const std::vector<AddVerb> all = {
      add_check, add_explain, add_fmt,    add_test,   add_routes, add_run,
      add_ir,    add_build,   add_verify, add_deploy, add_import, add_export,
  };
  return all;
}

void add_environment(CLI::App& verb, std::string& name) {
  verb.add_option("--environment", name, "with the settings of this environment of the workspace")->type_name("NAME");
}

}  // namespace flow::driver
