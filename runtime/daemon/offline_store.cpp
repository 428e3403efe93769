#include "runtime/daemon/offline_store.h"

#include <filesystem>

#include <fmt/format.h>

#include "runtime/config/config.h"

namespace flow::daemon {

Result<store::log::Options> offline_store(const std::string& folder, const std::string& config_file) {
  std::error_code error;
  if (!std::filesystem::is_directory(folder, error)) {
    return fail(ErrorCode::not_found, "there is no folder {}; give the one that `flowd serve --data` has", folder);
  }
  store::log::Options options;
  options.folder = folder;
  if (config_file.empty()) return options;
  const auto config = config::load(config_file);
  if (!config) {
    return fail(ErrorCode::invalid_argument, "the configuration cannot be used\n{}", fmt::join(config.error(), "\n"));
  }
  if (config->sealing_keys.empty()) return options;
  Result<crypto::Keyring> keys = crypto::Keyring::make(config->sealing_keys);
  if (!keys) return std::unexpected(keys.error());
  options.keys = std::make_shared<const crypto::Keyring>(*std::move(keys));
  return options;
}

}  // namespace flow::daemon
