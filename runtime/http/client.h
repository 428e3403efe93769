// HTTP requests to other machines: many at once, on a thread of its own.
//
// No redirect is followed, no scheme but http and https spoken, no proxy taken from the environment, and nothing
// larger than a limit read. Errors name the host and what went wrong, never the URL's query, a header or a body.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
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
                      // resource_exhausted: answer too large, or too many requests wait
  bool sent = false;  // some of the request may have reached the other side, so it may have been carried out
};

using ClientOutcome = std::expected<Response, ClientFailure>;
using ClientDone = std::move_only_function<void(ClientOutcome)>;

struct ClientOptions {
  long connections_max = 256;
  long connections_per_host_max = 64;
  std::size_t requests_max = 10'000;  // under way and waiting
  std::size_t answer_bytes_max = std::size_t{256} * 1024;
  std::chrono::milliseconds connect_time{5'000};
  std::string user_agent = "flowd";
};

class Client {
 public:
  explicit Client(ClientOptions options = {});
  ~Client();  // what is under way fails as unavailable, and each `done` has been called when it returns
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Any thread. `done` is called once, on the client's thread, and must not block; it may call send().
  void send(ClientRequest request, ClientDone done);

  // Blocks for the outcome. Not from `done`.
  ClientOutcome perform(ClientRequest request);

 private:
  struct Core;
  std::unique_ptr<Core> core_;
};

}  // namespace flow::http
