// A connected socket in a loop, plain or with TLS: bytes in, bytes out, nothing that blocks.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "runtime/http/loop.h"
#include "runtime/http/tls_internal.h"

namespace flow::http {

// On the loop's thread only. The socket is watched edge-triggered, registered once: what an exchange costs is one read
// and one write.
class Stream {
 public:
  enum class Input { data, nothing, end, broken };

  explicit Stream(Loop& loop) : loop_(loop) {}
  ~Stream() { close(); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // Takes the non-blocking socket `fd` and tells `watcher` of its events. False: the kernel refused.
  bool open(int fd, Loop::Watcher& watcher);
  bool is_open() const { return fd_ >= 0; }
  int fd() const { return fd_; }
  void close();

  // From now on everything is encrypted. A client's handshake begins here. False: broken.
  bool begin_tls(std::unique_ptr<Tls> tls, bool client);
  const Tls* tls() const { return tls_.get(); }
  bool is_ready() const { return tls_ == nullptr || tls_->state() == Tls::State::open; }

  // To be called with what epoll says, first. False: writing failed.
  bool on_ready(std::uint32_t events);
  // Whether read() may find something. After some reads it says no for this round, so that one connection cannot keep
  // the thread for itself; epoll then says it anew.
  bool may_read() const { return may_read_; }
  // Both sides are gone: nothing can be written any more.
  bool is_gone() const { return gone_; }

  // One read of the socket. `bytes` is valid until the next read of any stream on this thread.
  Input read(std::string_view& bytes);

  // Writes at once what goes, and keeps the rest. False: broken; nothing more will go.
  bool write(std::string_view head, std::string_view body);
  bool is_flushed() const { return unsent_at_ == unsent_.size(); }
  // Whether any byte reached the kernel since the last time this was asked for.
  bool take_wrote() { return std::exchange(wrote_, false); }

  // After what is still unsent nothing more is written. REQUIRES: is_flushed().
  void end_writing();

 private:
  void turn_is_over();
  Input end_of_input();
  bool flush();
  bool flush_tls();
  bool write_plain(std::string_view head, std::string_view body);

  Loop& loop_;
  Loop::Watcher* watcher_ = nullptr;
  int fd_ = -1;
  bool may_read_ = false;
  bool peer_ended_ = false;  // read on until its end, however little comes
  bool gone_ = false;
  bool wrote_ = false;
  int reads_ = 0;  // since epoll said something
  std::string unsent_;
  std::size_t unsent_at_ = 0;
  std::size_t tls_replies_bytes_ = 0;  // in unsent_, of TLS's own
  std::unique_ptr<Tls> tls_;
};

}  // namespace flow::http
