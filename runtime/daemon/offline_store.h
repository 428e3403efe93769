// The embedded store of a flowd that does not run, for verbs that look at it or copy it.
#pragma once

#include <string>

#include "base/result.h"
#include "runtime/config/config.h"
#include "runtime/store/log/log.h"

namespace flow::daemon {

// How to open it, with the sealing keys of the configuration (empty: none). not_found: there is no such folder.
Result<store::log::Options> offline_store(const std::string& folder, const std::string& config_file);
Result<store::log::Options> offline_store(const std::string& folder, const config::Config& config);

// The configuration of such a verb; the error has all mistakes in it.
Result<config::Config> offline_config(const std::string& file);

}  // namespace flow::daemon
