#include "compiler/import/studio/address.h"

#include <algorithm>

#include <fmt/format.h>

#include "compiler/import/studio/conditions.h"
#include "compiler/import/studio/terraform.h"

namespace flow::importing::studio {
namespace {

constexpr std::string_view kTerraform = "{{terraform.";

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_host(std::string_view host) {
  const std::size_t colon = host.find(':');
  const std::string_view name = host.substr(0, colon);
  if (name.empty() || name.size() > 253 || name.front() == '.' || name.back() == '.' ||
      name.find("..") != std::string_view::npos || name.find('.') == std::string_view::npos)
    return false;
  if (!std::all_of(name.begin(), name.end(), [](char c) { return is_alphanumeric(c) || c == '-' || c == '.'; }))
    return false;
  if (colon == std::string_view::npos) return true;
  const std::string_view port = host.substr(colon + 1);
  return !port.empty() && port.size() <= 5 &&
         std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// What stands behind `#` is not sent; within braces it is a character of Liquid.
std::string_view without_part(std::string_view rest) {
  int depth = 0;
  for (std::size_t i = 0; i < rest.size(); ++i) {
    if (rest[i] == '{') ++depth;
    if (rest[i] == '}') --depth;
    if (rest[i] == '#' && depth <= 0) return rest.substr(0, i);
  }
  return rest;
}

// "${var.shop}-api.example.com" is "var-shop-api.example.com", "${url}" is "url.invalid".
std::string made_up_host(std::string_view written) {
  constexpr std::size_t kLabelMax = 60;
  std::string out;
  bool name = false;  // of Terraform: its dots are none of the host's
  for (const char c : written) {
    name = c == '{' || (name && c != '}');
    if (c == '.' && !name && !out.empty() && out.back() != '-') {
      out += '.';
    } else if (is_alphanumeric(c)) {
      out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    } else if (!out.empty() && out.back() != '-' && out.back() != '.') {
      out += '-';
    }
  }
  while (!out.empty() && (out.back() == '-' || out.back() == '.')) out.pop_back();
  if (is_host(out)) return out;
  std::replace(out.begin(), out.end(), '.', '-');
  out = out.substr(0, kLabelMax);
  while (!out.empty() && out.back() == '-') out.pop_back();
  return (out.empty() ? "host" : out) + ".invalid";
}

}  // namespace

std::optional<Address> parse_address(std::string_view url) {
  while (!url.empty() && url.front() == ' ') url.remove_prefix(1);
  while (!url.empty() && url.back() == ' ') url.remove_suffix(1);
  Address out;
  for (const std::string_view scheme : {"https", "http"}) {
    if (url.starts_with(scheme) && url.substr(scheme.size()).starts_with("://")) {
      out.scheme = scheme;
      url.remove_prefix(scheme.size() + 3);
      break;
    }
  }
  if (out.scheme.empty()) return std::nullopt;
  const std::size_t end = std::min(url.find_first_of("/?#"), url.size());
  std::string_view authority = url.substr(0, end);
  if (const std::size_t sign = authority.rfind('@'); sign != std::string_view::npos) {
    out.credentials = authority.substr(0, sign);
    authority.remove_prefix(sign + 1);
  }
  if (!is_host(authority)) return std::nullopt;
  out.host = authority;
  std::transform(out.host.begin(), out.host.end(), out.host.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  out.rest = without_part(url.substr(end));
  if (!out.rest.starts_with('/')) out.rest = "/" + out.rest;
  return out;
}

std::optional<Address> address_of(const State& state) {
  const std::string written = state.text("url");
  if (auto address = parse_address(written)) return address;
  std::string_view url = trimmed(written);
  Address out;
  out.scheme = url.starts_with("http://") ? "http" : "https";
  const std::size_t scheme = url.find("://");
  if (scheme != std::string_view::npos) {
    if (url.substr(0, scheme) != out.scheme) return std::nullopt;
    url.remove_prefix(scheme + 3);
  } else if (!url.empty() && !url.starts_with(kTerraform)) {
    return std::nullopt;
  }
  const std::size_t end = std::min(url.find_first_of("/?#"), url.size());
  const std::string authority = as_terraform(url.substr(0, end));
  if (authority.find("{{") != std::string::npos || authority.find('%') != std::string::npos) return std::nullopt;
  out.host = made_up_host(authority.empty() ? state.name : authority);
  out.made_up = true;
  out.written = authority;
  out.rest = without_part(url.substr(end));
  if (!out.rest.starts_with('/')) out.rest = "/" + out.rest;
  return out;
}

std::string method_of(const State& state) {
  std::string method = state.text("method");
  std::transform(method.begin(), method.end(), method.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return method.empty() ? "GET" : method;
}

std::string percent_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (is_alphanumeric(c) || c == '-' || c == '_' || c == '.' || c == '~')
      out += c;
    else
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

std::string as_address(std::string_view text) {
  constexpr std::string_view kOthers = "-._~:/?[]@!$&'()*+,;=%";
  std::string out;
  for (const char c : text) {
    const bool fine = is_alphanumeric(c) || kOthers.find(c) != std::string_view::npos;
    out += fine ? std::string(1, c) : percent_encoded(std::string_view(&c, 1));
  }
  return out;
}

}  // namespace flow::importing::studio
