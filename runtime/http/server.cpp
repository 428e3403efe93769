// Boost 1.74's awaitable.hpp uses std::exchange without including <utility>.
#include <utility>

#include "runtime/http/server.h"

#include <atomic>
#include <condition_variable>
#include <limits>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>
#include <vector>

#include <boost/asio/dispatch.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>

#include "runtime/http/problem.h"

namespace flow::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using boost::system::error_code;
using PlainStream = beast::tcp_stream;
using TlsStream = beast::ssl_stream<beast::tcp_stream>;

// What the server keeps of a connection, whatever its stream.
class Connection {
 public:
  virtual ~Connection() = default;
  virtual void begin() = 0;
  virtual void close_when_idle() = 0;  // any thread: after the answer under way, if any
  virtual void close_now() = 0;        // any thread
};

Response internal_error() {
  return problem(500, "internal", "the server failed to answer");
}

Headers copy_headers(const beast::http::fields& fields) {
  Headers headers;
  for (const auto& field : fields) {
    const auto name = field.name_string();
    const auto value = field.value();
    headers.emplace_back(lower_case({name.data(), name.size()}), std::string(value.data(), value.size()));
  }
  return headers;
}

}  // namespace

struct Responder::Once {
  Send send;
  std::atomic<bool> done = false;
  ~Once() {
    if (!done.exchange(true)) send(internal_error());
  }
};

Responder::Responder(Send send) : once_(std::make_shared<Once>()) {
  once_->send = std::move(send);
}

void Responder::operator()(Response response) const {
  if (!once_->done.exchange(true)) once_->send(std::move(response));
}

// Everything that connections share. Lives as long as the last responder, so that a late answer finds it.
struct Server::Core : std::enable_shared_from_this<Server::Core> {
  ServerOptions options;
  Handler handler;
  asio::io_context io;
  std::optional<asio::ssl::context> tls;
  tcp::acceptor acceptor{asio::make_strand(io)};
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> work;
  std::uint16_t port = 0;
  std::vector<std::thread> threads;

  std::mutex mutex;  // guards what follows
  std::condition_variable all_closed;
  std::unordered_map<Connection*, std::weak_ptr<Connection>> connections;
  bool stopping = false;  // no new requests
  bool stopped = false;   // nothing is posted any more

  Status open();
  void accept();
  void on_accepted(tcp::socket socket);
  void stop(std::chrono::milliseconds grace);

  bool add(const std::shared_ptr<Connection>& connection) {
    const std::lock_guard lock(mutex);
    if (stopping || connections.size() >= options.connections_max) return false;
    connections.emplace(connection.get(), connection);
    return true;
  }
  void remove(Connection* connection) {
    const std::lock_guard lock(mutex);
    connections.erase(connection);
    if (connections.empty()) all_closed.notify_all();
  }
  std::vector<std::shared_ptr<Connection>> open_connections() {
    const std::lock_guard lock(mutex);
    std::vector<std::shared_ptr<Connection>> open;
    for (const auto& [key, weak] : connections) {
      if (auto connection = weak.lock()) open.push_back(std::move(connection));
    }
    return open;
  }
  bool is_stopping() {
    const std::lock_guard lock(mutex);
    return stopping;
  }
};

namespace {

// One connection: header, body, handler, answer, and again. All but post_* run on its strand.
template <typename Core, typename Stream>
class Session final : public Connection, public std::enable_shared_from_this<Session<Core, Stream>> {
 public:
  Session(std::shared_ptr<Core> core, Stream stream, std::string peer)
      : core_(std::move(core)), stream_(std::move(stream)), timer_(stream_.get_executor()), peer_(std::move(peer)) {}
  ~Session() override { core_->remove(this); }

  void begin() override {
    asio::dispatch(stream_.get_executor(), [self = this->shared_from_this()] { self->handshake(); });
  }

  void close_when_idle() override {
    post([](Session& self) {
      if (!self.answering_) self.close();
    });
  }
  void close_now() override {
    post([](Session& self) { self.close(); });
  }

 private:
  using Parser = beast::http::request_parser<beast::http::string_body>;
  using Answer = beast::http::response<beast::http::string_body>;

  auto& socket_stream() { return beast::get_lowest_layer(stream_); }

  // From any thread. After stop() nothing would run what is posted, and it would keep the server alive for ever.
  template <typename Function>
  void post(Function function) {
    // Before the lock, to go after it: should this be the last reference, the destructor takes the mutex.
    auto self = this->shared_from_this();
    const std::lock_guard lock(core_->mutex);
    if (core_->stopped) return;
    asio::post(stream_.get_executor(), [self, function = std::move(function)]() mutable { function(*self); });
  }

  void handshake() {
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      socket_stream().expires_after(core_->options.header_time);
      stream_.async_handshake(asio::ssl::stream_base::server, [self = this->shared_from_this()](error_code error) {
        if (!error) self->read_header();
      });
    } else {
      read_header();
    }
  }

