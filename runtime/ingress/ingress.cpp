#include "runtime/ingress/ingress.h"

#include <algorithm>
#include <atomic>

#include "base/check.h"
#include "base/limits.h"
#include "runtime/http/problem.h"
#include "runtime/http/server.h"
#include "runtime/ingress/api.h"

namespace flow::ingress {

struct Ingress::Core {
  std::vector<config::Token> tokens;
  const core::Clock* clock = nullptr;
  std::string public_url;
  std::unique_ptr<Api> api_owner;
  std::atomic<const Api*> api = nullptr;
  std::vector<std::unique_ptr<http::Server>> servers;  // last: their threads use the rest

  void handle(const http::Request& request, http::Responder respond) const {
    if (const Api* ready = api.load(std::memory_order_acquire)) return ready->handle(request, std::move(respond));
    respond(http::problem(503, "not_ready", "not ready to serve"));
  }
  std::size_t body_bytes_max(const http::Request& head) const {
    const Api* ready = api.load(std::memory_order_acquire);
    return ready == nullptr ? limits::kAnonymousBodyBytesMax : ready->body_bytes_max(head);
  }
};

Result<std::unique_ptr<Ingress>> Ingress::listen(const config::Config& config, const core::Clock& clock,
                                                 const std::vector<http::Loop*>& loops) {
  auto core = std::make_unique<Core>();
  core->tokens = config.tokens;
  core->clock = &clock;
  http::ServerOptions options;
  options.address = config.address;
  options.port = config.port;
  options.connections_max = config.connections_max;
  options.tls_certificate_file = config.tls_certificate;
  options.tls_key_file = config.tls_key;
  options.body_bytes_max = [core = core.get()](const http::Request& head) { return core->body_bytes_max(head); };
  options.share_port = loops.size() > 1;
  const http::Handler handler = [core = core.get()](http::Request& request, http::Responder respond) {
    core->handle(request, std::move(respond));
  };
  for (std::size_t i = 0; i < std::max<std::size_t>(loops.size(), 1); ++i) {
    auto server =
        loops.empty() ? http::Server::start(options, handler) : http::Server::start(options, handler, *loops[i]);
    if (!server) return std::unexpected(server.error());
    options.port = (*server)->port();  // the others on the port that the first was given
    core->servers.push_back(std::move(*server));
  }
  core->public_url = config.public_url;
  if (core->public_url.empty()) {
    const bool ipv6 = config.address.find(':') != std::string::npos;
    core->public_url = fmt::format("{}://{}{}{}:{}", config.tls_certificate.empty() ? "http" : "https", ipv6 ? "[" : "",
                                   config.address, ipv6 ? "]" : "", core->servers.front()->port());
  }
  return std::unique_ptr<Ingress>(new Ingress(std::move(core)));
}

Ingress::Ingress(std::unique_ptr<Core> core) : core_(std::move(core)) {}
Ingress::~Ingress() {
  stop();
}
std::uint16_t Ingress::port() const {
  return core_->servers.front()->port();
}
const std::string& Ingress::public_url() const {
  return core_->public_url;
}

void Ingress::serve(service::Service& service, const channels::Channels& channels) {
  FLOW_CHECK(core_->api_owner == nullptr, "serve() comes once");
  core_->api_owner = std::make_unique<Api>(core_->tokens, service, channels, *core_->clock);
  core_->api.store(core_->api_owner.get(), std::memory_order_release);
}

void Ingress::reload(const config::Config& config) {
  FLOW_CHECK(core_->api_owner != nullptr, "reload() comes after serve()");
  core_->api_owner->reload(config.tokens);
}

Result<std::function<void()>> Ingress::read_certificate_again() {
  std::vector<std::function<void()>> all;
  for (const auto& server : core_->servers) {
    auto read = server->read_certificate_again();
    if (!read) return std::unexpected(read.error());
    all.push_back(*std::move(read));
  }
  return [all = std::move(all)] {
    for (const auto& each : all) each();
  };
}

void Ingress::stop() {
  for (const auto& server : core_->servers) server->stop();
}

}  // namespace flow::ingress
