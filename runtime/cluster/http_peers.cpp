#include "runtime/cluster/http_peers.h"

#include <mutex>
#include <thread>

#include "base/check.h"
#include "base/limits.h"
#include "runtime/crypto/digest.h"
#include "runtime/http/client.h"
#include "runtime/http/loop.h"
#include "runtime/http/problem.h"
#include "runtime/http/server.h"

namespace flow::cluster {

namespace {

using std::chrono::milliseconds;

constexpr std::string_view kPath = "/internal/v1/calls";

class Http final : public HttpPeers {
 public:
  explicit Http(HttpPeersOptions options) : options_(std::move(options)), authorization_("Bearer " + options_.token) {}
  ~Http() override {
    if (server_) server_->stop(milliseconds(0));
    client_.reset();
    loop_.stop();
    if (thread_.joinable()) thread_.join();
    server_.reset();
  }

  Status begin() {
    http::ServerOptions server;
    server.address = options_.address;
    server.port = options_.port;
    server.tls_certificate_file = options_.tls_certificate_file;
    server.tls_key_file = options_.tls_key_file;
    server.connections_max = 1024;
    server.header_time = milliseconds(60'000);
    server.body_bytes_max = [this](const http::Request& head) {
      return allowed(head) ? limits::kForwardBytesMax : limits::kAnonymousBodyBytesMax;
    };
    auto started = http::Server::start(
        std::move(server),
        [this](http::Request& request, http::Responder respond) { take(request, std::move(respond)); }, loop_);
    if (!started) return std::unexpected(started.error());
    server_ = std::move(*started);
    http::ClientOptions client;
    client.connections_per_host_max = 8;
    client.answer_bytes_max = limits::kForwardBytesMax;
    client.connect_time = milliseconds(2'000);
    client.authorities_file = options_.authorities_file;
    client_ = std::make_unique<http::Client>(std::move(client), loop_);
    thread_ = std::thread([this] { loop_.run(); });
    return {};
  }

  std::uint16_t port() const override { return server_->port(); }
  Result<std::function<void()>> read_certificate_again() override { return server_->read_certificate_again(); }

  void answer_with(AnswerPeer answer) override {
    const std::scoped_lock lock(mutex_);
    answer_ = std::move(answer);
  }

  void send(const std::string& address, std::string calls, milliseconds patience,
            std::move_only_function<void(PeerOutcome)> done) override {
    http::ClientRequest request;
    request.method = "POST";
    request.url = address + std::string(kPath);
    request.headers = {{"authorization", authorization_}, {"content-type", "application/octet-stream"}};
    request.body = std::move(calls);
    request.timeout = patience;
    client_->send(std::move(request), [done = std::move(done)](http::ClientOutcome outcome) mutable {
      if (!outcome) return done(std::unexpected(PeerFailure{outcome.error().error, outcome.error().sent}));
      if (outcome->status == 200) return done(std::move(outcome->body));
      // Refused before it was looked at, or broken on the way.
      const bool nothing_done = outcome->status >= 400 && outcome->status < 500;
      done(std::unexpected(PeerFailure{
          {ErrorCode::unavailable, fmt::format("a node answered with status {}", outcome->status)}, !nothing_done}));
    });
  }

  void after(milliseconds delay, std::move_only_function<void()> task) override {
    loop_.post([this, delay, task = std::move(task)]() mutable { loop_.after(delay, std::move(task)); });
  }
  milliseconds now() const override {
    return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now().time_since_epoch());
  }

 private:
  bool allowed(const http::Request& request) const {
    const auto given = request.header("authorization");
    return given && crypto::equal_constant_time(*given, authorization_);
  }

  void take(http::Request& request, http::Responder respond) {
    if (request.path() != kPath || request.method != "POST") {
      return respond(http::problem(404, "not_found", "There is nothing here"));
    }
    if (!allowed(request))
      return respond(http::problem(401, "unauthorized", "The cluster's token is missing or wrong"));
    const std::scoped_lock lock(mutex_);  // who takes the answers away waits for the call that is under way
    if (!answer_) return respond(http::problem(503, "starting", "This node is starting or stopping"));
    answer_(request.body, [respond = std::move(respond)](std::optional<std::string> answers) {
      if (!answers) return respond(http::problem(400, "unreadable", "The message cannot be read; is this node older?"));
      http::Response response;
      response.headers = {{"content-type", "application/octet-stream"}};
      response.body = std::move(*answers);
      respond(std::move(response));
    });
  }

  const HttpPeersOptions options_;
  const std::string authorization_;
  http::Loop loop_;
  std::unique_ptr<http::Server> server_;
  std::unique_ptr<http::Client> client_;
  std::mutex mutex_;
  AnswerPeer answer_;
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<HttpPeers>> HttpPeers::start(HttpPeersOptions options) {
  FLOW_CHECK(!options.token.empty());
  auto peers = std::make_unique<Http>(std::move(options));
  if (const Status begun = peers->begin(); !begun) return std::unexpected(begun.error());
  return peers;
}

}  // namespace flow::cluster
