// W3C Trace Context: the header by which a caller's trace goes on in what flowd sends.
// https://www.w3.org/TR/trace-context/#traceparent-header
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace flow::http {

inline constexpr std::size_t kTraceparentBytes = 55;

// The header's value in the form of version 00, ready to be passed on: "00-<32 hex>-<16 hex>-<2 hex>", lower case.
// Nothing when it is malformed, all zeros, or of version ff: then, as the standard has it, there is no trace. A later
// version's further fields are cut off.
std::optional<std::string> read_traceparent(std::string_view header);

}  // namespace flow::http
