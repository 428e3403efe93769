// Regular expressions and escapes by other people's programs, and plainly.
#pragma once

#include <string>

namespace flow::oracle {

bool matches(const std::string& text, const std::string& pattern, bool whole);
std::string json_quoted(const std::string& text);
std::string url_escaped(const std::string& text);
std::string html_escaped(const std::string& text);
std::string header_escaped(const std::string& text);

}  // namespace flow::oracle
