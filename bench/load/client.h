// Starts executions over keep-alive connections: as many as may be outstanding, or at fixed instants.
#pragma once

#include <netinet/in.h>

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "bench/load/book.h"
#include "bench/load/loop.h"

namespace flow::load {

struct ClientSettings {
  sockaddr_in flowd{};
  std::string host;  // for the Host header, with port
  std::string flow;
  std::string inputs;  // JSON with {phone} and {code}
  std::string token;   // empty: none
  std::string run;     // idempotency keys begin with it
  std::size_t connections = 64;
  std::uint64_t samples = 0;  // ids to remember
};

class Client final : public Peer {
 public:
  Client(Loop& loop, Book& book, ClientSettings settings);

  // Opens every connection at once.
  void open_connections();
  // As many starts as keep `outstanding` executions open, `limit` in all.
  void begin_closed(std::uint64_t outstanding, std::uint64_t limit);
  // `rate` starts a second from `now` on.
  void begin_open(double rate, std::uint64_t limit, std::int64_t now);
  // No new starts. What waits for a connection is dropped.
  void stop();

  // Sends what is to be sent now. Returns when the next start is due at the latest; INT64_MAX: not before something
  // comes back.
  std::int64_t pump();

  bool idle() const { return in_flight_ == 0 && again_.empty(); }
  bool stopped() const { return stopped_; }
  // Every start up to the limit was sent, or is not going to be.
  bool all_offered() const { return stopped_ || (offered_ >= limit_ && due_.empty()); }
  const std::vector<std::string>& samples() const { return samples_; }
  void forget_samples() {
    samples_.clear();
    sampled_among_ = 0;
  }

  void on_connected(Connection& connection) override;
  void on_message(Connection& connection, const HttpMessage& message) override;
  void on_closed(Connection& connection) override;

 private:
  struct Line {
    Connection* connection = nullptr;
    std::optional<std::uint64_t> execution;  // whose start is under way
    std::int64_t connect_ns = 0;
  };
  // A part of the request: what stands before it, then the number, code or key.
  enum class Gap : std::uint8_t { phone, code, end };
  struct Piece {
    std::string before;
    Gap gap;
  };

  void connect(std::uint32_t line);
  bool start(std::int64_t due, std::int64_t now);
  void send(std::uint32_t line, std::uint64_t execution);
  void free_line(std::uint32_t line);
  void sample(std::string_view body);
  std::string_view request_for(std::uint64_t execution);

  Loop& loop_;
  Book& book_;
  ClientSettings settings_;
  std::vector<Piece> body_pieces_;
  std::vector<Line> lines_;
  std::vector<std::uint32_t> free_;
  std::deque<std::int64_t> due_;     // open loop: instants of starts that wait for a connection
  std::deque<std::uint64_t> again_;  // starts to repeat with their keys
  std::size_t in_flight_ = 0;

  bool stopped_ = true;
  std::uint64_t outstanding_ = 0;
  double rate_ = 0;
  std::uint64_t limit_ = 0;
  std::uint64_t offered_ = 0;
  std::int64_t begin_ns_ = 0;
  std::int64_t not_before_ns_ = 0;  // closed loop: after a refusal

  std::vector<std::string> samples_;
  std::uint64_t sampled_among_ = 0;
  std::string out_;
  std::string body_;
};

}  // namespace flow::load
