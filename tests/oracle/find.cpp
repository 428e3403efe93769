#include "tests/oracle/find.h"

#include <regex>

#include "languages/languages.h"
#include "numbers/numbers.h"
#include "runtime/program/addresses.h"

namespace flow::oracle {

// Generated texts are short, so that a regular expression may look for candidates; which of them is an address is what
// an input's check says.
std::string find_email(const std::string& text) {
  static const std::regex kCandidate("[A-Za-z0-9_][A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{0,63}@[A-Za-z0-9.-]*[A-Za-z0-9]");
  for (auto at = text.begin(); at != text.end();) {
    std::smatch found;
    if (!std::regex_search(at, text.end(), found, kCandidate)) return {};
    if (program::is_email(found.str())) return found.str();
    at = found[0].first + 1;
  }
  return {};
}

std::string find_phone(const std::string& text) {
  static const std::regex kCandidate("(\\+|00)[0-9 ./()-]*[0-9]");
  for (auto at = text.cbegin(); at != text.cend();) {
    std::smatch found;
    const bool after_digit = at != text.cbegin() && std::isdigit(static_cast<unsigned char>(*(at - 1))) != 0;
    const bool here = std::regex_search(at, text.cend(), found, kCandidate, std::regex_constants::match_continuous);
    if (!here || (*at == '0' && after_digit)) {
      ++at;
      continue;
    }
    if (const auto number = numbers::normalise(found.str().substr(0, 64), {})) return *number;
    at = found[0].second;
  }
  return {};
}

std::string language_of(const std::string& text) {
  return languages::detect(text);
}

}  // namespace flow::oracle
