// Instants as text: RFC 3339 in UTC with milliseconds, "2026-11-20T10:00:00.000Z". In the program they are ms since
// the epoch.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace flow {

// Years 0000 to 9999; what lies beyond is written as the nearest instant within.
std::string instant_text(std::int64_t ms);

// With or without a fraction of up to 9 digits (what is below a millisecond is dropped), `Z` or an offset `+08:00`.
// invalid_argument for everything else, leap seconds included.
Result<std::int64_t> parse_instant(std::string_view text);

}  // namespace flow
