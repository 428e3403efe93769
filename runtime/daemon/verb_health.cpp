// flowd health: asks a flowd whether it is ready, as a load balancer would.
#include <memory>
#include <string>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "runtime/config/config.h"
#include "runtime/daemon/verb.h"
#include "runtime/http/client.h"

namespace flow::daemon {
namespace {

struct Options {
  std::string config_file;
  std::string server;
  int timeout_ms = 2000;
};

// Where the flowd of this configuration is reached from its own machine. A certificate is for a name, so with one of
// its own flowd is asked under its public name.
std::string url_of(const config::Config& config) {
  if (!config.tls_certificate.empty() && !config.public_url.empty()) return config.public_url;
  std::string address = config.address;
  if (address == "0.0.0.0") address = "127.0.0.1";
  if (address == "::") address = "::1";
  if (address.find(':') != std::string::npos) address = "[" + address + "]";
  return fmt::format("{}://{}:{}", config.tls_certificate.empty() ? "http" : "https", address, config.port);
}

int health(const Options& options) {
  std::string url = options.server;
  if (url.empty()) {
    const auto config = config::load_server(options.config_file);
    if (!config)
      return could_not_run(fmt::format("the configuration cannot be used\n{}", fmt::join(config.error(), "\n")));
    if (config->port == 0) {
      return could_not_run("the configuration leaves the port open (`listen` with port 0): give --server URL");
    }
    url = url_of(*config);
  }
  while (url.ends_with('/')) url.pop_back();
  http::ClientRequest request;
  request.url = url + "/readyz";
  request.timeout = std::chrono::milliseconds(options.timeout_ms);
  http::Client client;
  const http::ClientOutcome outcome = client.perform(std::move(request));
  if (!outcome && outcome.error().error.code == ErrorCode::invalid_argument)
    return could_not_run(outcome.error().error);
  if (!outcome) return not_well(fmt::format("no answer from {}: {}", url, outcome.error().error.message));
  if (outcome->status != 200) return not_well(fmt::format("{} is not ready: it answers {}", url, outcome->status));
  return print("ready\n");
}

}  // namespace

void add_health(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("health", "ask a running flowd whether it is ready");
  auto* config =
      verb->add_option("--config", options->config_file, "the configuration it runs with: asks where that listens");
  auto* server = verb->add_option("--server", options->server, "or its URL: http://127.0.0.1:8080");
  config->excludes(server);
  verb->add_option("--timeout-ms", options->timeout_ms, "how long to wait for the answer")
      ->check(CLI::Range(1, 600'000))
      ->capture_default_str();
  verb->footer("Exit codes: 0 ready, 1 not ready or no answer, 2 could not ask (the reason is on standard error).");
  verb->callback([options, &action] {
    if (options->config_file.empty() == options->server.empty()) throw CLI::RequiredError("--config or --server");
    action = [options] { return health(*options); };
  });
}

}  // namespace flow::daemon
