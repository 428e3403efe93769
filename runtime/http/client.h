// HTTP/1.1 requests to other machines: many at once, on a loop, over connections that are kept and used again.
//
// A request that may have reached the other side is never repeated here; what is repeated decides the outbox. An https
// server must prove its name with a certificate that the system trusts.
//
// No redirect is followed, no scheme but http and https spoken, no proxy taken from the environment, and nothing
// larger than a limit read. Errors name the host and what went wrong, never the URL's query, a header or a body.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "runtime/http/loop.h"
#include "runtime/http/message.h"

namespace flow::http {

struct ClientRequest {
  std::string method = "GET";
  std::string url = {};
  Headers headers = {};
  std::string body = {};                      // sent for POST, PUT, PATCH, DELETE
  std::chrono::milliseconds timeout{10'000};  // from submission to the answer's last byte, waiting for a connection too
};

// Why no answer came.
struct ClientFailure {
  Error error;        // unavailable: did not connect, broke off, late; invalid_argument: no usable URL;
                      // resource_exhausted: answer too large, or too many requests wait; permission_denied: no
                      // address that may be connected to
  bool sent = false;  // some of the request may have reached the other side, so it may have been carried out
};

using ClientOutcome = std::expected<Response, ClientFailure>;
using ClientDone = std::move_only_function<void(ClientOutcome)>;

// A host is a scheme, a name and a port; each has its own connections and its own queue, so that a slow one does not
// hold up the others. The last eighth of all connections is only for hosts that have fewer than an eighth of what one
// may have.
struct ClientOptions {
  std::size_t connections_max = 256;
  std::size_t connections_per_host_max = 64;
  std::size_t requests_max = 10'000;          // under way and waiting
  std::size_t requests_per_host_max = 5'000;  // of these
  std::size_t answer_bytes_max = std::size_t{256} * 1024;
  std::chrono::milliseconds connect_time{5'000};   // for all addresses of the host, and TLS
  std::chrono::milliseconds idle_time{25'000};     // then an unused connection is closed
  std::chrono::milliseconds address_time{60'000};  // how long what a name means is remembered
  std::string authorities_file = {};  // PEM: further authorities to trust; when it is unusable, so is https
  std::string user_agent = "flowd";
  // Whether a connection may be made to an address (4 or 16 bytes, as the network has them): asked of what a name means
  // each time that is looked up, and of an address that stands in a URL. A connection goes to what was asked, or to
  // nothing: then the request fails as permission_denied. Empty: to all. On the loop's thread.
  std::function<bool(std::span<const std::uint8_t> address)> may_connect = {};
  // What a name means, as written addresses, instead of the system's answer. On a thread of its own.
  std::function<std::vector<std::string>(const std::string& name)> look_up = {};
};

class ClientCore;

class Client {
 public:
  explicit Client(ClientOptions options = {});  // on a thread of its own
  Client(ClientOptions options, Loop& loop);    // the loop must outlive it
  ~Client();  // what is under way fails as unavailable, and each `done` has been called when it returns; not in `done`
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Any thread. `done` is called once, on the loop's thread, never before send() returns; it must not block or throw,
  // and may call send(). On the loop's thread the request is written before send() returns when a connection is free.
  void send(ClientRequest request, ClientDone done);

  // Blocks for the outcome. Not on the loop's thread.
  ClientOutcome perform(ClientRequest request);

 private:
  struct Own;
  std::unique_ptr<Own> own_;  // a thread's loop
  std::shared_ptr<ClientCore> core_;
};

}  // namespace flow::http
