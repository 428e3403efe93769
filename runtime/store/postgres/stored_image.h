// The form in which an execution's image lies in the database: sealed, when keys are given; else with a checksum.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "runtime/core/execution_id.h"
#include "runtime/crypto/seal.h"

namespace flow::store::postgres {

// Appended to `out`. `keys` may be null.
std::string store_image(const core::ExecutionId& id, std::string_view image, const crypto::Keyring* keys);

// data_loss: damaged, or another execution's; failed_precondition: sealed with a key that is not there.
Result<std::string> read_image(const core::ExecutionId& id, std::string_view stored, const crypto::Keyring* keys);

}  // namespace flow::store::postgres
