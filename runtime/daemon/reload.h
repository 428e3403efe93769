// Reads the configuration again while flowd serves: all of what may change takes effect, or nothing does.
#pragma once

#include <functional>
#include <memory>

#include "base/result.h"
#include "runtime/channels/channels.h"
#include "runtime/config/config.h"
#include "runtime/crypto/seal.h"
#include "runtime/daemon/backend.h"
#include "runtime/ingress/ingress.h"
#include "runtime/operations/operations.h"
#include "runtime/service/local_service.h"

namespace flow::daemon {

// Takes effect of what `config` says of the log.
void apply_log(const config::Config& config);
// The same of retention, as the service has it.
service::Retention retention_of(const config::Retention& configured);

// One thread.
class Reloader {
 public:
  struct Parts {
    std::function<Result<config::Config>()> read;  // the configuration as it is on disk now
    ingress::Ingress& ingress;
    channels::Channels& channels;
    operations::Operations& operations;
    service::LocalService& service;
    std::shared_ptr<crypto::Keyring> keys;  // null: nothing is sealed
    Backend& backend;
  };
  // `running`: what flowd was started with.
  Reloader(config::Config running, Parts parts) : running_(std::move(running)), parts_(std::move(parts)) {}

  // Logs configuration_reloaded, or configuration_refused and why. Tells the service manager when it begins and ends.
  void reload();

 private:
  Status take_over(config::Config wanted);

  config::Config running_;
  Parts parts_;
};

}  // namespace flow::daemon
