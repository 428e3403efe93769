#include "compiler/import/console/graphs.h"

namespace flow::importing::console {

Result<std::vector<fidelity::Graph>> graphs(const Json& /*json*/) {
  return fail(ErrorCode::failed_precondition, "graphs of the console are not followed yet");
}

}  // namespace flow::importing::console
