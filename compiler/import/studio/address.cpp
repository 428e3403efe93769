#include "compiler/import/studio/address.h"

#include <algorithm>

#include <fmt/format.h>

#include "compiler/import/studio/conditions.h"
#include "compiler/import/studio/terraform.h"
#include "runtime/program/text.h"

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

// Fills what stands behind the host. What stands behind `#` is not sent; within braces it is a character of Liquid.
void read_rest(std::string_view rest, Address& out) {
  int depth = 0;
  std::size_t end = 0;
  for (; end < rest.size() && (rest[end] != '#' || depth > 0); ++end) {
    if (rest[end] == '{') ++depth;
    if (rest[end] == '}') --depth;
  }
  out.rest = rest.substr(0, end);
  out.part = rest.substr(end);
  if (!out.rest.starts_with('/')) out.rest = "/" + out.rest;
}

std::string in_small_letters(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

// "https" of "HTTPS://x"; nothing where no `://` stands behind it, or it is another.
std::string scheme_of(std::string_view url) {
  const std::size_t end = url.find("://");
  std::string scheme = end == std::string_view::npos ? std::string() : in_small_letters(url.substr(0, end));
  return scheme == "https" || scheme == "http" ? scheme : std::string();
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
  out.scheme = scheme_of(url);
  if (out.scheme.empty()) return std::nullopt;
  url.remove_prefix(out.scheme.size() + 3);
  const std::size_t end = std::min(url.find_first_of("/?#"), url.size());
  std::string_view authority = url.substr(0, end);
  if (const std::size_t sign = authority.rfind('@'); sign != std::string_view::npos) {
    out.credentials = authority.substr(0, sign);
    authority.remove_prefix(sign + 1);
  }
  if (!is_host(authority)) return std::nullopt;
  out.host = in_small_letters(authority);
  read_rest(url.substr(end), out);
  return out;
}

std::optional<Address> address_of(const State& state) {
  const std::string written = state.text("url");
  if (auto address = parse_address(written)) return address;
  std::string_view url = program::trim(written);
  Address out;
  const std::size_t scheme = url.find("://");
  out.scheme = scheme == std::string_view::npos ? "https" : scheme_of(url);
  if (out.scheme.empty()) return std::nullopt;
  if (scheme != std::string_view::npos) {
    url.remove_prefix(scheme + 3);
  } else if (!url.empty() && !url.starts_with(kTerraform)) {
    return std::nullopt;
  }
  const std::size_t end = std::min(url.find_first_of("/?#"), url.size());
  std::string_view before = url.substr(0, end);
  if (const std::size_t sign = before.rfind('@'); sign != std::string_view::npos) {
    out.credentials = before.substr(0, sign);
    before.remove_prefix(sign + 1);
  }
  const std::string authority = as_terraform(before);
  if (authority.find("{{") != std::string::npos || authority.find('%') != std::string::npos) return std::nullopt;
  out.host = made_up_host(authority.empty() ? state.name : authority);
  out.made_up = true;
  out.written = authority;
  read_rest(url.substr(end), out);
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
