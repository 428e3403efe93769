// Bytes as text and back. Decoding is strict: no white space, no other alphabet, no wrong or missing padding.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace flow::crypto {

std::string hex(std::string_view bytes);  // lower case
std::optional<std::string> from_hex(std::string_view text);

std::string base64(std::string_view bytes);  // with padding
std::optional<std::string> from_base64(std::string_view text);

std::string base64url(std::string_view bytes);  // without padding
std::optional<std::string> from_base64url(std::string_view text);

// The same into memory of the caller's: how many characters or bytes were written. REQUIRES: room for all of them
// (hexadecimal 2n, base64 4 for each 3 begun; decoded 3 for each 4 begun).
std::size_t write_hex(std::string_view bytes, std::span<char> out);
std::size_t write_base64(std::string_view bytes, std::span<char> out);
std::size_t write_base64url(std::string_view bytes, std::span<char> out);
std::optional<std::size_t> read_base64url(std::string_view text, std::span<char> out);

}  // namespace flow::crypto
