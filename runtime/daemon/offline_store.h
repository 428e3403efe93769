// The embedded store of a flowd that does not run, for verbs that look at it or copy it.
#pragma once

#include <string>

#include "base/result.h"
#include "runtime/store/log/log.h"

namespace flow::daemon {

// How to open it, with the sealing keys of the configuration (empty: none). not_found: there is no such folder.
Result<store::log::Options> offline_store(const std::string& folder, const std::string& config_file);

}  // namespace flow::daemon
