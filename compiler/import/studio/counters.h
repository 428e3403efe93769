// `{% if flow.variables.tries %}{{flow.variables.tries | plus: 1}}{% else %}1{% endif %}`: how Studio's flows count.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "compiler/import/studio/liquid.h"

namespace flow::importing::studio {

struct Counter {
  liquid::Path path;
  std::int64_t step = 0;   // what is added each time; at most 9 digits, as `first`
  std::int64_t first = 0;  // what it counts from, so that the first time gives what the `else` says
  bool has_space = false;  // space round the numbers
};

// Nothing when the text is anything else.
std::optional<Counter> counter_of(const liquid::Template& text);

}  // namespace flow::importing::studio
