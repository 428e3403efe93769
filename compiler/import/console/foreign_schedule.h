// Hours and days of a canvas's schedule in the words of graphs, for foreign_graphs.h.
#pragma once

#include <string>

#include "compiler/import/json.h"

namespace flow::importing::console::foreign {

// Whether its dates are those at which it does not hold.
bool excludes_dates(const Json& rule);

// When a rule holds, by the clocks of the zone; `*`: it says it in a way that is not followed here.
std::string times_of(const Json& rule, const std::string& zone);
// The dates that it excludes, likewise.
std::string excluded_dates_of(const Json& rule, const std::string& zone);

}  // namespace flow::importing::console::foreign
