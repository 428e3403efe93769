// Names of countries in text that people wrote. Internal to compiler/check.
#pragma once

#include <string_view>
#include <vector>

#include "compiler/catalogue/catalogue.h"

namespace flow::check {

// The region that goes by this name or usual other name, whatever its case; null when none does.
const catalogue::Region* region_of_name(std::string_view name);

// The regions that a text names, each once, in order: whole words, the longest name first (`South Sudan` is not Sudan).
std::vector<const catalogue::Region*> regions_named_in(std::string_view text);

}  // namespace flow::check
