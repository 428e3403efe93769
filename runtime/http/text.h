// Small pieces of text for bodies that are built and read on hot paths.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace flow::http {

// Appends what stands between the quotes of a JSON text. Bytes that are no UTF-8 become U+FFFD.
void append_json_text(std::string& out, std::string_view text);

// Decimal digits with an optional "-", nothing else, in 64 bits.
std::optional<std::int64_t> whole_number(std::string_view digits);

}  // namespace flow::http
