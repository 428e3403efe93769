// A checked workspace as the source text that it could have come from.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "compiler/check/checked.h"

namespace flow::generate {

// Path and text of each file, workspace.flow first. REQUIRES: generated with Options::as_written.
std::vector<std::pair<std::string, std::string>> write_source(const check::Workspace& workspace);

}  // namespace flow::generate
