// Where a message ends: by its length, by chunks, or with the connection. Strict where others guess, so that nobody in
// front of this server or behind this client sees another end of the same bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <boost/beast/core/error.hpp>
#include <boost/beast/http/field.hpp>

namespace flow::http {

// What the lines of a header add up to.
class HeadCheck {
 public:
  // Whether the line may be there: one Content-Length of digits, no coding but `chunked`, one Host, not too many lines.
  boost::beast::error_code add(boost::beast::http::field name, std::string_view value);

 private:
  std::size_t lines_ = 0;
  bool has_length_ = false;
  bool has_coding_ = false;
  bool has_host_ = false;
};

// Reads a body as it comes and keeps nothing but the body: lengths of chunks, their extensions and trailers are
// counted, checked and dropped. A trailer never becomes a header.
class BodyReader {
 public:
  enum class Result { more, done, malformed, too_large };

  void begin_length(std::uint64_t length, std::size_t body_bytes_max);
  void begin_chunks(std::size_t body_bytes_max);
  void begin_rest(std::size_t body_bytes_max);  // until the connection ends

  // Takes from `bytes` what belongs to the body; what is left after `done` belongs to the next message.
  Result take(std::string_view& bytes, std::string& out);
  bool ends_with_connection() const { return state_ == State::rest; }

 private:
  enum class State {
    plain,
    rest,
    size_first,
    size,
    padding,
    extension,
    size_lf,
    data,
    data_cr,
    data_lf,
    trailer_first,
    trailer,
    trailer_lf,
    end_lf,
    done
  };

  Result take_data(std::string_view& bytes, std::string& out);
  bool take_line(char c);
  bool size_digit(char c);
  bool end_of_size(char c);

  State state_ = State::done;
  std::uint64_t left_ = 0;          // of the plain body or the chunk
  std::size_t room_ = 0;            // for more body
  std::size_t line_bytes_ = 0;      // of a chunk's line
  std::size_t trailers_bytes_ = 0;  // in all
};

}  // namespace flow::http
