// An HTTP/1.1 server: requests in, answers out, from whichever thread has them.
//
// It bounds what strangers can make it hold: bytes of header and body, time to send a request, time to wait for an
// answer, connections. What is beyond a bound gets a problem (http/problem.h) or a closed connection, and never
// reaches the handler.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "base/result.h"
#include "runtime/http/loop.h"
#include "runtime/http/message.h"

namespace flow::http {

// Answers one request; any thread, also long after the handler returned. The first call counts. When the last copy
// goes without an answer, the caller gets a 500. Status 0 closes the connection without any answer (for simulators).
// On the loop's own thread the answer is written before the call returns.
class Responder {
 public:
  using Send = std::function<void(Response)>;
  struct Once;  // inside

  explicit Responder(Send send);
  explicit Responder(Once* once) : once_(once) {}
  Responder(const Responder& other) noexcept;
  Responder(Responder&& other) noexcept : once_(std::exchange(other.once_, nullptr)) {}
  Responder& operator=(Responder other) noexcept;
  ~Responder();
  void operator()(Response response) const;

 private:
  Once* once_;
};

// Called on the thread of the loop that serves the connection; must not block. Exceptions are a 500. What it does not
// move out of the request is used again for the connection's next one, which saves allocations.
using Handler = std::function<void(Request&, Responder)>;

struct ServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;   // 0: any free one, see Server::port()
  int threads = 1;          // of a server with threads of its own
  bool share_port = false;  // SO_REUSEPORT: each server that listens on the port gets a part of the connections
  std::size_t connections_max = 4096;
  std::size_t header_bytes_max = 16 * 1024;
  // How many bytes of body a request may have, decided when its header is known (the body is still empty).
  std::function<std::size_t(const Request& head)> body_bytes_max = [](const Request&) { return std::size_t{1} << 20; };
  std::chrono::milliseconds header_time{30'000};  // from the connection, or the answer before it, to the header's end
  std::chrono::milliseconds body_time{30'000};
  std::chrono::milliseconds answer_time{60'000};  // the handler's; then 503
  std::chrono::milliseconds write_time{30'000};
  // Times are looked at now and then: they may be exceeded by an eighth of the shortest, 250 ms at most.
  std::string tls_certificate_file;  // PEM chain; with tls_key_file: HTTPS only
  std::string tls_key_file;
};

class Server {
 public:
  // Binds and serves, on threads of its own. invalid_argument: a bad address or certificate; unavailable: the port is
  // taken.
  static Result<std::unique_ptr<Server>> start(ServerOptions options, Handler handler);
  // The same on a loop, which must outlive the server; `threads` does not matter.
  static Result<std::unique_ptr<Server>> start(ServerOptions options, Handler handler, Loop& loop);

  ~Server();  // stop()
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::uint16_t port() const;

  // Reads certificate and key from their files again. What it returns gives them to the connections that are made from
  // then on; those that are open keep theirs. Without TLS that does nothing. invalid_argument: as start(), and nothing
  // changes. Any thread; the server must outlive what is returned.
  Result<std::function<void()>> read_certificate_again();

  // No new connections and no new requests; requests under way have `grace` to be answered (none when called on the
  // loop's thread, or when the loop does not run); then everything is closed. When it returns the handler is not called
  // any more. Answers that come later are dropped. Any thread; not from a handler.
  void stop(std::chrono::milliseconds grace = std::chrono::milliseconds(2000));

 private:
  struct Core;
  explicit Server(std::unique_ptr<Core> core);
  static Result<std::unique_ptr<Server>> open(ServerOptions options, Handler handler, Loop* loop);
  std::unique_ptr<Core> core_;
};

// Whether an address reaches this machine only: 127.0.0.0/8, ::1, localhost.
bool is_loopback(const std::string& address);

}  // namespace flow::http
