#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>

#include "runtime/http/client_internal.h"
#include "runtime/http/head_internal.h"

namespace flow::http {
namespace {

namespace beast = boost::beast;

constexpr std::uint32_t kAnswerHeaderBytesMax = std::uint32_t{64} * 1024;
constexpr int kInterimAnswersMax = 10;
constexpr std::size_t kCopiedBodyBytesMax = std::size_t{8} * 1024;
constexpr auto kNever = Loop::Clock::time_point::max();
constexpr const char* kSpokeFirst = "closed the connection, or spoke before it was asked";

bool sends_body(const ClientRequest& request) {
  return request.method != "GET" && request.method != "HEAD" && (request.method != "DELETE" || !request.body.empty());
}

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && beast::iequals({a.data(), a.size()}, {b.data(), b.size()});
}

void append_request(std::string& out, const Call& call, const std::string& user_agent, bool with_body) {
  const ClientRequest& request = call.request;
  out.append(request.method).push_back(' ');
  out.append(call.url->target).append(" HTTP/1.1\r\nhost: ").append(call.url->authority).append("\r\n");
  bool says_agent = false;
  bool says_accept = false;
  for (const auto& [name, value] : request.headers) {
    says_agent = says_agent || same_name(name, "user-agent");
    says_accept = says_accept || same_name(name, "accept");
    // What this client decides is said once.
    if (same_name(name, "content-length") || same_name(name, "transfer-encoding") || same_name(name, "connection") ||
        same_name(name, "host") || same_name(name, "expect")) {
      continue;
    }
    out.append(name).append(": ").append(value).append("\r\n");
  }
  if (!says_agent) out.append("user-agent: ").append(user_agent).append("\r\n");
  if (!says_accept) out.append("accept: */*\r\n");
  if (with_body) {
    out.append("content-length: ");
    append_number(out, request.body.size());
    out.append("\r\n");
  }
  out.append("\r\n");
}

}  // namespace

void AnswerParser::on_response_impl(int status, string_view, int version, error_code&) {
  is_http_1_1_ = version == 11;
  response_.status = status;
  response_.headers.reserve(12);
}

void AnswerParser::on_field_impl(boost::beast::http::field field, string_view name, string_view value,
                                 error_code& error) {
  error = check_.add(field, {value.data(), value.size()});
  if (error) return;
  auto& [key, text] = response_.headers.emplace_back();
  assign_lower_case(key, {name.data(), name.size()});
  text.assign(value.data(), value.size());
}

ClientConnection::ClientConnection(ClientHost& host, std::vector<Address> addresses)
    : host_(host), stream_(host.core().loop()), addresses_(std::move(addresses)) {}

void ClientConnection::connect() {
  connect_deadline_ = host_.core().loop().now() + host_.core().options().connect_time;
  try_addresses();
}

// An address that swallows everything must leave time for the next one.
void ClientConnection::try_addresses() {
  const auto now = Loop::Clock::now();
  while (next_address_ < addresses_.size() && now < connect_deadline_) {
    const Address& address = addresses_[next_address_++];
    const int fd = ::socket(address.bytes.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
      why_ = std::strerror(errno);
      continue;
    }
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::connect(fd, address.get(), address.size) != 0 && errno != EINPROGRESS) {
      why_ = std::strerror(errno);
      ::close(fd);
      continue;
    }
    if (!stream_.open(fd, *this)) {
      why_ = "no file descriptor left";
      continue;
    }
    const auto left = static_cast<std::int64_t>(addresses_.size() - next_address_ + 1);
    deadline_ = std::min(connect_deadline_, now + (connect_deadline_ - now) / left + std::chrono::milliseconds(1));
    host_.core().look_again_at(deadline_);
    return;
  }
  // Not from within send(): what waits fails in a moment.
  deadline_ = now;
  host_.core().look_again_at(now);
}

