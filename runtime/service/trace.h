// W3C trace context: "00-<trace id>-<parent id>-<flags>" as text, 25 bytes as they are kept.
#pragma once

#include <string>
#include <string_view>

namespace flow::service {

// Empty when it is not one (version 00, lower case, ids that are not all zero).
std::string parse_trace(std::string_view traceparent);
std::string format_trace(std::string_view bytes);  // of empty bytes: empty

}  // namespace flow::service
