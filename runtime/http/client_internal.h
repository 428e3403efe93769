// Inside of the client: requests under way, hosts with their connections, a connection.
#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <boost/beast/http/basic_parser.hpp>

#include "runtime/http/body_internal.h"
#include "runtime/http/client.h"
#include "runtime/http/loop.h"
#include "runtime/http/resolver_internal.h"
#include "runtime/http/stream_internal.h"
#include "runtime/http/url.h"

namespace flow::http {

class ClientConnection;
class ClientHost;
class ClientCore;

// A request under way.
struct Call {
  ClientRequest request;
  ClientDone done;
  Loop::Clock::time_point deadline;
  std::shared_ptr<const Url> url;
  ClientHost* host = nullptr;
  ClientConnection* connection = nullptr;  // null: it waits in the host's queue
  std::size_t index = 0;                   // among all that are under way
  int tries = 0;                           // connections that broke before a byte of it was written
  bool sent = false;
};

// Reads an answer's header.
class AnswerParser final : public boost::beast::http::basic_parser<false> {
 public:
  Response& response() { return response_; }
  bool is_http_1_1() const { return is_http_1_1_; }

 private:
  using error_code = boost::beast::error_code;
  using string_view = boost::beast::string_view;

  void on_request_impl(boost::beast::http::verb, string_view, string_view, int, error_code&) override {}
  void on_response_impl(int status, string_view, int, error_code&) override;
  void on_field_impl(boost::beast::http::field, string_view name, string_view value, error_code&) override;
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(boost::optional<std::uint64_t> const&, error_code&) override {}
  std::size_t on_body_impl(string_view, error_code&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, string_view, error_code&) override { return 0; }
  void on_finish_impl(error_code&) override {}

  Response response_;
  HeadCheck check_;
  bool is_http_1_1_ = false;
};

class ClientConnection final : public Loop::Watcher {
 public:
  ClientConnection(ClientHost& host, std::vector<Address> addresses);

  void connect();  // to the first address that answers
  void on_ready(std::uint32_t events) override;
  // REQUIRES: idle. False: it broke before anything of the request was written, and is closed.
  bool send(Call& call);
  void close();
  bool is_idle() const { return state_ == State::idle; }
  void expire(Loop::Clock::time_point now);
  Loop::Clock::time_point deadline() const { return deadline_; }
  std::size_t index = 0;  // among the host's

 private:
  enum class State { connecting, handshake, idle, busy, closed };

  void try_addresses();
  void connected(int error);
  void ready();
  void failed(std::string why);
  void read();
  void expect_answer();
  void parse(std::string_view bytes);
  bool parse_head(std::string_view& bytes);
  void begin_body();
  void answered(bool reusable);
  void ended();
  Error too_large() const;
  void lost(std::string_view why);
  void lost(Error error);
  void release(bool reusable, ClientOutcome outcome);

  ClientHost& host_;
  Stream stream_;
  State state_ = State::connecting;
  std::vector<Address> addresses_;
  std::size_t next_address_ = 0;
  std::string why_;
  Loop::Clock::time_point connect_deadline_;
  Loop::Clock::time_point deadline_;
  Call* call_ = nullptr;
  std::optional<AnswerParser> parser_;
  bool in_body_ = false;
  bool reusable_ = false;       // as far as the header says
  std::size_t head_bytes_ = 0;  // of the header that is being read, so far
  BodyReader body_;
  std::string pending_;  // the beginning of a header's line
  int interim_ = 0;
};

class ClientHost {
 public:
  ClientHost(ClientCore& core, std::shared_ptr<const Url> url) : core_(core), url_(std::move(url)) {}

  ClientCore& core() { return core_; }
  const Url& url() const { return *url_; }
  std::string_view name() const { return url_->host; }
  std::size_t requests = 0;  // under way and waiting

  void enqueue(Call& call);
  bool remove(Call& call);  // from the queue
  void serve();
  void on_ready(ClientConnection& connection, const Address& address);
  void on_connect_failed(ClientConnection& connection, std::string why);
  void on_idle(ClientConnection& connection);
  void on_closed(ClientConnection& connection, bool was_idle, bool was_connecting);
  bool close_an_idle_one();
  bool is_waiting() const { return !queue_.empty(); }
  bool is_unused() const { return requests == 0 && connections_.empty() && !resolving_; }
  std::size_t connections() const { return connections_.size(); }
  // Closes what is too old; the earliest time at which that must be looked at again.
  Loop::Clock::time_point expire(Loop::Clock::time_point now);
  void close_all();

 private:
  bool know_addresses();
  bool keep_permitted();
  bool refuse_waiting();
  void fail_first(std::string why);

  ClientCore& core_;
  std::shared_ptr<const Url> url_;
  std::deque<Call*> queue_;
  std::vector<std::unique_ptr<ClientConnection>> connections_;
  std::vector<ClientConnection*> idle_;  // the last one was used last
  std::size_t connecting_ = 0;
  bool resolving_ = false;
  std::vector<Address> addresses_;  // that which answered last is the first
  Loop::Clock::time_point addresses_until_{};
};

class ClientCore final : public std::enable_shared_from_this<ClientCore> {
 public:
  ClientCore(ClientOptions options, Loop& loop);
  ~ClientCore();

  void send(ClientRequest request, ClientDone done);  // any thread
  void shut();                                        // on the loop's thread, as all that follows

  Loop& loop() { return loop_; }
  const ClientOptions& options() const { return options_; }
  std::string& scratch() { return scratch_; }
  Resolver& resolver() { return resolver_; }
  const TlsContext* tls();
  bool closing() const { return closing_; }

  // Calls `done`; not within send().
  void finish(Call& call, ClientOutcome outcome);
  void finish_later(Call& call, ClientFailure failure);
  void fail_later(ClientDone done, ClientFailure failure);
  bool may_open(ClientHost& host);
  void opened() { ++connections_; }
  void closed(std::unique_ptr<ClientConnection> connection);
  void look_again_at(Loop::Clock::time_point when);
  void serve_starved();

 private:
  struct Incoming {
    ClientRequest request;
    ClientDone done;
  };
  void take_incoming();
  void run_late();
  std::unique_ptr<Call> forget(Call& call);
  void submit(ClientRequest request, ClientDone done);
  std::shared_ptr<const Url> find_url(const std::string& text);
  ClientHost& find_host(const std::shared_ptr<const Url>& url);
  void sweep();
  void expire(Call& call);

  ClientOptions options_;
  Loop& loop_;
  Resolver resolver_;
  std::unique_ptr<TlsContext> tls_;
  bool tls_tried_ = false;
  bool closing_ = false;
  bool starved_ = false;  // a host waits for a connection of the total
  std::size_t connections_ = 0;
  std::vector<std::unique_ptr<Call>> calls_;
  std::vector<std::unique_ptr<Call>> free_calls_;
  std::vector<std::pair<ClientDone, ClientFailure>> late_;  // failed within send()
  std::unordered_map<std::string, std::shared_ptr<const Url>> urls_;
  std::unordered_map<std::string, std::unique_ptr<ClientHost>> hosts_;
  std::vector<std::unique_ptr<ClientConnection>> buried_;  // closed, and perhaps still on the stack
  bool bury_posted_ = false;
  bool prune_posted_ = false;
  Loop::Id timer_ = 0;
  Loop::Clock::time_point timer_at_{};
  std::string scratch_;

  std::mutex mutex_;  // guards what follows
  std::vector<Incoming> incoming_;
  bool over_ = false;
};

}  // namespace flow::http
