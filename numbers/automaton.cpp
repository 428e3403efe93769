#include "numbers/automaton.h"

#include <fmt/format.h>

#include <algorithm>

#include "numbers/tables.h"

namespace flow::numbers {
namespace {

NationalNumber rewritten(const Rewriting& rewriting, std::string_view digits) {
  NationalNumber made;
  made.append(rewriting.insert);
  made.append(digits.substr(rewriting.skip, rewriting.take));
  made.append(digits.substr(rewriting.skip + rewriting.take + rewriting.drop));
  return made;
}

// REQUIRES: walkable().
const Label& answer_for(std::string_view e164) {
  std::size_t node = kNumberStart[start_of(e164.data())];
  std::size_t left = e164.size() - kStartDigits - 1;
  for (const char* at = e164.data() + kStartDigits + 1; node < kNumberRowCount; ++at, --left) {
    const NumberRow& row = kNumberRows[node];
    if (left == 0) return kLabels[row.stop];
    node = row.next[*at - '0'];
  }
  const std::uint32_t leaf = kNumberLeaves[node - kNumberRowCount];
  const Label& label = kLabels[leaf >> 16];
  return (leaf >> left & 1) != 0 ? label : kLabels[label.otherwise];
}

}  // namespace

std::optional<NumberDescription> describe(std::string_view e164) {
  if (!walkable(e164)) {
    // Of one and two digits the library makes nothing, either.
    const bool short_one = e164.size() >= 2 && e164.size() <= kStartDigits && e164[0] == '+' &&
                           std::ranges::all_of(e164.substr(1), [](char c) { return c >= '0' && c <= '9'; });
    return short_one ? std::optional(NumberDescription{}) : std::nullopt;
  }
  const Label& answer = answer_for(e164);
  NumberDescription made;
  if (!answer.parsed) return made;
  const CallingCode& code = kCallingCodes[kCallingCodeOf[start_of(e164.data())]];
  made.parsed = true;
  made.calling_code = code.code;
  made.region = answer.region;
  made.type = static_cast<NumberType>(answer.type);
  const std::string_view national = e164.substr(1 + calling_code_digits(code.code));
  if (answer.rewriting == 0) [[likely]]
    made.national.append(national);
  else
    made.national = rewritten(kRewritings[answer.rewriting], national);
  made.possibility = static_cast<Possibility>(code.possibility[made.national.view().size()]);
  return made;
}

Metadata metadata() {
  return {kMetadataVersion, kMetadataOrigin, kMetadataChecksum};
}

std::string metadata_line() {
  return fmt::format("phone numbers: metadata {} of {} (checksum {})", kMetadataVersion, kMetadataOrigin,
                     kMetadataChecksum);
}

}  // namespace flow::numbers
