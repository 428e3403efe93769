// What an email address and a URL look like. Pure; hostile texts are welcome.
#pragma once

#include <cstddef>
#include <string_view>

namespace flow::program {

inline constexpr std::size_t kEmailBytesMax = 254;  // RFC 5321
inline constexpr std::size_t kUrlBytesMax = 2048;

// `name@host.tld` as RFC 5321 has it, without quotes, comments and addresses of machines; ASCII.
bool is_email(std::string_view text);

// `https://host/path?query#part`, or http: a host of letters, digits, `-` and `.`, perhaps a port, no user, then what
// RFC 3986 lets stand in a URL, ASCII with percent signs.
bool is_url(std::string_view text);

}  // namespace flow::program
