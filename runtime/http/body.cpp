#include <algorithm>
#include <utility>

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>

#include "base/limits.h"
#include "runtime/http/body_internal.h"

namespace flow::http {
namespace {

namespace beast = boost::beast;

constexpr std::size_t kLengthDigitsMax = 18;  // fits 64 bits
constexpr std::size_t kChunkLineBytesMax = 1024;
constexpr std::size_t kTrailersBytesMax = std::size_t{8} * 1024;

bool is_length(std::string_view text) {
  return !text.empty() && text.size() <= kLengthDigitsMax &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// As in a header's value.
bool is_text(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte >= 0x20 && byte != 0x7F) || c == '\t';
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

beast::error_code HeadCheck::add(beast::http::field name, std::string_view value) {
  using beast::http::error;
  if (++lines_ > limits::kHttpHeadersMax) return beast::http::make_error_code(error::header_limit);
  if (name == beast::http::field::content_length) {
    if (std::exchange(has_length_, true) || has_coding_ || !is_length(value)) {
      return beast::http::make_error_code(error::bad_content_length);
    }
  } else if (name == beast::http::field::transfer_encoding) {
    if (std::exchange(has_coding_, true) || has_length_ || !beast::iequals({value.data(), value.size()}, "chunked")) {
      return beast::http::make_error_code(error::bad_transfer_encoding);
    }
  } else if (name == beast::http::field::host && std::exchange(has_host_, true)) {
    return beast::http::make_error_code(error::bad_field);
  }
  return {};
}

void BodyReader::begin_length(std::uint64_t length, std::size_t body_bytes_max) {
  *this = {};
  left_ = length;
  room_ = body_bytes_max;
  state_ = length == 0 ? State::done : State::plain;
}

void BodyReader::begin_chunks(std::size_t body_bytes_max) {
  *this = {};
  room_ = body_bytes_max;
  state_ = State::size_first;
}

void BodyReader::begin_rest(std::size_t body_bytes_max) {
  *this = {};
  room_ = body_bytes_max;
  state_ = State::rest;
}

BodyReader::Result BodyReader::take(std::string_view& bytes, std::string& out) {
  while (!bytes.empty() && state_ != State::done) {
    if (state_ == State::plain || state_ == State::rest || state_ == State::data) {
      if (const Result result = take_data(bytes, out); result != Result::more) return result;
      continue;
    }
    const char c = bytes.front();
    bytes.remove_prefix(1);
    if (!take_line(c)) return Result::malformed;
    // Known from its length, before any of it has come.
    if (state_ == State::data && left_ > room_) return Result::too_large;
  }
  return state_ == State::done ? Result::done : Result::more;
}

BodyReader::Result BodyReader::take_data(std::string_view& bytes, std::string& out) {
  const bool bounded = state_ != State::rest;
  const auto size = bounded ? static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size())) : bytes.size();
  if (size > room_) return Result::too_large;
  out.append(bytes.substr(0, size));
  bytes.remove_prefix(size);
  room_ -= size;
  if (!bounded) return Result::more;
  left_ -= size;
  if (left_ == 0) state_ = state_ == State::plain ? State::done : State::data_cr;
  return Result::more;
}

// What is between the data of two chunks, and after the last one.
bool BodyReader::take_line(char c) {
  const auto expect = [&](char wanted, State next) {
    state_ = next;
    return c == wanted;
  };
  switch (state_) {
    case State::size_first:
      left_ = 0;
      line_bytes_ = 0;
      state_ = State::size;
      return size_digit(c);
    case State::size:
      return hex_digit(c) >= 0 ? size_digit(c) : end_of_size(c);
    case State::padding:
      return ++line_bytes_ <= kChunkLineBytesMax && end_of_size(c);
    case State::extension:
      if (c == '\r') state_ = State::size_lf;
      return c == '\r' || (++line_bytes_ <= kChunkLineBytesMax && is_text(c));
    case State::size_lf:
      return expect('\n', left_ == 0 ? State::trailer_first : State::data);
    case State::data_cr:
      return expect('\r', State::data_lf);
    case State::data_lf:
      return expect('\n', State::size_first);
    case State::trailer_first:
      state_ = c == '\r' ? State::end_lf : State::trailer;
      return c == '\r' || (++trailers_bytes_ <= kTrailersBytesMax && is_text(c) && c != ' ' && c != '\t');
    case State::trailer:
      if (c == '\r') state_ = State::trailer_lf;
      return c == '\r' || (++trailers_bytes_ <= kTrailersBytesMax && is_text(c));
    case State::trailer_lf:
      return expect('\n', State::trailer_first);
    case State::end_lf:
      return expect('\n', State::done);
    default:
      return false;
  }
}

bool BodyReader::size_digit(char c) {
  const int digit = hex_digit(c);
  if (digit < 0 || ++line_bytes_ > kChunkLineBytesMax || left_ >> 60 != 0) return false;
  left_ = left_ << 4 | static_cast<std::uint64_t>(digit);
  return true;
}

// Some put spaces after the length.
bool BodyReader::end_of_size(char c) {
  if (c == '\r') {
    state_ = State::size_lf;
  } else if (c == ';') {
    state_ = State::extension;
  } else {
    state_ = State::padding;
  }
  return c == '\r' || c == ';' || c == ' ' || c == '\t';
}

}  // namespace flow::http
