#include "runtime/program/addresses.h"

#include <algorithm>
#include <charconv>

namespace flow::program {
namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// Labels joined by dots, each of at most 63 letters, digits and inner hyphens.
bool is_host(std::string_view host, std::size_t labels_min) {
  if (host.empty() || host.size() > 253) return false;
  std::size_t labels = 0;
  while (true) {
    const std::size_t end = std::min(host.find('.'), host.size());
    const std::string_view label = host.substr(0, end);
    ++labels;
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
    if (!std::ranges::all_of(label, [](char c) { return is_letter(c) || is_digit(c) || c == '-'; })) return false;
    if (end == host.size()) break;
    host.remove_prefix(end + 1);
  }
  return labels >= labels_min;
}

bool is_port(std::string_view text) {
  unsigned port = 0;
  const char* end = text.data() + text.size();
  const auto [stop, code] = std::from_chars(text.data(), end, port);
  return !text.empty() && code == std::errc{} && stop == end && port >= 1 && port <= 65535;
}

}  // namespace

bool is_email(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+/=?^_`{|}~-";
  const std::size_t at = text.find('@');
  if (text.size() > kEmailBytesMax || at == std::string_view::npos) return false;
  const std::string_view name = text.substr(0, at);
  if (name.empty() || name.size() > 64 || name.front() == '.' || name.back() == '.') return false;
  if (name.find("..") != std::string_view::npos) return false;
  const bool plain = std::ranges::all_of(name, [&](char c) {
    return is_letter(c) || is_digit(c) || c == '.' || kMarks.find(c) != std::string_view::npos;
  });
  return plain && is_host(text.substr(at + 1), 2);
}

bool is_url(std::string_view text) {
  constexpr std::string_view kMarks = "-._~:/?#[]@!$&'()*+,;=";
  if (text.size() > kUrlBytesMax) return false;
  if (text.starts_with("https://"))
    text.remove_prefix(8);
  else if (text.starts_with("http://"))
    text.remove_prefix(7);
  else
    return false;
  const std::size_t end = std::min(text.find_first_of("/?#"), text.size());
  std::string_view host = text.substr(0, end);
  if (const std::size_t colon = host.find(':'); colon != std::string_view::npos) {
    if (!is_port(host.substr(colon + 1))) return false;
    host = host.substr(0, colon);
  }
  if (!is_host(host, 1)) return false;
  for (std::string_view rest = text.substr(end); !rest.empty(); rest.remove_prefix(1)) {
    if (rest[0] == '%') {
      if (rest.size() < 3 || !is_hex(rest[1]) || !is_hex(rest[2])) return false;
    } else if (!is_letter(rest[0]) && !is_digit(rest[0]) && kMarks.find(rest[0]) == std::string_view::npos) {
      return false;
    }
  }
  return true;
}

}  // namespace flow::program
