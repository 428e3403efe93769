#include <algorithm>
#include <array>
#include <charconv>

#include <boost/beast/core/string.hpp>

#include "runtime/http/head_internal.h"

namespace flow::http {
namespace {

std::string_view status_line(int status) {
  switch (status) {
    case 200:
      return "HTTP/1.1 200 OK\r\n";
    case 201:
      return "HTTP/1.1 201 Created\r\n";
    case 202:
      return "HTTP/1.1 202 Accepted\r\n";
    case 204:
      return "HTTP/1.1 204 No Content\r\n";
    case 304:
      return "HTTP/1.1 304 Not Modified\r\n";
    case 400:
      return "HTTP/1.1 400 Bad Request\r\n";
    case 401:
      return "HTTP/1.1 401 Unauthorized\r\n";
    case 403:
      return "HTTP/1.1 403 Forbidden\r\n";
    case 404:
      return "HTTP/1.1 404 Not Found\r\n";
    case 405:
      return "HTTP/1.1 405 Method Not Allowed\r\n";
    case 409:
      return "HTTP/1.1 409 Conflict\r\n";
    case 413:
      return "HTTP/1.1 413 Content Too Large\r\n";
    case 415:
      return "HTTP/1.1 415 Unsupported Media Type\r\n";
    case 422:
      return "HTTP/1.1 422 Unprocessable Content\r\n";
    case 429:
      return "HTTP/1.1 429 Too Many Requests\r\n";
    case 431:
      return "HTTP/1.1 431 Request Header Fields Too Large\r\n";
    case 500:
      return "HTTP/1.1 500 Internal Server Error\r\n";
    case 503:
      return "HTTP/1.1 503 Service Unavailable\r\n";
    default:
      return {};
  }
}

// What this library says itself, once.
bool is_framing(std::string_view name) {
  const auto is = [&](std::string_view other) {
    return boost::beast::iequals({name.data(), name.size()}, {other.data(), other.size()});
  };
  return (name.size() == 14 && is("content-length")) || (name.size() == 17 && is("transfer-encoding")) ||
         (name.size() == 10 && is("connection"));
}

}  // namespace

void assign_lower_case(std::string& out, std::string_view text) {
  out.assign(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
}

void append_number(std::string& out, std::size_t number) {
  std::array<char, 20> digits;
  const auto result = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  out.append(digits.data(), result.ptr);
}

bool is_header_text(std::string_view text) {
  for (const char c : text) {
    if (c == '\r' || c == '\n' || c == '\0') return false;
  }
  return true;
}

bool is_header_name(std::string_view text) {
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  };
  return !text.empty() && std::ranges::all_of(text, good);
}

void append_head(std::string& out, const Response& response, bool keep_alive) {
  if (const auto line = status_line(response.status); !line.empty()) {
    out.append(line);
  } else {
    out.append("HTTP/1.1 ");
    append_number(out, static_cast<std::size_t>(response.status));
    out.append(" \r\n");  // the phrase may be empty
  }
  for (const auto& [name, value] : response.headers) {
    if (!is_header_name(name) || !is_header_text(value) || is_framing(name)) continue;
    out.append(name).append(": ").append(value).append("\r\n");
  }
  if (has_body(response.status)) {
    out.append("content-length: ");
    append_number(out, response.body.size());
    out.append("\r\n");
  }
  if (!keep_alive) out.append("connection: close\r\n");
  out.append("\r\n");
}

}  // namespace flow::http
