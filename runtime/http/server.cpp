#include "runtime/http/server.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <thread>

#include "runtime/http/problem.h"
#include "runtime/http/resolver_internal.h"
#include "runtime/http/server_internal.h"

namespace flow::http {
namespace {

struct Listener {
  int fd = -1;
  std::uint16_t port = 0;
};

Result<Listener> listen_on(const ServerOptions& options) {
  const auto address = parse_address(options.address == "localhost" ? "127.0.0.1" : options.address, options.port);
  if (!address) return fail(ErrorCode::invalid_argument, "`{}` is not an IP address to listen on", options.address);
  const sockaddr* bytes = address->get();
  const int fd = ::socket(bytes->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  const bool good = fd >= 0 && ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
                    (!options.share_port || ::setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0) &&
                    // What is accepted inherits it, which saves a call for each connection.
                    ::setsockopt(fd, IPPROTO_TCP, 1 /* TCP_NODELAY */, &on, sizeof on) == 0 &&
                    ::bind(fd, bytes, address->size) == 0 && ::listen(fd, SOMAXCONN) == 0 &&
                    ::getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &size) == 0;
  if (!good) {
    const int error = errno;
    if (fd >= 0) ::close(fd);
    return fail(ErrorCode::unavailable, "cannot listen on {}:{}: {}", options.address, options.port,
                std::strerror(error));
  }
  const in_port_t port = bound.ss_family == AF_INET ? reinterpret_cast<sockaddr_in*>(&bound)->sin_port
                                                    : reinterpret_cast<sockaddr_in6*>(&bound)->sin6_port;
  return Listener{fd, ntohs(port)};
}

// An answer that goes to a function.
struct FunctionOnce final : Responder::Once {
  explicit FunctionOnce(Responder::Send send) : send_(std::move(send)) {}
  void answer(Response response) override { send_(std::move(response)); }
  void release() override { delete this; }

 private:
  Responder::Send send_;
};

}  // namespace

Responder::Responder(Send send) : once_(new FunctionOnce(std::move(send))) {}

Responder::Responder(const Responder& other) noexcept : once_(other.once_) {
  if (once_ != nullptr) once_->copies.fetch_add(1, std::memory_order_relaxed);
}

Responder& Responder::operator=(Responder other) noexcept {
  std::swap(once_, other.once_);
  return *this;
}

Responder::~Responder() {
  if (once_ == nullptr || once_->copies.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  if (!once_->done.exchange(true)) once_->answer(problem(500, "internal", "the server failed to answer"));
  once_->release();
}

void Responder::operator()(Response response) const {
  if (!once_->done.exchange(true)) once_->answer(std::move(response));
}

struct Server::Core {
  std::shared_ptr<ServerShared> shared = std::make_shared<ServerShared>();
  std::uint16_t port = 0;
  std::vector<std::unique_ptr<Loop>> own_loops;
  std::vector<std::shared_ptr<ServerPart>> parts;
  std::vector<std::thread> threads;
  std::atomic<bool> stopped{false};
};

Result<std::unique_ptr<Server>> Server::open(ServerOptions options, Handler handler, Loop* loop) {
  auto core = std::make_unique<Core>();
  if (!options.tls_certificate_file.empty()) {
    auto tls = TlsContext::server(options.tls_certificate_file, options.tls_key_file);
    if (!tls) return std::unexpected(tls.error());
    core->shared->tls = std::move(*tls);
  }
  auto listener = listen_on(options);
  if (!listener) return std::unexpected(listener.error());
  core->port = listener->port;
  core->shared->options = std::move(options);
  core->shared->handler = std::move(handler);
  if (loop == nullptr) {
    for (int i = 0; i < std::max(1, core->shared->options.threads); ++i) {
      core->own_loops.push_back(std::make_unique<Loop>());
    }
  }
  const auto add = [&](Loop& each, int fd) {
    core->parts.push_back(std::make_shared<ServerPart>(each, core->shared, fd));
    each.call([part = core->parts.back().get()] { part->begin(); });
  };
  if (loop != nullptr) add(*loop, listener->fd);
  for (const auto& own : core->own_loops) {
    const bool first = own == core->own_loops.front();
    const int fd = first ? listener->fd : ::fcntl(listener->fd, F_DUPFD_CLOEXEC, 0);
    if (fd < 0) {
      const int error = errno;
      for (const auto& part : core->parts) part->loop().call([&] { part->stop_accepting(); });
      return fail(ErrorCode::unavailable, "cannot listen with {} threads: {}", core->own_loops.size(),
                  std::strerror(error));
    }
    add(*own, fd);
  }
  for (const auto& own : core->own_loops) core->threads.emplace_back([each = own.get()] { each->run(); });
  return std::unique_ptr<Server>(new Server(std::move(core)));
}

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, Handler handler) {
  return open(std::move(options), std::move(handler), nullptr);
}

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, Handler handler, Loop& loop) {
  return open(std::move(options), std::move(handler), &loop);
}

void Server::stop(std::chrono::milliseconds grace) {
  if (core_->stopped.exchange(true)) return;
  bool may_wait = true;
  for (const auto& part : core_->parts) {
    may_wait = may_wait && !part->loop().inside() && part->loop().is_running();
    part->loop().call([&] { part->stop_accepting(); });
  }
  if (may_wait) {
    std::unique_lock lock(core_->shared->mutex);
    core_->shared->all_closed.wait_for(lock, grace, [&] { return core_->shared->connections == 0; });
  }
  for (const auto& part : core_->parts) part->loop().call([&] { part->shut(); });
  for (const auto& loop : core_->own_loops) loop->stop();
  for (auto& thread : core_->threads) thread.join();
  core_->parts.clear();
}

Server::Server(std::unique_ptr<Core> core) : core_(std::move(core)) {}
Server::~Server() {
  stop();
}

Result<std::function<void()>> Server::read_certificate_again() {
  ServerShared& shared = *core_->shared;
  if (shared.options.tls_certificate_file.empty()) return [] {};
  auto read = TlsContext::server(shared.options.tls_certificate_file, shared.options.tls_key_file);
  if (!read) return std::unexpected(read.error());
  return [&shared, fresh = std::shared_ptr<const TlsContext>(std::move(*read))] {
    const std::scoped_lock lock(shared.mutex);
    shared.tls = fresh;
  };
}

std::uint16_t Server::port() const {
  return core_->port;
}

bool is_loopback(const std::string& address) {
  if (address == "localhost") return true;
  const auto parsed = parse_address(address, 0);
  if (!parsed) return false;
  if (parsed->bytes.ss_family == AF_INET) {
    return ntohl(reinterpret_cast<const sockaddr_in*>(&parsed->bytes)->sin_addr.s_addr) >> 24 == 127;
  }
  return IN6_IS_ADDR_LOOPBACK(&reinterpret_cast<const sockaddr_in6*>(&parsed->bytes)->sin6_addr);
}

}  // namespace flow::http
