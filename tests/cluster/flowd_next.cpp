// `flowd serve` of a release to come, which writes executions in a form that this one cannot read: as far as other
// nodes can tell, by its leases. Takes the options that a stage gives to flowd.
#include <map>
#include <string>

#include "runtime/daemon/serve.h"

int main(int argc, char** argv) {
  std::map<std::string, std::string> given;
  for (int i = 2; i + 1 < argc; i += 2) given[argv[i]] = argv[i + 1];
  flow::daemon::ServeOptions options;
  options.release = "next";
  options.format = flow::service::kImageVersion + 1;
  options.data_folder = given["--data"];
  options.store = given["--store"];
  options.config_file = given["--config"];
  options.listen = given["--listen"];
  options.clock_rate = std::stod(given["--clock-rate"]);
  options.engine = flow::daemon::Engine::interpreter;
  options.port_file = given["--port-file"];
  return flow::daemon::serve(options);
}
