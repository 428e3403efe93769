// A secret in memory, and how the configuration refers to one. Its value has one way out, which is easy to search for.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace flow::config {

// Cannot be printed or compared by accident; wiped from memory with its owner.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept;
  Secret& operator=(const Secret& other);
  Secret& operator=(Secret&& other) noexcept;
  ~Secret();

  const std::string& reveal() const { return value_; }
  bool empty() const { return value_.empty(); }

 private:
  std::string value_;
};

// The value of an environment variable, or nothing.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;
Environment process_environment();

inline constexpr std::size_t kSecretBytesMax = std::size_t{64} * 1024;

// `env:NAME` or `file:PATH`; line ends at the end of a file are taken off. Relative paths are relative to `folder`.
// invalid_argument: another form (what was given is not repeated: it may be the secret itself); not_found: no such
// variable or file; failed_precondition: empty.
Result<Secret> read_secret(std::string_view reference, const Environment& environment, const std::string& folder);

}  // namespace flow::config
