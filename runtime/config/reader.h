// Reads one TOML table key by key and remembers which keys were asked for, so that what remains is a mistake.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#include <toml++/toml.h>

#include "runtime/config/secret.h"

namespace flow::config {

// Where problems go, and what reading a value may need.
struct Source {
  std::string name;
  std::string folder;
  Environment environment;
  std::vector<std::string> problems;

  void problem(const toml::source_region& where, std::string_view text);
};

enum class Need : bool { optional, required };

class Reader {
 public:
  // `place` is how the table is written: "[channels.sms]".
  Reader(Source& source, const toml::table& table, std::string place)
      : source_(source), table_(table), place_(std::move(place)) {}

  std::optional<std::string> text(std::string_view key, Need need);
  std::string path(std::string_view key);  // of a file, relative to the configuration's folder; empty: none given
  std::optional<std::int64_t> integer(std::string_view key, std::int64_t min, std::int64_t max);
  std::optional<bool> boolean(std::string_view key);
  Secret secret(std::string_view key, Need need);
  const toml::table* table(std::string_view key);
  const toml::array* array(std::string_view key);

  bool has(std::string_view key) const { return table_.contains(key); }
  void problem(std::string_view key, std::string_view text);  // at the key's value, else at the table
  const std::string& place() const { return place_; }

  // Reports every key that nobody asked for, with the nearest one that somebody did.
  void finish();

 private:
  const toml::node* find(std::string_view key);
  void wrong_type(const toml::node& node, std::string_view key, std::string_view wanted);

  Source& source_;
  const toml::table& table_;
  std::string place_;
  std::vector<std::string> asked_;
};

// A URL of http or https without a final slash, so that paths can be put behind it.
std::string read_url(Reader& reader, std::string_view key, Need need);
// "127.0.0.1:8080" or "[::1]:8080" as address and port.
std::optional<std::pair<std::string, std::uint16_t>> parse_listen(std::string_view text);
bool is_loopback(const std::string& address);

// The one of `known` that `word` was probably meant to be, or nothing.
std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& known);

}  // namespace flow::config
