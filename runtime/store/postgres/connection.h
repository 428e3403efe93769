// One connection to PostgreSQL. Nothing waits longer than its deadline, and nothing that the server says of values
// (they may be personal) gets into an error. One thread at a time.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/result.h"
#include "runtime/store/postgres/parameters.h"
#include "runtime/store/postgres/target.h"

struct pg_conn;
struct pg_result;

namespace flow::store::postgres {

using Clock = std::chrono::steady_clock;

// Why a statement has no result.
struct Failure {
  enum class Kind : std::uint8_t {
    unknown,  // the connection broke or the time was over: it may have been carried out, or be carried out later
    busy,     // it was not carried out, and may be later: a restart, no room, a lock, a standby
    refused,  // it never will be: the statement, the schema or the rights are wrong
  };
  Kind kind{};
  std::string sqlstate;  // empty: not from the server
  Error error;
};

template <typename T>
using Answer = std::expected<T, Failure>;

// A statement that a connection prepares at its first use. Both live for ever (string literals).
struct Statement {
  const char* name;
  const char* sql;
};

class Rows {
 public:
  explicit Rows(pg_result* result);
  int size() const;
  bool is_null(int row, int column) const;
  // Of int2, int4, int8 or boolean.
  std::int64_t integer(int row, int column) const;
  std::string_view bytes(int row, int column) const;  // valid as long as these rows
  std::string text(int row, int column) const { return std::string(bytes(row, column)); }
  std::array<std::uint8_t, 16> uuid(int row, int column) const;
  // Rows that INSERT, UPDATE or DELETE changed.
  std::size_t changed() const;

 private:
  struct Clear {
    void operator()(pg_result* result) const;
  };
  std::unique_ptr<pg_result, Clear> result_;
};

// Ends all waiting of the connections that were given it, from any thread, for good.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;
  void raise();
  bool raised() const;
  int descriptor() const { return descriptor_; }
  // Sleeps. False: it was raised.
  bool wait(std::chrono::milliseconds time) const;

 private:
  int descriptor_;
};

struct ConnectOptions {
  std::string name = {};                      // application_name: what an operator sees in pg_stat_activity
  std::chrono::milliseconds patience{5'000};  // to connect
  std::string settings = {};                  // "-c lock_timeout=500 -c enable_seqscan=off"
  const Interrupt* interrupt = nullptr;       // may be null
};

class Connection {
 public:
  static Answer<std::unique_ptr<Connection>> connect(const Target& target, const ConnectOptions& options);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // After a failure of kind unknown the connection is of no use any more.
  Answer<Rows> run(const Statement& statement, const Parameters& parameters, std::chrono::milliseconds patience);
  // SQL without parameters, several statements too: the last one's rows, as text.
  Answer<Rows> script(const std::string& sql, std::chrono::milliseconds patience);

  bool usable() const { return usable_; }
  // Whether what goes over the wire can be read by nobody else: TLS, a socket on this machine, or loopback.
  bool is_private() const;
  int server_version() const;  // 150018

 private:
  Connection(pg_conn* connection, const ConnectOptions& options, std::string shown);
  Answer<void> finish_connecting(Clock::time_point until);
  Answer<void> prepare(const Statement& statement, const Parameters& parameters, Clock::time_point until);
  Answer<Rows> finish(Clock::time_point until);
  Answer<void> flush_and_read(Clock::time_point until);
  std::optional<Failure> wait_for(short events, Clock::time_point until);
  Failure broken(std::string_view what);
  Failure refused_by(const pg_result* result);

  pg_conn* connection_;
  const Interrupt* interrupt_;
  std::string shown_;
  std::set<const char*> prepared_;
  bool usable_ = true;
};

// Waits grow from a twentieth of a second, doubling up to `most`, each between half and all of it, so that nodes that
// lost the same database do not come back in step.
class Backoff {
 public:
  explicit Backoff(std::chrono::milliseconds most) : most_(most) {}
  std::chrono::milliseconds next();
  void reset() { tries_ = 0; }

 private:
  std::chrono::milliseconds most_;
  int tries_ = 0;
};

}  // namespace flow::store::postgres
