// The wire's small change: status lines, header lines.
#pragma once

#include <string>
#include <string_view>

#include "runtime/http/message.h"

namespace flow::http {

// `text` in lower case (ASCII), in the room that `out` has.
void assign_lower_case(std::string& out, std::string_view text);

void append_number(std::string& out, std::size_t number);

// False when a line break or a NUL is in it: such a header would be two.
bool is_header_text(std::string_view text);

// A token of HTTP.
bool is_header_name(std::string_view text);

// Whether answers with that status have a body at all.
constexpr bool has_body(int status) {
  return status >= 200 && status != 204 && status != 304;
}

// Status line, headers, Content-Length, Connection if it must be said, and the empty line. Headers that would break out
// of their line, and those that say what this function says, are left out.
void append_head(std::string& out, const Response& response, bool keep_alive);

}  // namespace flow::http
