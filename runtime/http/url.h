// URLs of http and https, strictly.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace flow::http {

struct Url {
  bool tls = false;
  std::string host;  // a name or an address, lower case, without brackets
  std::uint16_t port = 0;
  std::string authority;  // for the Host header
  std::string target;     // path and query, never empty
};

// Nothing when it is no URL of http or https, has a user or password in it, or bytes that a URL may not have. A
// fragment is dropped.
std::optional<Url> parse_url(std::string_view text);

// What a reference (of a Location header) means in a document at `base`, as RFC 3986 has it, without a fragment; not
// checked: parse_url() will.
std::string resolve(const Url& base, std::string_view reference);

}  // namespace flow::http