void ClientConnection::on_ready(std::uint32_t events) {
  const bool fine = stream_.on_ready(events);
  if (state_ == State::connecting) {
    if ((events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) == 0) return;
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(stream_.fd(), SOL_SOCKET, SO_ERROR, &error, &size);
    return connected(error);
  }
  if (call_ != nullptr && stream_.take_wrote()) call_->sent = true;
  if (!fine && state_ != State::handshake) {
    // An answer may have come before the connection broke.
    while (state_ == State::busy && stream_.may_read()) read();
    if (state_ != State::closed) lost("the connection broke off");
    return;
  }
  while (state_ != State::closed && stream_.may_read()) read();
}

void ClientConnection::connected(int error) {
  if (error != 0) {
    why_ = std::strerror(error);
    stream_.close();
    return try_addresses();
  }
  if (stream_.may_read()) {
    // Whatever it is, it is no answer to what was not asked yet.
    why_ = kSpokeFirst;
    stream_.close();
    return try_addresses();
  }
  if (!host_.url().tls) return ready();
  const TlsContext* context = host_.core().tls();
  if (context == nullptr) return failed("the certificates of authorities cannot be read");
  state_ = State::handshake;
  deadline_ = connect_deadline_;
  host_.core().look_again_at(deadline_);
  if (!stream_.begin_tls(std::make_unique<Tls>(*context, host_.url().host), true)) failed("the connection broke off");
}

void ClientConnection::ready() {
  state_ = State::idle;
  deadline_ = host_.core().loop().now() + host_.core().options().idle_time;
  (void)stream_.take_wrote();
  host_.on_ready(*this, addresses_[next_address_ - 1]);
}

void ClientConnection::failed(std::string why) {
  state_ = State::closed;
  stream_.close();
  host_.on_connect_failed(*this, std::move(why));
}

bool ClientConnection::send(Call& call) {
  const bool with_body = sends_body(call.request);
  std::string& out = host_.core().scratch();
  out.clear();
  append_request(out, call, host_.core().options().user_agent, with_body);
  std::string_view body = with_body ? std::string_view(call.request.body) : std::string_view();
  if (body.size() <= kCopiedBodyBytesMax) {
    out.append(body);
    body = {};
  }
  const bool written = stream_.write(out, body);
  call.sent = stream_.take_wrote();
  if (!written && !call.sent) {
    state_ = State::busy;  // it is in no list
    close();
    return false;
  }
  state_ = State::busy;
  deadline_ = kNever;  // the request has its own
  call_ = &call;
  call.connection = this;
  interim_ = 0;
  expect_answer();
  return true;
}

void ClientConnection::expect_answer() {
  parser_.emplace();
  parser_->header_limit(kAnswerHeaderBytesMax);
  parser_->body_limit(std::numeric_limits<std::uint64_t>::max());  // this has its own reader
  parser_->skip(call_->request.method == "HEAD");
  head_bytes_ = 0;
  in_body_ = false;
}

void ClientConnection::read() {
  std::string_view bytes;
  const Stream::Input input = stream_.read(bytes);
  if (state_ == State::handshake) {
    if (stream_.is_ready()) {
      if (input != Stream::Input::nothing) return failed(kSpokeFirst);
      return ready();  // with a request for it, perhaps
    }
    if (input == Stream::Input::broken || input == Stream::Input::end) {
      const Tls* tls = stream_.tls();
      return failed(tls != nullptr && !tls->why().empty() ? tls->why() : "the connection broke off");
    }
    return;
  }
  if (input == Stream::Input::nothing || state_ == State::closed) return;
  // An answer that nobody asked for, or the end of a connection that nobody uses.
  if (state_ == State::idle) return close();
  if (input == Stream::Input::data) return parse(bytes);
  if (input == Stream::Input::end) return ended();
  lost("the connection broke off");
}

void ClientConnection::parse(std::string_view bytes) {
  std::string all;
  if (!pending_.empty()) {
    pending_.append(bytes);
    all.swap(pending_);
    bytes = all;
  }
  while (!in_body_) {
    if (!parse_head(bytes)) return;
    const int status = parser_->response().status;
    if (status >= 200) {
      begin_body();
      break;
    }
    if (status == 101 || status < 100 || ++interim_ > kInterimAnswersMax) {
      return lost("the answer is none to this request");
    }
    expect_answer();
  }
  switch (body_.take(bytes, parser_->response().body)) {
    case BodyReader::Result::more:
      return;
    case BodyReader::Result::malformed:
      return lost("the answer is not well-formed HTTP");
    case BodyReader::Result::too_large:
      return lost(too_large());
    case BodyReader::Result::done:
      // What follows belongs to no request, so it must not become the answer to the next one.
      return answered(reusable_ && bytes.empty() && !stream_.may_read());
  }
}

