// How long a text is, and how many parts an SMS of it takes: GSM 03.38 (3GPP TS 23.038) where its alphabet has all
// characters, else UCS-2.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace flow::check {

struct TextMeasure {
  std::uint64_t characters = 0;
  std::uint64_t gsm = 0;  // places in the SMS alphabet, were all of it in there
  std::uint64_t utf16 = 0;
  char32_t foreign = 0;   // the first character outside the SMS alphabet
  std::string unbounded;  // a variable without a longest value
};

// `text` is UTF-8.
void add_text(TextMeasure& measure, std::string_view text);

// At least 1.
std::uint64_t sms_parts(const TextMeasure& measure);
std::uint64_t sms_parts(std::string_view text);

}  // namespace flow::check
