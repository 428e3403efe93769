#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "runtime/http/stream_internal.h"

namespace flow::http {
namespace {

constexpr std::size_t kReadBytes = std::size_t{64} * 1024;
constexpr int kReadsATurn = 4;
constexpr std::size_t kTlsRepliesBytesMax =
    std::size_t{64} * 1024;  // that the other side makes us say and does not read
constexpr std::uint32_t kEvents = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
constexpr std::size_t kKeptBytesMax = std::size_t{16} * 1024;  // of buffers that are empty

// One for a thread, not one for a connection: thousands of idle ones must not cost memory.
struct Scratch {
  std::unique_ptr<char[]> bytes{new char[kReadBytes]};
  std::string plain;
  std::string encrypted;
};

Scratch& scratch() {
  thread_local Scratch mine;
  return mine;
}

}  // namespace

bool Stream::open(int fd, Loop::Watcher& watcher) {
  if (!loop_.watch(fd, kEvents, watcher)) {
    ::close(fd);
    return false;
  }
  fd_ = fd;
  watcher_ = &watcher;
  return true;
}

void Stream::close() {
  if (fd_ < 0) return;
  loop_.unwatch(fd_, *watcher_);
  ::close(fd_);
  fd_ = -1;
  may_read_ = peer_ended_ = gone_ = wrote_ = false;
  unsent_ = {};
  unsent_at_ = tls_replies_bytes_ = 0;
}

bool Stream::begin_tls(std::unique_ptr<Tls> tls, bool client) {
  tls_ = std::move(tls);
  if (!client) return true;
  std::string nothing;
  return tls_->receive({}, nothing) != Tls::State::broken && flush_tls();
}

bool Stream::on_ready(std::uint32_t events) {
  reads_ = 0;
  if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) may_read_ = true;
  if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) peer_ended_ = true;
  if ((events & (EPOLLHUP | EPOLLERR)) != 0) gone_ = true;
  return (events & EPOLLOUT) == 0 || is_flushed() || flush();
}

Stream::Input Stream::read(std::string_view& bytes) {
  bytes = {};
  if (tls_ != nullptr && tls_->state() == Tls::State::ended) return end_of_input();
  Scratch& mine = scratch();
  const ssize_t count = ::recv(fd_, mine.bytes.get(), kReadBytes, 0);
  if (count < 0) {
    if (errno == EINTR) return Input::nothing;  // and it may be read again
    may_read_ = false;
    return errno == EAGAIN || errno == EWOULDBLOCK ? Input::nothing : Input::broken;
  }
  if (count == 0) return end_of_input();
  // The socket is empty now: what comes later is a new event.
  if (static_cast<std::size_t>(count) < kReadBytes && !peer_ended_) may_read_ = false;
  if (++reads_ >= kReadsATurn && may_read_) turn_is_over();
  bytes = {mine.bytes.get(), static_cast<std::size_t>(count)};
  if (tls_ == nullptr) return Input::data;
  if (mine.plain.capacity() > 4 * kReadBytes) mine.plain = {};
  mine.plain.clear();
  const Tls::State state = tls_->receive(bytes, mine.plain);
  bytes = mine.plain;
  const std::size_t unsent_before = unsent_.size() - unsent_at_;
  if (!flush_tls() || state == Tls::State::broken) return Input::broken;
  tls_replies_bytes_ = is_flushed() ? 0 : tls_replies_bytes_ + (unsent_.size() - unsent_at_ - unsent_before);
  if (tls_replies_bytes_ > kTlsRepliesBytesMax) return Input::broken;
  if (!bytes.empty()) {
    if (state == Tls::State::ended) may_read_ = true;  // the next read says so
    return Input::data;
  }
  return state == Tls::State::ended ? end_of_input() : Input::nothing;
}

// With TLS only the other side's own word ends what it says: anybody can cut a connection.
Stream::Input Stream::end_of_input() {
  may_read_ = false;
  return tls_ == nullptr || tls_->state() == Tls::State::ended ? Input::end : Input::broken;
}

void Stream::turn_is_over() {
  if (loop_.watch_again(fd_, kEvents, *watcher_)) may_read_ = false;
}

bool Stream::flush_tls() {
  std::string& out = scratch().encrypted;
  out.clear();
  tls_->take_output(out);
  return out.empty() || write_plain(out, {});
}

bool Stream::write(std::string_view head, std::string_view body) {
  if (tls_ == nullptr) return write_plain(head, body);
  return tls_->send(head) && tls_->send(body) && flush_tls();
}

bool Stream::write_plain(std::string_view head, std::string_view body) {
  if (fd_ < 0) return false;
  std::size_t written = 0;
  if (is_flushed()) {
    ssize_t count = 0;
    do {
      if (body.empty()) {
        count = ::send(fd_, head.data(), head.size(), MSG_NOSIGNAL);
      } else {
        iovec parts[2] = {{const_cast<char*>(head.data()), head.size()}, {const_cast<char*>(body.data()), body.size()}};
        msghdr message{};
        message.msg_iov = parts;
        message.msg_iovlen = 2;
        count = ::sendmsg(fd_, &message, MSG_NOSIGNAL);
      }
    } while (count < 0 && errno == EINTR);
    if (count < 0 && errno != EAGAIN && errno != EWOULDBLOCK) return false;
    written = count > 0 ? static_cast<std::size_t>(count) : 0;
    wrote_ = wrote_ || written > 0;
    if (written == head.size() + body.size()) return true;
    unsent_.clear();
    unsent_at_ = 0;
  }
  if (written < head.size()) {
    unsent_.append(head.substr(written));
    written = head.size();
  }
  unsent_.append(body.substr(written - head.size()));
  return true;
}

bool Stream::flush() {
  while (!is_flushed()) {
    const ssize_t count = ::send(fd_, unsent_.data() + unsent_at_, unsent_.size() - unsent_at_, MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno == EAGAIN || errno == EWOULDBLOCK;
    wrote_ = true;
    unsent_at_ += static_cast<std::size_t>(count);
  }
  unsent_.clear();
  unsent_at_ = 0;
  if (unsent_.capacity() > kKeptBytesMax) unsent_.shrink_to_fit();
  return true;
}

void Stream::end_writing() {
  if (tls_ != nullptr) {
    tls_->end();
    flush_tls();
  }
  ::shutdown(fd_, SHUT_WR);
}

}  // namespace flow::http