// False: more is needed, or the answer is lost.
bool ClientConnection::parse_head(std::string_view& bytes) {
  beast::error_code error;
  const std::size_t taken = parser_->put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
  bytes.remove_prefix(taken);
  head_bytes_ += taken;  // the parser's own limit is for the lines that it has not taken yet
  const bool more = error == beast::http::error::need_more;
  if (error == beast::http::error::header_limit || head_bytes_ + (more ? bytes.size() : 0) > kAnswerHeaderBytesMax) {
    lost(too_large());
    return false;
  }
  if (more) {
    pending_.assign(bytes);
    return false;
  }
  if (error) lost("the answer is not well-formed HTTP");
  return !error;
}

void ClientConnection::begin_body() {
  in_body_ = true;
  const Response& response = parser_->response();
  const std::size_t max = host_.core().options().answer_bytes_max;
  const auto length = parser_->content_length();
  reusable_ = parser_->keep_alive() && (parser_->is_http_1_1() || !parser_->chunked());
  if (call_->request.method == "HEAD" || !has_body(response.status)) {
    // One that announces a body which it must not have may send it all the same.
    if (!has_body(response.status) && (parser_->chunked() || length.value_or(0) > 0)) reusable_ = false;
    body_.begin_length(0, max);
  } else if (parser_->chunked()) {
    body_.begin_chunks(max);
  } else if (length) {
    body_.begin_length(*length, max);
  } else {
    body_.begin_rest(max);
  }
}

void ClientConnection::answered(bool reusable) {
  Response response = std::move(parser_->response());
  release(reusable && stream_.is_flushed(), std::move(response));
}

// The other side ended the connection, which ends an answer without a length.
void ClientConnection::ended() {
  if (in_body_ && body_.ends_with_connection()) return answered(false);
  lost("the connection was closed before the answer was complete");
}

Error ClientConnection::too_large() const {
  return {ErrorCode::resource_exhausted, fmt::format("{}: the answer is too large", host_.name())};
}

void ClientConnection::lost(std::string_view why) {
  lost(Error{ErrorCode::unavailable, fmt::format("{}: {}", host_.name(), why)});
}

void ClientConnection::lost(Error error) {
  if (call_ == nullptr) return close();
  release(false, std::unexpected(ClientFailure{std::move(error), call_->sent}));
}

// The connection is free again, or closed, before anybody is told.
void ClientConnection::release(bool reusable, ClientOutcome outcome) {
  Call& call = *std::exchange(call_, nullptr);
  ClientCore& core = host_.core();
  call.connection = nullptr;
  pending_.clear();
  if (reusable) {
    state_ = State::idle;
    deadline_ = core.loop().now() + core.options().idle_time;
    host_.on_idle(*this);
  } else {
    close();
    host_.serve();
  }
  core.finish(call, std::move(outcome));
}

void ClientConnection::close() {
  if (state_ == State::closed) return;
  const State before = std::exchange(state_, State::closed);
  if (call_ != nullptr) std::exchange(call_, nullptr)->connection = nullptr;
  stream_.close();
  host_.on_closed(*this, before == State::idle, before == State::connecting || before == State::handshake);
}

void ClientConnection::expire(Loop::Clock::time_point) {
  if (state_ == State::idle) return close();
  if (state_ == State::handshake) return failed("no TLS in time");
  if (state_ != State::connecting) return;
  if (stream_.is_open()) {
    why_ = "did not connect in time";
    stream_.close();
  }
  if (next_address_ < addresses_.size() && Loop::Clock::now() < connect_deadline_) return try_addresses();
  failed(why_.empty() ? "did not connect" : lower_case(why_));
}

}  // namespace flow::http
