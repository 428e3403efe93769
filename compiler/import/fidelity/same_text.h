// Whether two texts of the language say the same, word by word: for originals that are written in it.
#pragma once

#include <string>

namespace flow::importing::fidelity {

// Empty: they do, but for comments, empty lines and what shares a line. Else the first difference, in one line.
std::string text_difference(const std::string& original, const std::string& imported);

}  // namespace flow::importing::fidelity
