// `flowd serve`: all parts joined, from the store up to the listener, and taken down in the reverse order.
#pragma once

#include <optional>
#include <string>

#include "runtime/daemon/loader.h"
#include "runtime/service/image.h"

namespace flow::daemon {

struct ServeOptions {
  std::string data_folder;
  std::string store;                    // empty: in the data folder; else a database's URL
  std::string release;                  // of flowd
  int format = service::kImageVersion;  // BackendOptions::format; a test's release to come has another
  std::string config_file;
  std::string listen;  // "127.0.0.1:0" in place of the configuration's; loopback only; empty: as configured
  std::optional<double> clock_rate;  // loopback only; nothing: as the store has it
  Engine engine = Engine::jit;
  std::string port_file;  // empty: none
};

// The exit code (verb.h).
int serve(const ServeOptions& options);

}  // namespace flow::daemon
