#include "runtime/config/secret.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "runtime/crypto/digest.h"

namespace flow::config {
namespace {

Result<Secret> read_file(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    return fail(ErrorCode::not_found, "there is no file `{}`", path.string());
  }
  std::ifstream in(path, std::ios::binary);
  std::string value(kSecretBytesMax + 1, '\0');
  in.read(value.data(), static_cast<std::streamsize>(value.size()));
  if (in.bad() || !in.is_open()) return fail(ErrorCode::io_error, "the file `{}` cannot be read", path.string());
  value.resize(static_cast<std::size_t>(in.gcount()));
  if (value.size() > kSecretBytesMax) {
    return fail(ErrorCode::resource_exhausted, "the file `{}` is larger than {} bytes", path.string(), kSecretBytesMax);
  }
  while (value.ends_with('\n') || value.ends_with('\r')) value.pop_back();
  if (value.empty()) return fail(ErrorCode::failed_precondition, "the file `{}` is empty", path.string());
  return Secret(std::move(value));
}

}  // namespace

Secret::Secret(Secret&& other) noexcept : value_(std::move(other.value_)) {
  crypto::wipe(other.value_);
}

Secret& Secret::operator=(const Secret& other) {
  if (this != &other) {
    crypto::wipe(value_);
    value_ = other.value_;
  }
  return *this;
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    crypto::wipe(value_);
    value_ = std::move(other.value_);
    crypto::wipe(other.value_);
  }
  return *this;
}

Secret::~Secret() {
  crypto::wipe(value_);
}

Environment process_environment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  };
}

Result<Secret> read_secret(std::string_view reference, const Environment& environment, const std::string& folder) {
  if (reference.starts_with("env:") && reference.size() > 4) {
    const std::string name(reference.substr(4));
    auto value = environment(name);
    if (!value) return fail(ErrorCode::not_found, "the environment variable `{}` is not set", name);
    if (value->empty()) return fail(ErrorCode::failed_precondition, "the environment variable `{}` is empty", name);
    return Secret(std::move(*value));
  }
  if (reference.starts_with("file:") && reference.size() > 5) {
    return read_file(std::filesystem::path(folder) / reference.substr(5));
  }
  return fail(ErrorCode::invalid_argument, "a secret is given as `env:NAME` or `file:PATH`, never as the value itself");
}

}  // namespace flow::config
