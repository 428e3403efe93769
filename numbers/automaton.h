// What libphonenumber says of an E.164 number, from an automaton that was made of the library's metadata while
// building: its region, calling code, type, whether it is valid or possible, and its national significant number.
//
// Exact: describe() answers for every text of `+` and 1 to 15 ASCII digits what PhoneNumberUtil answers, with the same
// metadata: national prefixes stripped or transformed, Italian zeros, too short, too long, of no calling code. Other
// ways of writing a number are the library's (normalise(), numbers.h). Any thread; nothing is loaded or allocated.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace flow::numbers {

// As PhoneNumberUtil::PhoneNumberType, in its order.
enum class NumberType : std::uint8_t {
  fixed_line,
  mobile,
  fixed_line_or_mobile,  // the plan does not tell them apart
  toll_free,
  premium_rate,
  shared_cost,
  voip,
  personal_number,
  pager,
  uan,
  voicemail,
  unknown,  // no valid number
};

// Whether the length is one that numbers have behind this calling code; as PhoneNumberUtil::ValidationResult.
enum class Possibility : std::uint8_t {
  possible,
  local_only,  // only within its town: the area code is missing
  invalid_calling_code,
  too_short,
  invalid_length,  // between the shortest and the longest
  too_long,
};

// Digits; the library takes no more than 17.
class NationalNumber {
 public:
  static constexpr std::size_t kDigitsMax = 17;
  std::string_view view() const { return {digits_.data(), size_}; }
  void append(std::string_view digits) {
    const std::size_t count = std::min(digits.size(), kDigitsMax - size_);
    std::memcpy(digits_.data() + size_, digits.data(), count);
    size_ = static_cast<std::uint8_t>(size_ + count);
  }

 private:
  std::array<char, kDigitsMax> digits_{};
  std::uint8_t size_ = 0;
};

struct NumberDescription {
  // PhoneNumberUtil::Parse() reads it as a number; the rest is empty when it does not.
  bool parsed = false;
  std::uint16_t calling_code = 0;
  // ISO 3166-1 as `a << 8 | b`; 0: a network of no country, or none that can be told.
  std::uint16_t region = 0;
  NumberType type = NumberType::unknown;
  Possibility possibility = Possibility::invalid_calling_code;
  bool valid() const { return type != NumberType::unknown; }
  NationalNumber national;  // significant digits: without a national prefix
};

constexpr std::size_t calling_code_digits(std::uint16_t code) {
  return code < 10 ? 1 : code < 100 ? 2 : 3;
}

// None for whatever is not `+` and 1 to 15 ASCII digits: what the library reads into that, it must be asked.
std::optional<NumberDescription> describe(std::string_view e164);

// The metadata that describe(), region_of() and Classifier answer by, and so does libphonenumber itself.
struct Metadata {
  std::string_view version;   // of libphonenumber, as its packager or its release says: "8.12.57+ds-3"
  std::string_view origin;    // "the system's libphonenumber", or where a newer one was taken from
  std::string_view checksum;  // of its bytes, CRC-32C in hexadecimal
};
Metadata metadata();

// One line for people, as `--version` shows it.
std::string metadata_line();

}  // namespace flow::numbers
