// The only file that sees libphonenumber. Built into libflownumbers.so (library.h).
#include <phonenumbers/phonenumber.pb.h>
#include <phonenumbers/phonenumberutil.h>

#include <string>

#include "base/crc32c.h"
#include "numbers/library.h"

namespace i18n::phonenumbers {
// Exported by the library, in no header of it; plan/metadata_instead.cpp may have others.
int metadata_size();
const void* metadata_get();
}  // namespace i18n::phonenumbers

namespace flow::numbers {
namespace {

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

constexpr const char* kNoRegion = "ZZ";

const PhoneNumberUtil& util() {
  return *PhoneNumberUtil::GetInstance();
}

const char* parse_error(PhoneNumberUtil::ErrorType error) {
  switch (error) {
    case PhoneNumberUtil::NO_PARSING_ERROR:
      break;
    case PhoneNumberUtil::INVALID_COUNTRY_CODE_ERROR:
      return "no country calling code begins it";
    case PhoneNumberUtil::NOT_A_NUMBER:
      return "not a number";
    case PhoneNumberUtil::TOO_SHORT_AFTER_IDD:
    case PhoneNumberUtil::TOO_SHORT_NSN:
      return "too short";
    case PhoneNumberUtil::TOO_LONG_NSN:
      return "too long";
  }
  return "not a number";
}

// Null when the number is possible: dialable from anywhere, so a number that works only within its town is not.
const char* impossible(const PhoneNumber& number) {
  switch (util().IsPossibleNumberWithReason(number)) {
    case PhoneNumberUtil::IS_POSSIBLE:
      return nullptr;
    case PhoneNumberUtil::IS_POSSIBLE_LOCAL_ONLY:
      return "it lacks the area code";
    case PhoneNumberUtil::INVALID_COUNTRY_CODE:
      return "no country calling code begins it";
    case PhoneNumberUtil::TOO_SHORT:
      return "too short";
    case PhoneNumberUtil::INVALID_LENGTH:
      return "no number there has that length";
    case PhoneNumberUtil::TOO_LONG:
      return "too long";
  }
  return "not a number";
}

Result<std::string> parse(const std::string& text, const std::string& region, PhoneNumber& number) {
  const PhoneNumberUtil::ErrorType error = util().Parse(text, region, &number);
  if (error != PhoneNumberUtil::NO_PARSING_ERROR) return fail(ErrorCode::invalid_argument, "{}", parse_error(error));
  if (const char* reason = impossible(number)) return fail(ErrorCode::invalid_argument, "{}", reason);
  std::string e164;
  util().Format(number, PhoneNumberUtil::E164, &e164);
  return e164;
}

// What libraries throw stays here.
template <typename F>
auto guarded(F body, decltype(body()) otherwise) noexcept -> decltype(body()) {
  try {
    return body();
  } catch (...) {
    return otherwise;
  }
}

Result<std::string> international(std::string_view digits) {
  return guarded(
      [&]() -> Result<std::string> {
        PhoneNumber number;
        return parse("+" + std::string(digits), kNoRegion, number);
      },
      fail(ErrorCode::internal, "the phone number library failed"));
}

Result<std::string> national(std::string_view digits, std::string_view region, bool* valid) {
  *valid = false;
  return guarded(
      [&]() -> Result<std::string> {
        PhoneNumber number;
        auto e164 = parse(std::string(digits), std::string(region), number);
        *valid = e164.has_value() && util().IsValidNumber(number);
        return e164;
      },
      fail(ErrorCode::internal, "the phone number library failed"));
}

bool valid(std::string_view e164) {
  return guarded(
      [&] {
        PhoneNumber number;
        return parse(std::string(e164), kNoRegion, number).has_value() && util().IsValidNumber(number);
      },
      false);
}

// Calls what the library itself calls: the same symbols, looked up in the same order.
std::uint32_t metadata_checksum() {
  const auto* bytes = static_cast<const char*>(i18n::phonenumbers::metadata_get());
  return crc32c({bytes, static_cast<std::size_t>(i18n::phonenumbers::metadata_size())});
}

constexpr Library kLibrary = {international, national, valid, metadata_checksum};

}  // namespace
}  // namespace flow::numbers

extern "C" [[gnu::visibility("default")]] const flow::numbers::Library* flow_numbers_library_2();
extern "C" const flow::numbers::Library* flow_numbers_library_2() {
  return &flow::numbers::kLibrary;
}
