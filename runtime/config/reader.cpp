#include "runtime/config/reader.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

namespace flow::config {
namespace {

// Edits (insert, delete, replace, swap of neighbours) that make one word the other.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> rows(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) rows[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) rows[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = rows[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      rows[i][j] = std::min({rows[i - 1][j] + 1, rows[i][j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        rows[i][j] = std::min(rows[i][j], rows[i - 2][j - 2] + 1);
      }
    }
  }
  return rows[a.size()][b.size()];
}

}  // namespace

std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& known) {
  if (word.size() > 64) return std::nullopt;
  std::size_t best = std::max<std::size_t>(1, word.size() / 3) + 1;
  std::optional<std::string> found;
  for (const std::string& candidate : known) {
    const std::size_t edits = distance(word, candidate);
    if (edits < best) {
      best = edits;
      found = candidate;
    }
  }
  return found;
}

void Source::problem(const toml::source_region& where, std::string_view text) {
  problems.push_back(fmt::format("{}:{}:{}: {}", name, where.begin.line, where.begin.column, text));
}

const toml::node* Reader::find(std::string_view key) {
  asked_.emplace_back(key);
  return table_.get(key);
}

void Reader::problem(std::string_view key, std::string_view text) {
  const toml::node* node = table_.get(key);
  source_.problem(node != nullptr ? node->source() : table_.source(), text);
}

void Reader::wrong_type(const toml::node& node, std::string_view key, std::string_view wanted) {
  source_.problem(node.source(), fmt::format("`{}` in {} must be {}", key, place_, wanted));
}

std::optional<std::string> Reader::text(std::string_view key, Need need) {
  const toml::node* node = find(key);
  if (node == nullptr) {
    if (need == Need::required) source_.problem(table_.source(), fmt::format("{} needs `{}`", place_, key));
    return std::nullopt;
  }
  auto value = node->value_exact<std::string>();
  if (!value) wrong_type(*node, key, "a text in quotes");
  if (value && value->empty()) {
    wrong_type(*node, key, "not empty");
    return std::nullopt;
  }
  return value;
}

std::string Reader::path(std::string_view key) {
  const auto value = text(key, Need::optional);
  return value ? (std::filesystem::path(source_.folder) / *value).string() : std::string();
}

std::optional<std::int64_t> Reader::integer(std::string_view key, std::int64_t min, std::int64_t max) {
  const toml::node* node = find(key);
  if (node == nullptr) return std::nullopt;
  const auto value = node->value_exact<std::int64_t>();
  if (!value || *value < min || *value > max) {
    wrong_type(*node, key, fmt::format("a whole number from {} to {}", min, max));
    return std::nullopt;
  }
  return value;
}

std::optional<bool> Reader::boolean(std::string_view key) {
  const toml::node* node = find(key);
  if (node == nullptr) return std::nullopt;
  const auto value = node->value_exact<bool>();
  if (!value) wrong_type(*node, key, "true or false");
  return value;
}

Secret Reader::secret(std::string_view key, Need need) {
  const auto reference = text(key, need);
  if (!reference) return {};
  auto secret = read_secret(*reference, source_.environment, source_.folder);
  if (!secret) {
    problem(key, fmt::format("`{}` in {}: {}", key, place_, secret.error().message));
    return {};
  }
  return std::move(*secret);
}

const toml::table* Reader::table(std::string_view key) {
  const toml::node* node = find(key);
  if (node != nullptr && !node->is_table()) wrong_type(*node, key, "a table");
  return node == nullptr ? nullptr : node->as_table();
}

const toml::array* Reader::array(std::string_view key) {
  const toml::node* node = find(key);
  if (node != nullptr && !node->is_array()) wrong_type(*node, key, "a list");
  return node == nullptr ? nullptr : node->as_array();
}

void Reader::finish() {
  for (const auto& [key, node] : table_) {
    if (std::ranges::find(asked_, key.str()) != asked_.end()) continue;
    std::string text = fmt::format("{} has no `{}`", place_, key.str());
    if (const auto meant = nearest(key.str(), asked_)) text += fmt::format("; did you mean `{}`?", *meant);
    source_.problem(key.source(), text);
  }
}

namespace {

bool is_http_url(std::string_view url) {
  const std::string_view scheme = url.starts_with("https://") ? "https://" : "http://";
  if (!url.starts_with(scheme)) return false;
  const std::string_view rest = url.substr(scheme.size());
  const auto good = [](char c) { return c > ' ' && c < 0x7F && c != '?' && c != '#' && c != '@' && c != '"'; };
  return !rest.empty() && rest.front() != '/' && rest.front() != ':' && std::ranges::all_of(rest, good);
}

}  // namespace

std::string read_url(Reader& reader, std::string_view key, Need need) {
  auto url = reader.text(key, need);
  if (!url) return {};
  if (!is_http_url(*url)) {
    reader.problem(key, fmt::format("`{}` in {} must be a URL of http or https, without query", key, reader.place()));
    return {};
  }
  while (url->ends_with('/')) url->pop_back();
  return *url;
}

std::optional<std::pair<std::string, std::uint16_t>> parse_listen(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string address(text.substr(0, colon));
  const std::string port(text.substr(colon + 1));
  const bool digits =
      !port.empty() && port.size() <= 5 && std::ranges::all_of(port, [](char c) { return c >= '0' && c <= '9'; });
  if (address.starts_with('[') && address.ends_with(']')) address = address.substr(1, address.size() - 2);
  if (address.empty() || !digits || std::stoi(port) > 65535) return std::nullopt;
  return std::pair(address, static_cast<std::uint16_t>(std::stoi(port)));
}

bool is_loopback(const std::string& address) {
  return address == "localhost" || address == "::1" || address.starts_with("127.");
}

}  // namespace flow::config
