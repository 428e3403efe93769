// The HTTP side of flowd: the API under /v1 and the door for the providers' webhooks (docs/http-api.md).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "runtime/channels/channels.h"
#include "runtime/config/config.h"
#include "runtime/core/clock.h"
#include "runtime/http/loop.h"
#include "runtime/service/service.h"

namespace flow::ingress {

class Ingress {
 public:
  // Binds the address, and answers everything with 503 until serve(). Two steps, because channels need to know under
  // which URL they are reached before there can be a service. `clock` and `loops` must outlive it; connections are
  // spread over the loops. None: a thread of its own.
  static Result<std::unique_ptr<Ingress>> listen(const config::Config& config, const core::Clock& clock,
                                                 const std::vector<http::Loop*>& loops = {});

  ~Ingress();  // stop()
  Ingress(const Ingress&) = delete;
  Ingress& operator=(const Ingress&) = delete;

  std::uint16_t port() const;
  // Under which providers reach this flowd: as configured, else the address that it listens on.
  const std::string& public_url() const;

  // From now on requests are served. Once. Both must outlive stop().
  void serve(service::Service& service, const channels::Channels& channels);

  // Requests that come from now on are judged by these tokens. After serve(); not from two threads at once.
  void reload(const config::Config& config);

  // http::Server::read_certificate_again().
  Result<std::function<void()>> read_certificate_again();

  // No new requests; those under way are answered for two seconds; then nothing calls the service any more.
  void stop();

 private:
  struct Core;
  explicit Ingress(std::unique_ptr<Core> core);
  std::unique_ptr<Core> core_;
};

}  // namespace flow::ingress
