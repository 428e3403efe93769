// Inside of the server: what one loop serves of it, and a connection.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/beast/http/basic_parser.hpp>

#include "runtime/http/body_internal.h"
#include "runtime/http/loop.h"
#include "runtime/http/server.h"
#include "runtime/http/stream_internal.h"

namespace flow::http {

// What the copies of a responder share: one answer.
struct Responder::Once {
  std::atomic<std::uint32_t> copies{1};
  std::atomic<bool> done{false};
  virtual void answer(Response response) = 0;
  virtual void release() = 0;  // the last copy is gone

 protected:
  ~Once() = default;
};

// Reads a request's header into a Request, whose strings keep their room from one request to the next.
class RequestParser final : public boost::beast::http::basic_parser<true> {
 public:
  explicit RequestParser(Request& request) : request_(request) {}
  bool expects_continue() const { return expects_continue_; }
  bool is_http_1_1() const { return is_http_1_1_; }

 private:
  using error_code = boost::beast::error_code;
  using string_view = boost::beast::string_view;
  using field = boost::beast::http::field;
  using verb = boost::beast::http::verb;

  void on_request_impl(verb, string_view method, string_view target, int, error_code&) override;
  void on_response_impl(int, string_view, int, error_code&) override {}
  void on_field_impl(field name, string_view name_text, string_view value, error_code&) override;
  void on_header_impl(error_code&) override;
  void on_body_init_impl(boost::optional<std::uint64_t> const&, error_code&) override {}
  std::size_t on_body_impl(string_view, error_code&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, string_view, error_code&) override { return 0; }
  void on_finish_impl(error_code&) override {}

  Request& request_;
  HeadCheck check_;
  std::size_t headers_ = 0;
  bool expects_continue_ = false;
  bool is_http_1_1_ = false;
};

class ServerPart;

// Header, body, handler, answer, and again; on the loop's thread only.
class Connection final : public Loop::Watcher {
 public:
  Connection(ServerPart& part, std::uint32_t slot, std::string peer);

  bool begin(int fd);
  void on_ready(std::uint32_t events) override;
  // The answer to the request with that number; one that comes late finds another number and is dropped.
  void answer(std::uint64_t number, Response&& response);
  void expire(Loop::Clock::time_point now);
  void close_when_idle();
  void close();

 private:
  enum class State { header, body, answering, writing, draining, closed };

  void pump();
  void read();
  void drain();
  std::string_view parse(std::string_view bytes);
  bool parse_head(std::string_view& bytes);
  bool head_is_fine();
  void parse_failed(boost::beast::error_code error);
  void dispatch();
  void refuse(int status, std::string_view code, std::string_view title, std::string_view detail = {});
  void write(const Response& response);
  void written();
  void next_request();
  void begin_draining();
  bool may_read_input() const { return state_ == State::header || state_ == State::body; }

  ServerPart& part_;
  Stream stream_;
  const std::uint32_t slot_;
  const std::string peer_;
  State state_ = State::header;
  bool pumping_ = false;
  bool fresh_ = false;  // pending_ has bytes that the parser did not see
  bool complete_ = false;
  bool keep_alive_ = false;
  bool head_only_ = false;
  std::uint64_t awaited_ = 0;  // number of the request that the handler has; 0: none
  std::size_t drained_bytes_ = 0;
  std::size_t head_bytes_ = 0;  // of the header that is being read, so far
  std::size_t body_limit_ = 0;
  BodyReader body_;
  Loop::Clock::time_point deadline_;
  Request request_;
  std::optional<RequestParser> parser_;
  std::string pending_;
  std::size_t pending_at_ = 0;
};

// What all parts of a server share.
struct ServerShared {
  ServerOptions options;
  Handler handler;
  std::atomic<std::size_t> connections{0};

  std::mutex mutex;
  std::shared_ptr<const TlsContext> tls;  // null: plain HTTP; read again at run time
  std::shared_ptr<const TlsContext> tls_now() {
    const std::scoped_lock lock(mutex);
    return tls;
  }
  std::condition_variable all_closed;
};

// One loop's part of a server. Lives as long as the last responder, so that a late answer finds it.
class ServerPart final : public Loop::Watcher, public std::enable_shared_from_this<ServerPart> {
 public:
  ServerPart(Loop& loop, std::shared_ptr<ServerShared> shared, int listener);
  ~ServerPart();

  // On the loop's thread, as all that follows.
  void begin();
  void stop_accepting();  // no new connections and requests; those that are idle are closed
  void shut();            // everything ends
  void on_ready(std::uint32_t events) override;

  Loop& loop() const { return loop_; }
  const ServerOptions& options() const { return shared_->options; }
  ServerShared& shared() const { return *shared_; }
  bool stopping() const { return stopping_; }
  std::string& scratch() { return scratch_; }
  std::uint64_t next_number() { return ++last_number_; }
  Responder responder(std::uint32_t slot, std::uint64_t number);
  void closed(std::uint32_t slot);

  // Any thread.
  void answer(std::uint32_t slot, std::uint64_t number, Response&& response);

 private:
  struct Exchange;
  friend struct Exchange;

  void accept_one(int fd, std::string peer);
  void pause();
  void sweep();
  void arm_sweep();
  void recycle(Exchange* exchange);

  Loop& loop_;
  std::shared_ptr<ServerShared> shared_;
  int listener_;
  bool stopping_ = false;
  bool bury_posted_ = false;
  Loop::Id pause_ = 0;
  Loop::Id sweep_ = 0;
  Loop::Duration sweep_time_;
  std::uint64_t last_number_ = 0;
  std::string scratch_;
  std::vector<std::unique_ptr<Connection>> connections_;  // by slot
  std::vector<std::uint32_t> free_slots_;
  std::vector<std::unique_ptr<Connection>> buried_;  // closed, and perhaps still on the stack
  std::vector<Exchange*> exchanges_;                 // to be used again

  std::mutex door_;   // guards what follows
  bool open_ = true;  // whether loop_ may be posted to
};

}  // namespace flow::http
