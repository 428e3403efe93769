// The pages of docs/diagnostics, as they were when flowc was built.
#pragma once

#include <string_view>

#include "compiler/diagnostics/diagnostic.h"

namespace flow::driver {

// Markdown. Every code has a page.
std::string_view page_of(diagnostics::Code code);

}  // namespace flow::driver
