#include <algorithm>
#include <array>
#include <tuple>

#include "runtime/channels/twilio_sms/twilio_sms.h"
#include "runtime/crypto/digest.h"
#include "runtime/crypto/encoding.h"

namespace flow::channels::twilio_sms {
namespace {

// "https://host:8443/path" in its parts; `port` with its colon, may be empty.
struct Parts {
  std::string_view before;  // scheme and host
  std::string_view port;
  std::string_view after;  // path and query
  bool https = false;
};

Parts split(std::string_view url) {
  const auto scheme = url.find("://");
  const std::size_t host = scheme == std::string_view::npos ? 0 : scheme + 3;
  const std::size_t path = std::min(url.find_first_of("/?#", host), url.size());
  const std::string_view authority = url.substr(host, path - host);
  // The colons of an IPv6 address stand in brackets.
  const auto bracket = authority.rfind(']');
  const auto colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  const std::size_t port = colon == std::string_view::npos ? path : host + colon;
  return {url.substr(0, port), url.substr(port, path - port), url.substr(path), url.starts_with("https://")};
}

}  // namespace

Verifier::Verifier(std::string_view auth_token, const std::string& public_url) : key_(auth_token) {
  const Parts parts = split(public_url);
  before_ = parts.before;
  port_ = !parts.port.empty() ? parts.port : parts.https ? ":443" : ":80";
  after_ = parts.after;
}

bool Verifier::is_valid(std::string_view signature, std::string_view port, std::string_view rest) const {
  thread_local std::string text;
  text.assign(before_).append(port).append(rest);
  std::array<char, 28> expected;
  crypto::write_base64(crypto::view(crypto::code_of(key_, text)), expected);
  return crypto::equal_constant_time(signature, crypto::view(expected));
}

bool Verifier::is_valid(std::string_view signature, std::string_view target,
                        std::vector<http::FieldView>& fields) const {
  // Names sorted, the values of a repeated name sorted and each only once.
  const auto key = [](const http::FieldView& field) { return std::tie(field.name, field.value); };
  std::ranges::sort(fields, {}, key);
  const auto repeated = std::ranges::unique(fields, {}, key);
  fields.erase(repeated.begin(), repeated.end());
  thread_local std::string rest;
  rest.assign(after_).append(target);
  for (const auto& [name, value] : fields) rest.append(name).append(value);
  return is_valid(signature, std::string_view(), rest) || is_valid(signature, port_, rest);
}

}  // namespace flow::channels::twilio_sms
