// Flows from source text, through the real parser and checker.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "compiler/check/checked.h"

namespace flow::differential {

// The workspace in `folder`. invalid_argument with what the compiler reports when there is an error (warnings are no
// matter here).
Result<check::Workspace> load_workspace(const std::string& folder);

// The same of texts, as (path, text), workspace.flow first. `mistakes`: the codes of what was reported, "F0301".
Result<check::Workspace> check_texts(const std::vector<std::pair<std::string, std::string>>& files,
                                     std::set<std::string>* mistakes = nullptr);

}  // namespace flow::differential
