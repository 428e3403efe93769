// An HTTP request and its answer as plain values, shared by server, client and simulator.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace flow::http {

// Names in lower case, in the order of the wire; a name may come more than once.
using Headers = std::vector<std::pair<std::string, std::string>>;

// The first header of that name (lower case), or nothing.
std::optional<std::string_view> find_header(const Headers& headers, std::string_view name);

struct Request {
  std::string method;  // upper case
  std::string target;  // as it was sent: "/v1/flows/a%20b?limit=10"
  Headers headers;
  std::string body;  // raw bytes
  std::string peer;  // the other side's address, without port

  std::string_view path() const;   // of the target, still percent-encoded
  std::string_view query() const;  // of the target, without "?"; may be empty
  std::optional<std::string_view> header(std::string_view name) const { return find_header(headers, name); }
};

struct Response {
  int status = 200;
  Headers headers;
  std::string body;

  std::optional<std::string_view> header(std::string_view name) const { return find_header(headers, name); }
};

std::string lower_case(std::string_view text);  // ASCII

}  // namespace flow::http
