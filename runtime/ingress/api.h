// One request in, one answer out: access, routing, and the call of the service behind each operation.
#pragma once

#include <memory>

#include "runtime/channels/channels.h"
#include "runtime/core/clock.h"
#include "runtime/core/metrics.h"
#include "runtime/http/server.h"
#include "runtime/ingress/access.h"
#include "runtime/ingress/reply.h"
#include "runtime/ingress/routes.h"
#include "runtime/service/service.h"

namespace flow::ingress {

// Any thread. Service, channels and clock must outlive it; answers may come later.
class Api {
 public:
  Api(std::vector<config::Token> tokens, service::Service& service, const channels::Channels& channels,
      const core::Clock& clock)
      : access_(std::move(tokens)), service_(service), channels_(channels), clock_(clock) {}

  // Who may call from now on. Any thread.
  void reload(std::vector<config::Token> tokens) { access_.reload(std::move(tokens)); }

  void handle(const http::Request& request, http::Responder respond) const;

  // How large a body may be, by its header alone: little for those who may not send one.
  std::size_t body_bytes_max(const http::Request& head) const;

 private:
  void dispatch(const Match& match, const http::Request& request, const Reply& respond) const;
  void deploy(const http::Request& request, const Reply& respond) const;
  void publish(const std::string& flow, const http::Request& request, const Reply& respond) const;
  void start(const std::string& flow, const http::Request& request, const Reply& respond) const;
  void start_batch(const std::string& flow, const http::Request& request, const Reply& respond) const;
  void list(const http::Request& request, const Reply& respond) const;
  void read(const std::string& execution, const Reply& respond) const;
  void signal(const std::string& execution, const std::string& name, const Reply& respond) const;
  void erase(const std::string& number, const Reply& respond) const;
  void inspect(const std::string& execution, const Reply& respond) const;
  void handshake(const std::string& channel, const http::Request& request, const Reply& respond) const;
  void webhook(const std::string& channel, const http::Request& request, const Reply& respond) const;
  void report(const std::string& channel, channels::Reports reports, const Reply& respond) const;

  Access access_;
  service::Service& service_;
  const channels::Channels& channels_;
  const core::Clock& clock_;
  std::shared_ptr<RequestMetrics> metrics_ = std::make_shared<RequestMetrics>();
};

}  // namespace flow::ingress
