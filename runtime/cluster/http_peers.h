// Nodes over HTTP: a listener for the others' calls, apart from the API's, and a client for ours; one thread for both.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "runtime/cluster/peers.h"

namespace flow::cluster {

struct HttpPeersOptions {
  std::string address = "127.0.0.1";  // to listen on
  std::uint16_t port = 0;             // 0: any free one
  std::string token;                  // the same on every node; whoever has it may do everything. REQUIRES: not empty
  std::string tls_certificate_file;   // with tls_key_file: HTTPS
  std::string tls_key_file;
  std::string authorities_file;  // PEM: who signs the other nodes' certificates; empty: whom the system trusts
};

// The answers to another node's calls (ClusterService::answer_peer()). Must not block.
using AnswerPeer =
    std::function<void(std::string_view calls, std::move_only_function<void(std::optional<std::string>)> done)>;

class HttpPeers : public Peers {
 public:
  // invalid_argument: address or certificate; unavailable: the port is taken.
  static Result<std::unique_ptr<HttpPeers>> start(HttpPeersOptions options);

  virtual std::uint16_t port() const = 0;
  // http::Server::read_certificate_again().
  virtual Result<std::function<void()>> read_certificate_again() = 0;
  // From here on calls are answered; before, and with an empty function, they are refused with 503. No call of the
  // function before is under way when it returns.
  virtual void answer_with(AnswerPeer answer) = 0;
};

}  // namespace flow::cluster
