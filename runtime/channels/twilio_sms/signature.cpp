#include <map>
#include <set>

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

// Names sorted, the values of a repeated name sorted and each only once.
std::string signed_fields(const http::Fields& fields) {
  std::map<std::string_view, std::set<std::string_view>> sorted;
  for (const auto& [name, value] : fields) sorted[name].insert(value);
  std::string text;
  for (const auto& [name, values] : sorted) {
    for (const std::string_view value : values) text.append(name).append(value);
  }
  return text;
}

}  // namespace

bool signature_is_valid(std::string_view auth_token, std::string_view signature, const std::string& url,
                        const http::Fields& fields) {
  const Parts parts = split(url);
  const std::string rest = std::string(parts.after) + signed_fields(fields);
  const std::string_view port = !parts.port.empty() ? parts.port : parts.https ? ":443" : ":80";
  bool valid = false;
  for (const std::string_view with : {std::string_view(), port}) {
    const std::string text = std::string(parts.before).append(with) + rest;
    valid |= crypto::equal_constant_time(signature, crypto::base64(crypto::hmac_sha1(auth_token, text)));
  }
  return valid;
}

}  // namespace flow::channels::twilio_sms
