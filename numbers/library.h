// Between numbers.cpp and the shared library that holds libphonenumber: what the latter exports.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace flow::numbers {

// Cleaned of separators: `digits` are 1 to kPhoneTextBytesMax ASCII digits.
struct Library {
  // As +digits. On failure the reason only, without the number: "too short".
  Result<std::string> (*international)(std::string_view digits);
  // As dialled in `region`, and whether it is a valid number there (not merely a possible one).
  Result<std::string> (*national)(std::string_view digits, std::string_view region, bool* valid);
  // Whether +digits is a valid number.
  bool (*valid)(std::string_view e164);
  // Of the metadata that libphonenumber has, as Metadata::checksum (automaton.h).
  std::uint32_t (*metadata_checksum)();
};

inline constexpr const char* kLibraryName = "libflownumbers.so";
inline constexpr const char* kLibrarySymbol = "flow_numbers_library_2";

}  // namespace flow::numbers
