// Sealing of what must not lie in the clear on a disk: authenticated encryption behind two calls.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace flow::core {

// Immutable after construction; any thread.
class Sealer {
 public:
  virtual ~Sealer() = default;
  // The result names its key, so that keys can be rotated. `context` is authenticated, not stored: open() needs the same.
  virtual Result<std::string> seal(std::string_view plain, std::string_view context) const = 0;
  // data_loss when the bytes were changed, are of another context or cut; failed_precondition when their key is not
  // among the configured ones.
  virtual Result<std::string> open(std::string_view sealed, std::string_view context) const = 0;
};

}  // namespace flow::core
