#include "runtime/program/find.h"

#include <algorithm>

#include "base/limits.h"
#include "numbers/numbers.h"
#include "runtime/program/addresses.h"

namespace flow::program {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
// RFC 5321's characters of a name, `.` included.
bool is_name(char c) {
  return is_letter(c) || is_digit(c) || std::string_view("!#$%&'*+-/=?^_`{|}~.").find(c) != std::string_view::npos;
}
bool is_host(char c) {
  return is_letter(c) || is_digit(c) || c == '-' || c == '.';
}

constexpr std::size_t kNameBytesMax = 64;

// The address around the `@` at `at`; empty when there is none.
std::string_view email_at(std::string_view text, std::size_t at) {
  std::size_t begin = at;
  while (begin > 0 && at - begin < kNameBytesMax && is_name(text[begin - 1])) --begin;
  std::size_t end = at + 1;
  while (end < text.size() && end - begin < kEmailBytesMax && is_host(text[end])) ++end;
  while (end > at + 1 && !is_letter(text[end - 1]) && !is_digit(text[end - 1])) --end;
  // Quotes and the like are characters of a name, and mostly stand before one.
  for (; begin < at; ++begin) {
    const std::string_view address = text.substr(begin, end - begin);
    if ((is_letter(address[0]) || is_digit(address[0]) || address[0] == '_') && is_email(address)) return address;
  }
  return {};
}

bool is_between(char c) {
  return std::string_view(" -./()").find(c) != std::string_view::npos;
}

}  // namespace

std::string_view find_email(std::string_view text) {
  for (std::size_t at = text.find('@'); at != std::string_view::npos; at = text.find('@', at + 1)) {
    const std::string_view address = email_at(text, at);
    if (!address.empty()) return address;
  }
  return {};
}

std::string find_phone(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool begins = text[at] == '+' || (text.substr(at, 2) == "00" && (at == 0 || !is_digit(text[at - 1])));
    if (!begins) continue;
    std::size_t end = at + 1;
    std::size_t last = at;  // the last digit
    while (end < text.size() && end - at < limits::kPhoneTextBytesMax &&
           (is_digit(text[end]) || is_between(text[end]))) {
      if (is_digit(text[end])) last = end;
      ++end;
    }
    if (const auto number = numbers::normalise(text.substr(at, last + 1 - at), {})) return *number;
    at = std::max(at, last);
  }
  return {};
}

}  // namespace flow::program
