#include <limits>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>

#include "runtime/http/head_internal.h"
#include "runtime/http/problem.h"
#include "runtime/http/server_internal.h"

namespace flow::http {
namespace {

namespace beast = boost::beast;

constexpr std::size_t kDrainedBytesMax = std::size_t{1} << 20;
constexpr std::size_t kCopiedBodyBytesMax = std::size_t{8} * 1024;  // a copy is cheaper than a second piece
constexpr std::size_t kKeptBytesMax = std::size_t{64} * 1024;       // room that a connection keeps
constexpr std::chrono::seconds kDrainTime{1};

}  // namespace

void RequestParser::on_request_impl(verb, string_view method, string_view target, int version, error_code&) {
  is_http_1_1_ = version == 11;
  request_.method.assign(method.data(), method.size());
  request_.target.assign(target.data(), target.size());
  request_.body.clear();
}

void RequestParser::on_field_impl(field name, string_view name_text, string_view value, error_code& error) {
  error = check_.add(name, {value.data(), value.size()});
  if (error) return;
  if (headers_ == request_.headers.size()) request_.headers.emplace_back();
  auto& [key, text] = request_.headers[headers_++];
  assign_lower_case(key, {name_text.data(), name_text.size()});
  text.assign(value.data(), value.size());
  if (name == field::expect) expects_continue_ = is_http_1_1_ && beast::iequals(value, "100-continue");
}

void RequestParser::on_header_impl(error_code&) {
  request_.headers.resize(headers_);
}

Connection::Connection(ServerPart& part, std::uint32_t slot, std::string peer)
    : part_(part), stream_(part.loop()), slot_(slot), peer_(std::move(peer)) {
  request_.headers.reserve(16);
}

bool Connection::begin(int fd) {
  deadline_ = part_.loop().now() + part_.options().header_time;
  if (!stream_.open(fd, *this)) return false;
  const std::shared_ptr<const TlsContext> tls = part_.shared().tls_now();
  return tls == nullptr || stream_.begin_tls(std::make_unique<Tls>(*tls), false);
}

void Connection::on_ready(std::uint32_t events) {
  if (!stream_.on_ready(events)) return close();
  if (stream_.is_gone() && state_ != State::header && state_ != State::body) return close();
  if (state_ == State::writing && stream_.is_flushed()) written();
  pump();
}

// Goes on until input is missing or an answer is waited for. A handler that answers at once comes back to here, not
// deeper.
void Connection::pump() {
  if (pumping_) return;
  pumping_ = true;
  while (may_read_input() && (fresh_ || stream_.may_read())) {
    if (fresh_) {
      const std::string_view before = std::string_view(pending_).substr(pending_at_);
      pending_at_ = pending_.size() - parse(before).size();
      if (pending_at_ == pending_.size()) {
        pending_.clear();
        pending_at_ = 0;
        if (pending_.capacity() > kKeptBytesMax) pending_.shrink_to_fit();
      }
    } else {
      read();
    }
    if (std::exchange(complete_, false)) dispatch();
  }
  if (state_ == State::draining) drain();
  pumping_ = false;
}

void Connection::read() {
  std::string_view bytes;
  switch (stream_.read(bytes)) {
    case Stream::Input::nothing:
      return;
    case Stream::Input::end:
    case Stream::Input::broken:
      return close();
    case Stream::Input::data:
      break;
  }
  if (pending_.empty()) {
    // Usually a whole request, and nothing has to be kept of it.
    pending_.assign(parse(bytes));
    return;
  }
  pending_.erase(0, pending_at_);
  pending_at_ = 0;
  pending_.append(bytes);
  fresh_ = true;
}

// Returns what is left over: of the next request, or because more is needed to understand it.
std::string_view Connection::parse(std::string_view bytes) {
  fresh_ = false;
  if (state_ == State::header && !parse_head(bytes)) return bytes;
  switch (body_.take(bytes, request_.body)) {
    case BodyReader::Result::more:
      return {};
    case BodyReader::Result::malformed:
      parse_failed(beast::http::make_error_code(beast::http::error::bad_chunk));
      return {};
    case BodyReader::Result::too_large:
      parse_failed(beast::http::make_error_code(beast::http::error::body_limit));
      return {};
    case BodyReader::Result::done:
      break;
  }
  complete_ = true;
  fresh_ = !bytes.empty();
  return bytes;
}

// False: more is needed, or it was refused and nothing is left of `bytes`.
bool Connection::parse_head(std::string_view& bytes) {
  const std::size_t header_bytes_max = part_.options().header_bytes_max;
  if (!parser_) {
    parser_.emplace(request_);
    parser_->header_limit(static_cast<std::uint32_t>(header_bytes_max));
    parser_->body_limit(std::numeric_limits<std::uint64_t>::max());  // decided when the header is known
    head_bytes_ = 0;
  }
  beast::error_code error;
  const std::size_t taken = parser_->put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
  bytes.remove_prefix(taken);
  head_bytes_ += taken;  // the parser's own limit is for the lines that it has not taken yet
  const bool more = error == beast::http::error::need_more;
  if (head_bytes_ + (more ? bytes.size() : 0) > header_bytes_max) {
    error = beast::http::make_error_code(beast::http::error::header_limit);
  } else if (more) {
    return false;
  }
  if (error) parse_failed(error);
  if (error || !head_is_fine()) {
    bytes = {};
    return false;
  }
  state_ = State::body;
  return true;
}

// The header is complete.
bool Connection::head_is_fine() {
  request_.peer = peer_;
  keep_alive_ = parser_->is_http_1_1() && parser_->keep_alive();
  head_only_ = request_.method == "HEAD";
  body_limit_ = part_.options().body_bytes_max(request_);
  const auto length = parser_->content_length();
  if (length && *length > body_limit_) {
    parse_failed(beast::http::make_error_code(beast::http::error::body_limit));
    return false;
  }
  if (parser_->chunked() && !parser_->is_http_1_1()) {
    parse_failed(beast::http::make_error_code(beast::http::error::bad_transfer_encoding));
    return false;
  }
  parser_->chunked() ? body_.begin_chunks(body_limit_) : body_.begin_length(length.value_or(0), body_limit_);
  deadline_ = part_.loop().now() + part_.options().body_time;
  // The client waits for leave to send its body.
  if (parser_->expects_continue() && !parser_->is_done() && !stream_.write("HTTP/1.1 100 Continue\r\n\r\n", {})) {
    close();
    return false;
  }
  return true;
}

void Connection::parse_failed(beast::error_code error) {
  if (error == beast::http::error::header_limit) {
    return refuse(431, "header_too_large", "the request's header is too large");
  }
  if (error == beast::http::error::body_limit) {
    return refuse(413, "body_too_large", "the request's body is too large",
                  fmt::format("this request may have a body of {} bytes", body_limit_));
  }
  refuse(400, "malformed_request", "the request is not well-formed HTTP");
}

void Connection::dispatch() {
  parser_.reset();
  state_ = State::answering;
  deadline_ = part_.loop().now() + part_.options().answer_time;
  const std::uint64_t number = awaited_ = part_.next_number();
  const Responder respond = part_.responder(slot_, number);
  try {
    part_.shared().handler(request_, respond);
  } catch (...) {
    respond(problem(500, "internal", "the server failed to answer"));
  }
}

void Connection::answer(std::uint64_t number, Response&& response) {
  if (number != awaited_ || state_ != State::answering) return;
  awaited_ = 0;
  if (response.status == 0) return close();
  if (response.status < 200 || response.status > 599)
    response = problem(500, "internal", "the server failed to answer");
  write(response);
  pump();
}

void Connection::refuse(int status, std::string_view code, std::string_view title, std::string_view detail) {
  keep_alive_ = false;  // where the next request would begin is not known
  write(problem(status, code, title, detail));
}

void Connection::write(const Response& response) {
  keep_alive_ = keep_alive_ && !head_only_ && !part_.stopping();
  std::string& head = part_.scratch();
  head.clear();
  append_head(head, response, keep_alive_);
  std::string_view body = head_only_ || !has_body(response.status) ? std::string_view() : response.body;
  if (body.size() <= kCopiedBodyBytesMax) {
    head.append(body);
    body = {};
  }
  state_ = State::writing;
  deadline_ = part_.loop().now() + part_.options().write_time;
  if (!stream_.write(head, body)) return close();
  if (stream_.is_flushed()) written();
}

void Connection::written() {
  if (!keep_alive_) return begin_draining();
  state_ = State::header;
  deadline_ = part_.loop().now() + part_.options().header_time;
  if (request_.body.capacity() > kKeptBytesMax) request_.body = {};
}

// Ends the sending side and drains what still comes for a moment: closing at once would destroy an answer that the
// client has not read yet while it still sends its body.
void Connection::begin_draining() {
  if (part_.stopping()) return close();
  state_ = State::draining;
  deadline_ = part_.loop().now() + kDrainTime;
  stream_.end_writing();
  drain();
}

void Connection::drain() {
  std::string_view bytes;
  while (state_ == State::draining && stream_.may_read()) {
    const Stream::Input input = stream_.read(bytes);
    drained_bytes_ += bytes.size();
    const bool over = input == Stream::Input::end || input == Stream::Input::broken;
    if (over || drained_bytes_ > kDrainedBytesMax) close();
  }
}

void Connection::expire(Loop::Clock::time_point now) {
  if (now < deadline_ || state_ == State::closed) return;
  if (state_ != State::answering) return close();
  awaited_ = 0;
  write(problem(503, "answer_timeout", "the server did not answer in time"));
  pump();
}

void Connection::close_when_idle() {
  if (state_ != State::answering && state_ != State::writing) close();
}

void Connection::close() {
  if (state_ == State::closed) return;
  state_ = State::closed;
  awaited_ = 0;
  stream_.close();
  part_.closed(slot_);
}

}  // namespace flow::http
