// What flowd keeps its executions in: a store of its own, or a database that it shares with other nodes.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "runtime/config/config.h"
#include "runtime/crypto/seal.h"
#include "runtime/service/image.h"
#include "runtime/service/local_service.h"
#include "runtime/store/storage.h"

namespace flow::daemon {

struct BackendOptions {
  std::string data_folder;
  std::string store;  // empty: in the data folder; else a database's URL
  std::string release;
  int format = service::kImageVersion;  // of executions, written and at most read: for a database's leases
};

class Backend {
 public:
  virtual ~Backend() = default;

  static Result<std::unique_ptr<Backend>> open(const BackendOptions& options, const config::Config& config,
                                               std::shared_ptr<const crypto::Keyring> keys);

  virtual store::Storage& storage() = 0;
  // What LocalService must know of it.
  virtual void prepare(service::LocalOptions& options) = 0;
  // The service that requests are for. `local` outlives the backend's end().
  virtual service::Service& join(service::LocalService& local) = 0;
  // http::Server::read_certificate_again(), of the listener for other nodes.
  virtual Result<std::function<void()>> read_certificate_again() = 0;
  // Hands everything over to other nodes, at most so long.
  virtual void leave(std::chrono::milliseconds most) = 0;
  // After `local` was stopped: nothing calls it any more.
  virtual void end() = 0;
};

}  // namespace flow::daemon