  void read_header() {
    if (core_->is_stopping()) return close();
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(core_->options.header_bytes_max));
    parser_->body_limit(std::numeric_limits<std::uint64_t>::max());  // decided when the header is known
    socket_stream().expires_after(core_->options.header_time);
    beast::http::async_read_header(
        stream_, buffer_, *parser_,
        [self = this->shared_from_this()](error_code error, std::size_t) { self->on_header(error); });
  }

  void on_header(error_code error) {
    if (error == beast::http::error::header_limit) {
      return refuse(431, "header_too_large", "the request's header is too large");
    }
    if (error) return broken(error);

    const auto& head = parser_->get();
    request_ = Request{};
    request_.method = std::string(head.method_string());
    request_.target = std::string(head.target());
    request_.headers = copy_headers(head);
    request_.peer = peer_;
    keep_alive_ = head.keep_alive();
    const std::size_t limit = core_->options.body_bytes_max(request_);
    const auto length = parser_->content_length();
    if (length && *length > limit) return too_large(limit);
    parser_->body_limit(limit);
    if (!parser_->is_done() && beast::iequals(head[beast::http::field::expect], "100-continue")) return go_on();
    read_body();
  }

  // The client waits for leave to send its body.
  void go_on() {
    auto go = std::make_shared<beast::http::response<beast::http::empty_body>>(beast::http::status::continue_, 11);
    socket_stream().expires_after(core_->options.write_time);
    beast::http::async_write(stream_, *go, [self = this->shared_from_this(), go](error_code error, std::size_t) {
      error ? self->close() : self->read_body();
    });
  }

  void read_body() {
    socket_stream().expires_after(core_->options.body_time);
    beast::http::async_read(stream_, buffer_, *parser_,
                            [self = this->shared_from_this()](error_code error, std::size_t) { self->on_body(error); });
  }

  void on_body(error_code error) {
    if (error == beast::http::error::body_limit) return too_large(core_->options.body_bytes_max(request_));
    if (error) return broken(error);
    request_.body = std::move(parser_->get().body());
    socket_stream().expires_never();
    answering_ = true;
    const std::uint64_t number = awaited_ = ++request_number_;
    timer_.expires_after(core_->options.answer_time);
    timer_.async_wait([self = this->shared_from_this(), number](error_code cancelled) {
      if (!cancelled) self->answer(number, problem(503, "answer_timeout", "the server did not answer in time"));
    });
    head_only_ = request_.method == "HEAD";
    Responder respond([self = this->shared_from_this(), number](Response response) {
      self->post([number, response = std::move(response)](Session& session) mutable {
        session.answer(number, std::move(response));
      });
    });
    try {
      core_->handler(std::move(request_), respond);
    } catch (const std::exception&) {
      respond(internal_error());
    }
  }

  // The answer to request `number`; one that comes late, or twice, finds another number and is dropped.
  void answer(std::uint64_t number, Response response) {
    if (number != awaited_) return;
    awaited_ = 0;
    timer_.cancel();
    if (response.status == 0) return close();
    write(std::move(response));
  }

  // Malformed: say so. Gone, or too slow (the stream is closed then): nothing more to say.
  void broken(error_code error) {
    const bool malformed = error.category() == make_error_code(beast::http::error::bad_method).category() &&
                           error != beast::http::error::end_of_stream && error != beast::http::error::partial_message;
    malformed ? refuse(400, "malformed_request", "the request is not well-formed HTTP") : close();
  }

  void too_large(std::size_t limit) {
    keep_alive_ = false;
    write(problem(413, "body_too_large", "the request's body is too large",
                  fmt::format("this request may have a body of {} bytes", limit)));
  }

  void refuse(int status, std::string_view code, std::string_view title) {
    keep_alive_ = false;  // where the next request would begin is not known
    write(problem(status, code, title));
  }

  void write(Response response) {
    answering_ = true;
    if (core_->is_stopping()) keep_alive_ = false;
    auto out = std::make_shared<Answer>();
    out->version(11);
    out->result(static_cast<unsigned>(response.status));
    for (const auto& [name, value] : response.headers) out->insert(name, value);
    out->keep_alive(keep_alive_ && !head_only_);
    out->content_length(response.body.size());
    if (!head_only_) out->body() = std::move(response.body);
    socket_stream().expires_after(core_->options.write_time);
    beast::http::async_write(stream_, *out, [self = this->shared_from_this(), out](error_code error, std::size_t) {
      self->answering_ = false;
      if (error || !out->keep_alive()) return self->finish();
      self->read_header();
    });
  }

  // Ends the sending side and drains what still comes for a moment: closing at once would destroy an answer that the
  // client has not read yet while it still sends its body.
  void finish() {
    socket_stream().expires_after(std::chrono::seconds(1));
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      stream_.async_shutdown([self = this->shared_from_this()](error_code) { self->close(); });
    } else {
      error_code ignored;
      socket_stream().socket().shutdown(tcp::socket::shutdown_send, ignored);
      drain();
    }
  }

  void drain() {
    if (core_->is_stopping()) return close();
    socket_stream().async_read_some(asio::buffer(drained_),
                                    [self = this->shared_from_this()](error_code error, std::size_t count) {
                                      self->drained_bytes_ += count;
                                      if (!error && self->drained_bytes_ < kDrainedBytesMax)
                                        self->drain();
                                      else
                                        self->close();
                                    });
  }

  void close() {
    timer_.cancel();
    error_code ignored;
    socket_stream().cancel();
    socket_stream().socket().close(ignored);
    core_->remove(this);  // now, not when the last responder lets go: nothing is left to wait for
  }

  static constexpr std::size_t kDrainedBytesMax = 1 << 20;

  std::shared_ptr<Core> core_;
  Stream stream_;
  asio::steady_timer timer_;
  std::string peer_;
  beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  Request request_;
  std::uint64_t request_number_ = 0;
  std::uint64_t awaited_ = 0;  // number of the request that the handler has; 0: none
  bool keep_alive_ = false;
  bool head_only_ = false;
  bool answering_ = false;
  char drained_[4096];
  std::size_t drained_bytes_ = 0;
};

}  // namespace

