// Bytes as text and back. Decoding is strict: no white space, no other alphabet, no wrong or missing padding.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace flow::crypto {

std::string hex(std::string_view bytes);  // lower case
std::optional<std::string> from_hex(std::string_view text);

std::string base64(std::string_view bytes);  // with padding
std::optional<std::string> from_base64(std::string_view text);

std::string base64url(std::string_view bytes);  // without padding
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace flow::crypto
