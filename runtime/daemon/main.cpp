// flowd: runs deployed flows. docs/operating.md describes it.
#include <cstdio>
#include <exception>
#include <map>
#include <string>

#include <CLI/CLI.hpp>

#include "runtime/daemon/serve.h"

namespace flow::daemon {
namespace {

constexpr const char* kFooter =
    "Exit codes: 0 stopped as asked, 2 could not start (the reason is on standard error), 3 the store failed while "
    "serving.\n"
    "Logs are JSON lines on standard error. The configuration file is described in docs/operating.md.";

int run(int argc, char** argv) {
  CLI::App app("Runs deployed message flows: durable executions, channels, webhooks and an HTTP API.", "flowd");
  app.footer(kFooter);
  app.set_version_flag("--version", std::string("flowd ") + FLOW_VERSION, "print the version and exit");
  app.set_help_flag("-h,--help", "print this help and exit");
  app.require_subcommand(1);

  ServeOptions options;
  CLI::App* verb = app.add_subcommand("serve", "serve the HTTP API and run executions until SIGTERM");
  verb->add_option("--data", options.data_folder, "folder of the store; made when it is missing")->required();
  verb->add_option("--config", options.config_file, "configuration, a TOML file")->required();
  verb->add_option("--listen", options.listen,
                   "address:port in place of the configuration's, loopback only; port 0: any");
  verb->add_option("--clock-rate", options.clock_rate, "seconds of service time in one real second, loopback only");
  verb->add_option("--engine", options.engine, "what runs flows")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, Engine>{{"jit", Engine::jit}, {"interpreter", Engine::interpreter}}));
  verb->add_option("--port-file", options.port_file, "file that gets the port once flowd is ready");

  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& wanted) {  // --help, --version
    return app.exit(wanted);
  } catch (const CLI::ParseError& error) {
    std::fprintf(stderr, "flowd: %s\n`flowd --help` shows what there is\n", error.what());
    return kCouldNotStart;
  }
  return serve(options);
}

}  // namespace
}  // namespace flow::daemon

int main(int argc, char** argv) {
  try {
    return flow::daemon::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "flowd: cannot go on: %s\n", error.what());
    return flow::daemon::kCouldNotStart;
  }
}