Status Server::Core::open() {
  error_code error;
  const std::string host = options.address == "localhost" ? "127.0.0.1" : options.address;
  const auto address = asio::ip::make_address(host, error);
  if (error) return fail(ErrorCode::invalid_argument, "`{}` is not an IP address to listen on", options.address);
  if (!options.tls_certificate_file.empty()) {
    tls.emplace(asio::ssl::context::tls_server);
    tls->set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 |
                     asio::ssl::context::no_tlsv1_1);
    tls->use_certificate_chain_file(options.tls_certificate_file, error);
    if (error) return fail(ErrorCode::invalid_argument, "no TLS certificate in `{}`", options.tls_certificate_file);
    tls->use_private_key_file(options.tls_key_file, asio::ssl::context::pem, error);
    if (error) return fail(ErrorCode::invalid_argument, "no fitting TLS key in `{}`", options.tls_key_file);
  }
  const tcp::endpoint endpoint(address, options.port);
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    return fail(ErrorCode::unavailable, "cannot listen on {}:{}: {}", options.address, options.port, error.message());
  }
  port = acceptor.local_endpoint().port();
  work.emplace(io.get_executor());
  accept();
  for (int i = 0; i < options.threads; ++i) threads.emplace_back([this] { io.run(); });
  return {};
}

void Server::Core::accept() {
  acceptor.async_accept(asio::make_strand(io), [self = shared_from_this()](error_code error, tcp::socket socket) {
    if (error == asio::error::operation_aborted || !self->acceptor.is_open()) return;
    if (!error) {
      self->on_accepted(std::move(socket));
      return self->accept();
    }
    // Out of descriptors, say: a pause instead of a busy loop; connections that end make room.
    auto pause = std::make_shared<asio::steady_timer>(self->acceptor.get_executor(), std::chrono::milliseconds(50));
    pause->async_wait([self, pause](error_code) {
      if (self->acceptor.is_open()) self->accept();
    });
  });
}

void Server::Core::on_accepted(tcp::socket socket) {
  error_code error;
  const auto remote = socket.remote_endpoint(error);
  if (error) return;
  socket.set_option(tcp::no_delay(true), error);
  std::string peer = remote.address().to_string();
  std::shared_ptr<Connection> session;
  if (tls) {
    session = std::make_shared<Session<Core, TlsStream>>(shared_from_this(), TlsStream(std::move(socket), *tls),
                                                         std::move(peer));
  } else {
    session = std::make_shared<Session<Core, PlainStream>>(shared_from_this(), PlainStream(std::move(socket)),
                                                           std::move(peer));
  }
  // Beyond the limit a connection is closed without a word: an answer would cost what the limit protects.
  if (add(session)) session->begin();
}

void Server::Core::stop(std::chrono::milliseconds grace) {
  {
    std::unique_lock lock(mutex);
    if (stopping) return;
    stopping = true;
  }
  asio::post(acceptor.get_executor(), [self = shared_from_this()] {
    error_code ignored;
    self->acceptor.close(ignored);
  });
  for (const auto& connection : open_connections()) connection->close_when_idle();
  {
    std::unique_lock lock(mutex);
    all_closed.wait_for(lock, grace, [this] { return connections.empty(); });
  }
  for (const auto& connection : open_connections()) connection->close_now();
  {
    const std::lock_guard lock(mutex);
    stopped = true;
  }
  work.reset();
  for (auto& thread : threads) thread.join();
  threads.clear();
}

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, Handler handler) {
  auto core = std::make_shared<Core>();
  core->options = std::move(options);
  core->handler = std::move(handler);
  if (auto status = core->open(); !status) return std::unexpected(status.error());
  return std::unique_ptr<Server>(new Server(std::move(core)));
}

Server::Server(std::shared_ptr<Core> core) : core_(std::move(core)) {}
Server::~Server() {
  stop();
}
std::uint16_t Server::port() const {
  return core_->port;
}
void Server::stop(std::chrono::milliseconds grace) {
  core_->stop(grace);
}

bool is_loopback(const std::string& address) {
  if (address == "localhost") return true;
  error_code error;
  const auto parsed = asio::ip::make_address(address, error);
  return !error && parsed.is_loopback();
}

}  // namespace flow::http
