#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "runtime/http/server_internal.h"

namespace flow::http {
namespace {

constexpr int kAcceptedARound = 128;  // then what is connected gets its turn
constexpr std::size_t kKeptExchangesMax = 4096;
constexpr std::chrono::milliseconds kPause{50};

std::string peer_of(const sockaddr_storage& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.ss_family == AF_INET) {
    ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(address).sin_addr, text.data(), text.size());
  } else {
    ::inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr, text.data(), text.size());
  }
  return text.data();
}

// How often times are looked at: often enough for the shortest.
Loop::Duration sweep_time_of(const ServerOptions& options) {
  const auto shortest = std::min({options.header_time, options.body_time, options.answer_time, options.write_time});
  return std::clamp(shortest / 8, std::chrono::milliseconds(5), std::chrono::milliseconds(250));
}

}  // namespace

// A responder's way to its connection.
struct ServerPart::Exchange final : Responder::Once {
  std::shared_ptr<ServerPart> part;
  std::uint32_t slot = 0;
  std::uint64_t number = 0;

  void answer(Response response) override { part->answer(slot, number, std::move(response)); }
  void release() override {
    // The part may go with this reference, so it must not be recycle()'s own.
    const std::shared_ptr<ServerPart> last = std::move(part);
    last->recycle(this);
  }
};

ServerPart::ServerPart(Loop& loop, std::shared_ptr<ServerShared> shared, int listener)
    : loop_(loop), shared_(std::move(shared)), listener_(listener), sweep_time_(sweep_time_of(shared_->options)) {}

ServerPart::~ServerPart() {
  for (Exchange* exchange : exchanges_) delete exchange;
}

void ServerPart::begin() {
  // Level-triggered, and one thread woken for a connection when several share the descriptor.
  if (!loop_.watch(listener_, EPOLLIN | EPOLLEXCLUSIVE, *this)) pause();
}

void ServerPart::on_ready(std::uint32_t) {
  for (int i = 0; i < kAcceptedARound && listener_ >= 0; ++i) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    const int fd = ::accept4(listener_, reinterpret_cast<sockaddr*>(&address), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
      accept_one(fd, peer_of(address));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      return;
    } else if (errno != EINTR && errno != ECONNABORTED) {
      // Out of descriptors, say: a pause instead of a busy loop; connections that end make room.
      loop_.unwatch(listener_, *this);
      return pause();
    }
  }
}

void ServerPart::pause() {
  pause_ = loop_.after(kPause, [this] {
    pause_ = 0;
    begin();
  });
}

void ServerPart::accept_one(int fd, std::string peer) {
  // Beyond the limit a connection is closed without a word: an answer would cost what the limit protects.
  if (stopping_ || shared_->connections.load() >= options().connections_max) {
    ::close(fd);
    return;
  }
  shared_->connections.fetch_add(1);
  std::uint32_t slot = 0;
  if (free_slots_.empty()) {
    slot = static_cast<std::uint32_t>(connections_.size());
    connections_.emplace_back();
  } else {
    slot = free_slots_.back();
    free_slots_.pop_back();
  }
  connections_[slot] = std::make_unique<Connection>(*this, slot, std::move(peer));
  if (!connections_[slot]->begin(fd)) connections_[slot]->close();
  arm_sweep();
}

void ServerPart::arm_sweep() {
  if (sweep_ != 0 || free_slots_.size() == connections_.size()) return;
  sweep_ = loop_.after(sweep_time_, [this] {
    sweep_ = 0;
    sweep();
    arm_sweep();
  });
}

void ServerPart::sweep() {
  const auto now = loop_.now();
  for (std::size_t slot = 0; slot < connections_.size(); ++slot) {
    if (connections_[slot] != nullptr) connections_[slot]->expire(now);
  }
}

void ServerPart::closed(std::uint32_t slot) {
  buried_.push_back(std::move(connections_[slot]));
  free_slots_.push_back(slot);
  if (!std::exchange(bury_posted_, true)) {
    loop_.post([self = shared_from_this()] {
      self->bury_posted_ = false;
      self->buried_.clear();
    });
  }
  const std::lock_guard lock(shared_->mutex);
  if (shared_->connections.fetch_sub(1) == 1) shared_->all_closed.notify_all();
}

void ServerPart::stop_accepting() {
  stopping_ = true;
  if (pause_ != 0) loop_.cancel(std::exchange(pause_, 0));
  if (listener_ >= 0) {
    loop_.unwatch(listener_, *this);
    ::close(std::exchange(listener_, -1));
  }
  for (std::size_t slot = 0; slot < connections_.size(); ++slot) {
    if (connections_[slot] != nullptr) connections_[slot]->close_when_idle();
  }
}

void ServerPart::shut() {
  for (std::size_t slot = 0; slot < connections_.size(); ++slot) {
    if (connections_[slot] != nullptr) connections_[slot]->close();
  }
  buried_.clear();
  if (sweep_ != 0) loop_.cancel(std::exchange(sweep_, 0));
  const std::lock_guard lock(door_);
  open_ = false;
}

Responder ServerPart::responder(std::uint32_t slot, std::uint64_t number) {
  Exchange* exchange = nullptr;
  if (exchanges_.empty()) {
    exchange = new Exchange;
  } else {
    exchange = exchanges_.back();
    exchanges_.pop_back();
    exchange->copies.store(1, std::memory_order_relaxed);
    exchange->done.store(false, std::memory_order_relaxed);
  }
  exchange->part = shared_from_this();
  exchange->slot = slot;
  exchange->number = number;
  return Responder(exchange);
}

void ServerPart::recycle(Exchange* exchange) {
  // Only while this loop's own thread asks does it exist for sure.
  if (Loop::current() == &loop_ && exchanges_.size() < kKeptExchangesMax) {
    exchanges_.push_back(exchange);
  } else {
    delete exchange;
  }
}

void ServerPart::answer(std::uint32_t slot, std::uint64_t number, Response&& response) {
  if (Loop::current() == &loop_) {
    if (slot < connections_.size() && connections_[slot] != nullptr) {
      connections_[slot]->answer(number, std::move(response));
    }
    return;
  }
  const std::lock_guard lock(door_);
  if (!open_) return;
  loop_.post([self = shared_from_this(), slot, number, response = std::move(response)]() mutable {
    self->answer(slot, number, std::move(response));
  });
}

}  // namespace flow::http
