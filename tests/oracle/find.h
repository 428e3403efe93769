// What is found in a text, by regular expressions and the detector's other entry point.
#pragma once

#include <string>

namespace flow::oracle {

// Empty: nothing.
std::string find_email(const std::string& text);
std::string find_phone(const std::string& text);
std::string language_of(const std::string& text);

}  // namespace flow::oracle
