#include "compiler/import/studio/studio.h"

namespace flow::importing::studio {

Result<std::vector<fidelity::Graph>> graphs(const Json&) {
  return fail(ErrorCode::failed_precondition, "Studio definitions have no independent reader yet");
}

}  // namespace flow::importing::studio
