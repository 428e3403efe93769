#include "runtime/store/postgres/connection.h"

#include <libpq-fe.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "runtime/core/random.h"

namespace flow::store::postgres {

namespace {

using std::chrono::milliseconds;

int remaining_ms(Clock::time_point until) {
  const auto left = std::chrono::duration_cast<milliseconds>(until - Clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left + 1, 0, 60'000));
}

// By the class of the SQLSTATE: what may be well another time.
Failure::Kind kind_of(std::string_view sqlstate) {
  if (sqlstate.empty()) return Failure::Kind::unknown;
  static constexpr std::string_view kBusyClasses[] = {"08", "40", "53", "55", "57", "58"};
  if (std::ranges::find(kBusyClasses, sqlstate.substr(0, 2)) != std::end(kBusyClasses)) return Failure::Kind::busy;
  if (sqlstate == "25006") return Failure::Kind::busy;  // read-only: a standby
  return Failure::Kind::refused;
}

ErrorCode code_of(Failure::Kind kind, std::string_view sqlstate) {
  if (kind != Failure::Kind::refused) return ErrorCode::unavailable;
  return sqlstate.starts_with("28") || sqlstate == "42501" ? ErrorCode::permission_denied : ErrorCode::internal;
}

// The first line of what libpq says, without its end; it names hosts and what went wrong, never a value.
std::string first_line(const char* text) {
  std::string_view line = text == nullptr ? "" : text;
  line = line.substr(0, line.find('\n'));
  if (line.starts_with("connection to ") && line.find(" failed: ") != std::string_view::npos) {
    line.remove_prefix(line.find(" failed: ") + 9);
  }
  return std::string(line);
}

void drop_notice(void*, const char*) {}

}  // namespace

// ---- Rows

Rows::Rows(pg_result* result) : result_(result) {}

void Rows::Clear::operator()(pg_result* result) const {
  PQclear(result);
}

int Rows::size() const {
  return PQntuples(result_.get());
}

bool Rows::is_null(int row, int column) const {
  return PQgetisnull(result_.get(), row, column) != 0;
}

std::int64_t Rows::integer(int row, int column) const {
  const std::string_view raw = bytes(row, column);
  FLOW_CHECK(raw.size() == 1 || raw.size() == 2 || raw.size() == 4 || raw.size() == 8, "{} bytes", raw.size());
  std::uint64_t value = static_cast<std::uint8_t>(raw[0]) >= 0x80 ? ~std::uint64_t{0} : 0;
  for (const char byte : raw) value = value << 8 | static_cast<std::uint8_t>(byte);
  return static_cast<std::int64_t>(value);
}

std::string_view Rows::bytes(int row, int column) const {
  return {PQgetvalue(result_.get(), row, column), static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
}

std::array<std::uint8_t, 16> Rows::uuid(int row, int column) const {
  const std::string_view raw = bytes(row, column);
  std::array<std::uint8_t, 16> value{};
  FLOW_CHECK(raw.size() == value.size(), "{} bytes", raw.size());
  std::ranges::copy(raw, value.begin());
  return value;
}

std::size_t Rows::changed() const {
  return std::strtoull(PQcmdTuples(result_.get()), nullptr, 10);
}

// ---- Interrupt

Interrupt::Interrupt() : descriptor_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  FLOW_CHECK(descriptor_ >= 0, "eventfd: {}", std::strerror(errno));
}

Interrupt::~Interrupt() {
  ::close(descriptor_);
}

void Interrupt::raise() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(descriptor_, &one, sizeof one);
}

bool Interrupt::raised() const {
  return !wait(milliseconds(0));
}

bool Interrupt::wait(milliseconds time) const {
  const auto until = Clock::now() + time;
  pollfd waiting{descriptor_, POLLIN, 0};
  while (true) {
    const int ready = ::poll(&waiting, 1, time.count() == 0 ? 0 : remaining_ms(until));
    if (ready > 0) return false;
    if (Clock::now() >= until) return true;
  }
}

// ---- Connection

Connection::Connection(pg_conn* connection, const ConnectOptions& options, std::string shown)
    : connection_(connection), interrupt_(options.interrupt), shown_(std::move(shown)) {}

Connection::~Connection() {
  PQfinish(connection_);
}

Answer<std::unique_ptr<Connection>> Connection::connect(const Target& target, const ConnectOptions& options) {
  const auto until = Clock::now() + options.patience;
  std::vector<std::pair<std::string, std::string>> parts = target.parts();
  // What the URL says stands, except that settings come together.
  const auto set = [&](const std::string& keyword, const std::string& value) {
    const auto found = std::ranges::find(parts, keyword, &std::pair<std::string, std::string>::first);
    if (found == parts.end())
      parts.emplace_back(keyword, value);
    else if (keyword == "options")
      found->second += " " + value;
  };
  set("tcp_user_timeout", std::to_string(std::max<std::int64_t>(options.patience.count(), 1000)));
  set("keepalives_idle", "10");
  set("keepalives_interval", "5");
  set("keepalives_count", "3");
  set("connect_timeout", "10");
  set("application_name", options.name);
  if (!options.settings.empty()) set("options", options.settings);
  std::vector<const char*> keywords;
  std::vector<const char*> values;
  for (const auto& [keyword, value] : parts) {
    keywords.push_back(keyword.c_str());
    values.push_back(value.c_str());
  }
  keywords.push_back(nullptr);
  values.push_back(nullptr);
  std::unique_ptr<Connection> connection(
      new Connection(PQconnectStartParams(keywords.data(), values.data(), 0), options, target.shown()));
  FLOW_CHECK(connection->connection_ != nullptr, "out of memory");
  if (auto done = connection->finish_connecting(until); !done) return std::unexpected(done.error());
  return connection;
}

Answer<void> Connection::finish_connecting(Clock::time_point until) {
  PQsetNoticeProcessor(connection_, drop_notice, nullptr);
  PostgresPollingStatusType state = PGRES_POLLING_WRITING;
  if (PQstatus(connection_) == CONNECTION_BAD) state = PGRES_POLLING_FAILED;
  while (state != PGRES_POLLING_OK) {
    if (state == PGRES_POLLING_FAILED) {
      usable_ = false;
      return std::unexpected(Failure{Failure::Kind::busy,
                                     "",
                                     {ErrorCode::unavailable, fmt::format("no connection to {}: {}", shown_,
                                                                          first_line(PQerrorMessage(connection_)))}});
    }
    if (auto failed = wait_for(state == PGRES_POLLING_READING ? POLLIN : POLLOUT, until)) {
      failed->kind = Failure::Kind::busy;
      return std::unexpected(*failed);
    }
    state = PQconnectPoll(connection_);
  }
  PQsetnonblocking(connection_, 1);
  return {};
}

Failure Connection::broken(std::string_view what) {
  usable_ = false;
  return {Failure::Kind::unknown, "", {ErrorCode::unavailable, fmt::format("the connection to {} {}", shown_, what)}};
}

Failure Connection::refused_by(const pg_result* result) {
  const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const std::string sqlstate = state == nullptr ? "" : state;
  Failure failure;
  failure.sqlstate = sqlstate;
  failure.kind = PQstatus(connection_) == CONNECTION_BAD ? Failure::Kind::unknown : kind_of(sqlstate);
  if (failure.kind == Failure::Kind::unknown || PQstatus(connection_) == CONNECTION_BAD) usable_ = false;
  const char* primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  failure.error = {code_of(failure.kind, sqlstate),
                   fmt::format("{} says {}: {}", shown_, sqlstate.empty() ? "no more" : sqlstate,
                               primary == nullptr ? first_line(PQerrorMessage(connection_)) : first_line(primary))};
  return failure;
}

std::optional<Failure> Connection::wait_for(short events, Clock::time_point until) {
  pollfd waiting[2] = {{PQsocket(connection_), events, 0},
                       {interrupt_ == nullptr ? -1 : interrupt_->descriptor(), POLLIN, 0}};
  while (true) {
    if (waiting[0].fd < 0) return broken("is closed");
    const int ready = ::poll(waiting, 2, remaining_ms(until));
    if (ready > 0 && waiting[1].revents != 0) return broken("was given up: flowd is stopping");
    if (ready > 0) return std::nullopt;
    if (ready < 0 && errno != EINTR) return broken("cannot be waited for");
    if (Clock::now() >= until) return broken("gave no answer in time");
  }
}

// Until a result can be taken without waiting.
Answer<void> Connection::flush_and_read(Clock::time_point until) {
  while (true) {
    const int unsent = PQflush(connection_);
    if (unsent < 0) return std::unexpected(broken("broke: " + first_line(PQerrorMessage(connection_))));
    if (unsent == 0 && PQisBusy(connection_) == 0) return {};
    if (auto failed = wait_for(static_cast<short>(unsent > 0 ? POLLIN | POLLOUT : POLLIN), until)) {
      return std::unexpected(*failed);
    }
    if (PQconsumeInput(connection_) == 0) {
      return std::unexpected(broken("broke: " + first_line(PQerrorMessage(connection_))));
    }
  }
}

Answer<Rows> Connection::finish(Clock::time_point until) {
  std::optional<Rows> rows;
  std::optional<Failure> failure;
  while (true) {
    if (auto ready = flush_and_read(until); !ready) return std::unexpected(failure ? *failure : ready.error());
    pg_result* result = PQgetResult(connection_);
    if (result == nullptr) break;
    const ExecStatusType status = PQresultStatus(result);
    Rows taken(result);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK && status != PGRES_EMPTY_QUERY) {
      if (!failure) failure = refused_by(result);
      if (!usable_) return std::unexpected(*failure);
    }
    rows = std::move(taken);
  }
  if (failure) return std::unexpected(*failure);
  if (!rows) return std::unexpected(broken("gave no result"));
  return std::move(*rows);
}

