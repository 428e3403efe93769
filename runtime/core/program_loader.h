// How the runtime gets programs out of a bundle without knowing a compiler. The daemon implements it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "runtime/core/metrics.h"
#include "runtime/program/program.h"

namespace flow::core {

// One verified bundle. Immutable; programs stay valid as long as someone holds them.
struct LoadedBundle {
  std::string version;  // the hash of its bytes, as text
  std::map<std::string, std::shared_ptr<const program::Program>, std::less<>> flows;
};

class ProgramLoader {
 public:
  virtual ~ProgramLoader() = default;
  // Verifies the bytes and makes programs. invalid_argument: not a bundle, damaged, or what verification found;
  // failed_precondition: of a newer format. May take long (native code): never called on a shard's thread. One call at
  // a time.
  virtual Result<LoadedBundle> load(std::string_view bundle) = 0;
  // Whether a bundle that load() takes may be deployed: its certificate must show what its flows guarantee.
  // invalid_argument: it does not. A bundle that was let in is only loaded from then on, by later releases, too.
  virtual Status admit(std::string_view bundle) = 0;
  // What it has to say of itself in /metrics. Any thread.
  virtual std::vector<MetricSample> metrics() const { return {}; }
};

}  // namespace flow::core
