// Names of variables in a canvas library's graph, for foreign_graphs.h.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "compiler/import/console/foreign_shape.h"
#include "compiler/import/fidelity/graph.h"
#include "compiler/import/json.h"

namespace flow::importing::console::foreign {

// Those in `{{…}}` of its texts.
void add_names(const Json& value, std::set<std::string>& names);

// Of a flow that a message starts: which of `names` nothing gives a value is empty, and so are the variables of the
// start, since a message brings none. Where such a name stands in what a state says, the import may leave it out.
void leave_empty(const std::vector<Box>& boxes, std::size_t start, const std::set<std::string>& names,
                 std::vector<fidelity::State>& states);

}  // namespace flow::importing::console::foreign
