#include "runtime/config/outgoing.h"

#include <algorithm>
#include <string_view>

namespace flow::config {
namespace {

bool is_host(std::string_view text) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == ':' || c == '[' || c == ']';
  };
  return !text.empty() && std::ranges::all_of(text, fits);
}

std::vector<std::string> texts(Reader& reader, std::string_view key) {
  std::vector<std::string> all;
  const toml::array* list = reader.array(key);
  if (list == nullptr) return all;
  for (const toml::node& node : *list) {
    const auto text = node.value<std::string>();
    if (text)
      all.push_back(*text);
    else
      reader.problem(key, "this is a list of texts");
  }
  return all;
}

}  // namespace

void read_outgoing(Reader& reader, Outgoing& outgoing) {
  if (const auto ms = reader.integer("timeout_ms", 100, 600'000)) outgoing.timeout = std::chrono::milliseconds(*ms);
  if (const auto most = reader.integer("connections_max", 1, 10'000))
    outgoing.connections_max = static_cast<std::size_t>(*most);
  if (const auto most = reader.integer("connections_per_host_max", 1, 10'000))
    outgoing.connections_per_host_max = static_cast<std::size_t>(*most);
  outgoing.authorities = reader.path("authorities");
  for (const std::string& text : texts(reader, "networks")) {
    if (const auto network = parse_network(text))
      outgoing.networks.push_back(*network);
    else
      reader.problem(
          "networks",
          fmt::format("`{}` is no network: \"10.1.0.0/16\", with zeros behind the prefix, or \"10.1.2.3\"", text));
  }
  for (std::string& text : texts(reader, "plain_hosts")) {
    if (is_host(text))
      outgoing.plain_hosts.push_back(std::move(text));
    else
      reader.problem("plain_hosts", fmt::format("`{}` is no name of a host, in lower case, perhaps with a port", text));
  }
}

}  // namespace flow::config
