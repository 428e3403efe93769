// One execution of a store that no flowd has open, as the API shows it: what is secret in it stays so.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "runtime/core/execution_id.h"
#include "runtime/service/service.h"
#include "runtime/store/log/log.h"

namespace flow::daemon {

// Nothing: the store has no such execution. The store is left as it was; errors as store::log::look().
Result<std::optional<service::RawView>> read_execution(const store::log::Options& where, const core::ExecutionId& id);

}  // namespace flow::daemon
