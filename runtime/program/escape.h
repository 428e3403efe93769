// Texts put where another notation rules, so that a value can never become a part of it. Each appends to `out`; bytes
// that are not UTF-8 become U+FFFD. docs/semantics.md has the rules to the letter.
#pragma once

#include <string>
#include <string_view>

namespace flow::program {

void append_json_escaped(std::string& out, std::string_view text);    // inside a JSON string, without the quotes
void append_url_escaped(std::string& out, std::string_view text);     // a part of a path, a query or a form
void append_html_escaped(std::string& out, std::string_view text);    // text or an attribute's value of HTML
void append_header_escaped(std::string& out, std::string_view text);  // a line of headers: no line ends, no controls

}  // namespace flow::program