Answer<void> Connection::prepare(const Statement& statement, const Parameters& parameters, Clock::time_point until) {
  if (prepared_.contains(statement.name)) return {};
  const std::vector<std::uint32_t>& types = parameters.types();
  static_assert(sizeof(Oid) == sizeof(std::uint32_t));
  if (PQsendPrepare(connection_, statement.name, statement.sql, static_cast<int>(types.size()), types.data()) == 0) {
    return std::unexpected(broken("broke: " + first_line(PQerrorMessage(connection_))));
  }
  if (auto done = finish(until); !done) {
    // Nothing was carried out: preparing changes nothing.
    Failure failure = done.error();
    if (failure.kind == Failure::Kind::unknown) failure.kind = Failure::Kind::busy;
    return std::unexpected(failure);
  }
  prepared_.insert(statement.name);
  return {};
}

Answer<Rows> Connection::run(const Statement& statement, const Parameters& parameters, milliseconds patience) {
  const auto until = Clock::now() + patience;
  if (!usable_) return std::unexpected(broken("is closed"));
  if (auto prepared = prepare(statement, parameters, until); !prepared) return std::unexpected(prepared.error());
  const std::size_t count = parameters.values().size();
  std::vector<const char*> values(count);
  std::vector<int> lengths(count);
  const std::vector<int> formats(count, 1);
  for (std::size_t i = 0; i < count; ++i) {
    values[i] = parameters.values()[i].data();
    lengths[i] = static_cast<int>(parameters.values()[i].size());
  }
  if (PQsendQueryPrepared(connection_, statement.name, static_cast<int>(count), values.data(), lengths.data(),
                          formats.data(), 1) == 0) {
    return std::unexpected(broken("broke: " + first_line(PQerrorMessage(connection_))));
  }
  return finish(until);
}

Answer<Rows> Connection::script(const std::string& sql, milliseconds patience) {
  const auto until = Clock::now() + patience;
  if (!usable_) return std::unexpected(broken("is closed"));
  if (PQsendQuery(connection_, sql.c_str()) == 0) {
    return std::unexpected(broken("broke: " + first_line(PQerrorMessage(connection_))));
  }
  return finish(until);
}

bool Connection::is_private() const {
  if (PQsslInUse(connection_) != 0) return true;
  const std::string_view host = PQhost(connection_) == nullptr ? "" : PQhost(connection_);
  return host.empty() || host.starts_with('/') || host.starts_with("127.") || host == "::1" || host == "localhost";
}

int Connection::server_version() const {
  return PQserverVersion(connection_);
}

// ---- Backoff

milliseconds Backoff::next() {
  const std::int64_t full = std::min<std::int64_t>(most_.count(), std::int64_t{50} << std::min(tries_, 16));
  ++tries_;
  core::SystemRandom random;
  return milliseconds(full / 2 + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(full / 2 + 1))));
}

}  // namespace flow::store::postgres
