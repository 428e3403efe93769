// flowd serve: serves until it is asked to stop.
#include <map>
#include <memory>

#include <CLI/CLI.hpp>

#include "runtime/daemon/serve.h"
#include "runtime/daemon/verb.h"

namespace flow::daemon {

void add_serve(CLI::App& app, Action& action) {
  auto options = std::make_shared<ServeOptions>();
  options->release = FLOW_VERSION;
  CLI::App* verb = app.add_subcommand("serve", "serve the HTTP API and run executions until SIGTERM");
  verb->add_option("--data", options->data_folder, "folder of the store; made when it is missing")->required();
  verb->add_option("--store", options->store,
                   "postgres://… of a database that several nodes share, in place of a store in the folder");
  verb->add_option("--config", options->config_file, "configuration, a TOML file; read again on SIGHUP")->required();
  verb->add_option("--listen", options->listen,
                   "address:port in place of the configuration's, loopback only; port 0: any");
  verb->add_option("--clock-rate", options->clock_rate, "seconds of service time in one real second, loopback only");
  verb->add_option("--engine", options->engine, "what runs flows")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, Engine>{{"jit", Engine::jit}, {"interpreter", Engine::interpreter}}));
  verb->add_option("--port-file", options->port_file, "file that gets the port once flowd is ready");
  verb->footer(
      "Logs are JSON lines on standard error. SIGHUP reads the configuration again, SIGTERM stops: docs/operating.md "
      "says what each does.");
  verb->callback([options, &action] { action = [options] { return serve(*options); }; });
}

}  // namespace flow::daemon
