#include "runtime/daemon/offline_store.h"

#include <filesystem>

#include <fmt/format.h>

namespace flow::daemon {

Result<config::Config> offline_config(const std::string& file) {
  auto config = config::load(file);
  if (config) return *std::move(config);
  return fail(ErrorCode::invalid_argument, "the configuration cannot be used\n{}", fmt::join(config.error(), "\n"));
}

Result<store::log::Options> offline_store(const std::string& folder, const config::Config& config) {
  std::error_code error;
  if (!std::filesystem::is_directory(folder, error)) {
    return fail(ErrorCode::not_found, "there is no folder {}; give the one that `flowd serve --data` has", folder);
  }
  store::log::Options options;
  options.folder = folder;
  if (config.sealing_keys.empty()) return options;
  Result<crypto::Keyring> keys = crypto::Keyring::make(config.sealing_keys);
  if (!keys) return std::unexpected(keys.error());
  options.keys = std::make_shared<const crypto::Keyring>(*std::move(keys));
  return options;
}

Result<store::log::Options> offline_store(const std::string& folder, const std::string& config_file) {
  if (config_file.empty()) return offline_store(folder, config::Config{});
  const Result<config::Config> config = offline_config(config_file);
  if (!config) return std::unexpected(config.error());
  return offline_store(folder, *config);
}

}  // namespace flow::daemon
