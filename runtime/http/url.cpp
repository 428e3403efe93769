#include <algorithm>
#include <charconv>

#include "runtime/http/message.h"
#include "runtime/http/url.h"

namespace flow::http {
namespace {

constexpr std::size_t kUrlBytesMax = 8192;
constexpr std::size_t kHostBytesMax = 253;

bool is_name(std::string_view host) {
  const auto fine = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
  };
  return !host.empty() && host.size() <= kHostBytesMax && host.front() != '.' && std::ranges::all_of(host, fine);
}

bool is_v6(std::string_view host) {
  const auto fine = [](char c) { return (c >= 'a' && c <= 'f') || (c >= '0' && c <= '9') || c == ':' || c == '.'; };
  return host.size() >= 2 && host.size() <= 45 && std::ranges::all_of(host, fine);
}

bool parse_port(std::string_view text, std::uint16_t& port) {
  const auto result = std::from_chars(text.data(), text.data() + text.size(), port);
  return !text.empty() && result.ec == std::errc() && result.ptr == text.data() + text.size() && port != 0;
}

std::string without_dots(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/', 1), path.size());
    const std::string_view segment = path.substr(0, end);
    const bool last = end == path.size();
    if (segment == "/..") {
      out.resize(out.rfind('/') == std::string::npos ? 0 : out.rfind('/'));
      if (last) out += '/';
    } else if (segment == "/.") {
      if (last) out += '/';
    } else {
      out += segment;
    }
    path.remove_prefix(end);
  }
  return out;
}

}  // namespace

std::string resolve(const Url& base, std::string_view reference) {
  reference = reference.substr(0, reference.find('#'));
  const std::string scheme = base.tls ? "https:" : "http:";
  const std::size_t colon = reference.find(':');
  if (colon != std::string_view::npos && colon < std::min(reference.find_first_of("/?"), reference.size()))
    return std::string(reference);
  if (reference.starts_with("//")) return scheme + std::string(reference);
  const std::string origin = scheme + "//" + base.authority;
  const std::string_view path = std::string_view(base.target).substr(0, base.target.find('?'));
  if (reference.empty()) return origin + base.target;
  if (reference.starts_with('?')) return origin + std::string(path) + std::string(reference);
  const std::size_t query = std::min(reference.find('?'), reference.size());
  std::string whole(reference.starts_with('/') ? std::string_view() : path.substr(0, path.rfind('/') + 1));
  whole += reference.substr(0, query);
  return origin + without_dots(whole) + std::string(reference.substr(query));
}

std::optional<Url> parse_url(std::string_view text) {
  const auto visible = [](char c) { return c > ' ' && c < '\x7f'; };
  if (text.size() > kUrlBytesMax || !std::ranges::all_of(text, visible)) return std::nullopt;
  Url url;
  const auto colon = text.find("://");
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string scheme = lower_case(text.substr(0, colon));
  if (scheme != "http" && scheme != "https") return std::nullopt;
  url.tls = scheme == "https";
  text.remove_prefix(colon + 3);
  text = text.substr(0, text.find('#'));
  const auto end = std::min(text.find_first_of("/?"), text.size());
  std::string authority = lower_case(text.substr(0, end));
  text.remove_prefix(end);
  url.target = text.starts_with('/') ? std::string(text) : "/" + std::string(text);

  std::string_view rest = authority;
  const bool bracket = rest.starts_with('[');
  const auto closing = rest.find(']');
  if (bracket && closing == std::string_view::npos) return std::nullopt;
  const auto host_end = bracket ? closing + 1 : std::min(rest.find(':'), rest.size());
  url.host = bracket ? rest.substr(1, closing - 1) : rest.substr(0, host_end);
  if (bracket ? !is_v6(url.host) : !is_name(url.host)) return std::nullopt;
  rest.remove_prefix(host_end);
  url.port = url.tls ? 443 : 80;
  if (!rest.empty() && (rest.front() != ':' || !parse_port(rest.substr(1), url.port))) return std::nullopt;
  url.authority = std::move(authority);
  return url;
}

}  // namespace flow::http
