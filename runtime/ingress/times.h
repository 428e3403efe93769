// Times of the API: RFC 3339 in UTC with milliseconds, "2026-11-20T10:00:00.000Z".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace flow::ingress {

std::string format_time(std::int64_t ms);

// Any RFC 3339 time, with Z or an offset; nothing for anything else. Digits beyond milliseconds are dropped.
std::optional<std::int64_t> parse_time(std::string_view text);

}  // namespace flow::ingress
