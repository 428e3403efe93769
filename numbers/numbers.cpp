#include "numbers/numbers.h"

#include <algorithm>

#include "base/limits.h"
#include "base/shared_library.h"
#include "numbers/automaton.h"
#include "numbers/library.h"
#include "numbers/tables.h"

namespace flow::numbers {
namespace {

// Sorted.
const std::vector<std::string>& all_regions() {
  static const std::vector<std::string> sorted = [] {
    std::vector<std::string> made;
    for (std::size_t i = 0; i < kCodeRegionCount; ++i) made.push_back(region_name(kCodeRegions[i].region));
    std::ranges::sort(made);
    made.erase(std::ranges::unique(made).begin(), made.end());
    return made;
  }();
  return sorted;
}

// normalise() gives just this number back.
bool is_settled(std::string_view e164) {
  const auto described = describe(e164);
  return described && described->possibility == Possibility::possible && e164.ends_with(described->national.view()) &&
         e164.size() == 1 + calling_code_digits(described->calling_code) + described->national.view().size();
}

constexpr std::string_view kHidden = "•••";

// What stands between digits besides ASCII: no-break and thin spaces, hyphens and dashes, and the direction marks that
// address books put around a number.
// As bytes of UTF-8, since direction marks in a source mislead its reader.
constexpr std::string_view kSeparators[] = {
    "\xc2\xa0",     "\xe2\x80\x89", "\xe2\x80\x8b", "\xe2\x80\x8e", "\xe2\x80\x8f", "\xe2\x80\x90", "\xe2\x80\x91",
    "\xe2\x80\x92", "\xe2\x80\x93", "\xe2\x80\x94", "\xe2\x80\xaa", "\xe2\x80\xab", "\xe2\x80\xac", "\xe2\x80\xad",
    "\xe2\x80\xaf", "\xe2\x81\xa0", "\xe2\x81\xa6", "\xe2\x81\xa8", "\xe2\x81\xa9", "\xe2\x88\x92"};

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

const Result<const Library*>& library() {
  static const auto loaded = load_library<Library>(kLibraryName, kLibrarySymbol);
  return loaded;
}

// How many bytes at the head of `text` are a separator; 0: none.
std::size_t separator(std::string_view text) {
  if (std::string_view(" \t-.()/").find(text.front()) != std::string_view::npos) return 1;
  for (std::string_view mark : kSeparators) {
    if (text.starts_with(mark)) return mark.size();
  }
  return 0;
}

struct Written {
  bool plus = false;
  std::string digits;
};

template <typename... Args>
std::unexpected<Error> refuse(std::string_view text, fmt::format_string<Args...> reason, Args&&... args) {
  return fail(ErrorCode::invalid_argument, "`{}` is not a phone number: {}", mask(text),
              fmt::format(reason, std::forward<Args>(args)...));
}

Result<Written> read(std::string_view text) {
  if (text.size() > limits::kPhoneTextBytesMax) {
    return fail(ErrorCode::invalid_argument, "a phone number of {} bytes: at most {} are read", text.size(),
                limits::kPhoneTextBytesMax);
  }
  Written written;
  for (std::size_t at = 0; at < text.size();) {
    if (is_digit(text[at])) {
      written.digits += text[at++];
    } else if (text[at] == '+' && !written.plus && written.digits.empty()) {
      written.plus = true;
      ++at;
    } else if (const std::size_t bytes = separator(text.substr(at)); bytes != 0) {
      at += bytes;
    } else {
      return refuse(text, "the character at byte {} is neither digit nor separator", at + 1);
    }
  }
  if (written.digits.empty()) return refuse(text, "it has no digits");
  return written;
}

// Bare digits where a region is known: national first, international when only that is a real number.
Result<std::string> bare_in_region(const Library& lib, std::string_view digits, std::string_view region) {
  bool valid = false;
  auto national = lib.national(digits, region, &valid);
  if (valid) return national;
  auto international = lib.international(digits);
  if (international && (!national || lib.valid(*international))) return international;
  return national;
}

// The library strips one national prefix a call, so that what it prints may read differently the next time
// (`+63 00 63…`). What is stored must not. `digits` were read as international ones.
Result<std::string> settled(const Library& lib, std::string_view digits) {
  Result<std::string> e164 = lib.international(digits);
  if (e164 && std::string_view(*e164).substr(1) == digits) return e164;
  for (int tries = 0; e164 && tries < 4; ++tries) {
    Result<std::string> again = lib.international(std::string_view(*e164).substr(1));
    if (again && *again == *e164) return again;
    e164 = std::move(again);
  }
  if (!e164) return e164;
  return fail(ErrorCode::invalid_argument, "it has one national prefix after the other");
}

}  // namespace

Status load() {
  if (!library()) return std::unexpected(library().error());
  return {};
}

Result<std::string> library_checksum() {
  if (!library()) return std::unexpected(library().error());
  return fmt::format("{:08x}", (*library())->metadata_checksum());
}

Result<std::string> normalise(std::string_view text, std::string_view default_region) {
  if (!default_region.empty() && !std::ranges::binary_search(all_regions(), default_region)) {
    return fail(ErrorCode::invalid_argument, "the default region is not two capital letters of ISO 3166-1, as in `PH`");
  }
  // What programs send: nothing is to be read into it.
  if (is_settled(text)) return std::string(text);
  auto written = read(text);
  if (!written) return std::unexpected(written.error());
  if (!library()) return std::unexpected(library().error());
  const Library& lib = **library();

  std::string_view digits = written->digits;
  Result<std::string> e164;
  const bool zeros = !written->plus && digits.starts_with("00");
  const bool international = written->plus || zeros;
  if (zeros) digits.remove_prefix(2);
  if (digits.empty()) return refuse(text, "too short");
  if (!international && default_region.empty() && digits.starts_with('0')) {
    return refuse(text, "a national form is read only with a default region; write it with `+` and the country's code");
  }
  if (international || default_region.empty()) {
    e164 = settled(lib, digits);
  } else {
    e164 = bare_in_region(lib, digits, default_region);
    if (e164) e164 = settled(lib, std::string_view(*e164).substr(1));
  }
  if (e164) return e164;
  if (e164.error().code != ErrorCode::invalid_argument) return e164;
  return refuse(text, "{}", e164.error().message);
}

std::int64_t region_of(std::string_view e164) {
  if (!walkable(e164)) return 0;  // Parse() would read much more than that
  return walk(kRegionStart, kRegionRows, e164, [](std::uint32_t) { return 0U; });
}

std::string region_name(std::int64_t region) {
  if (region == 0) return {};
  return {static_cast<char>((region >> 8) & 0xff), static_cast<char>(region & 0xff)};
}

std::vector<std::string> regions_of_calling_code(std::uint32_t code) {
  std::vector<std::string> result;
  for (const auto& [region, of_code] : regions_with_codes())
    if (of_code == code) result.push_back(region_name(region));
  return result;
}

std::vector<std::uint32_t> calling_codes() {
  std::vector<std::uint32_t> result;
  for (const auto& [region, code] : regions_with_codes())
    if (result.empty() || result.back() != code) result.push_back(code);
  return result;
}

std::vector<std::pair<std::int64_t, std::uint32_t>> regions_with_codes() {
  std::vector<std::pair<std::int64_t, std::uint32_t>> result;
  for (std::size_t i = 0; i < kCodeRegionCount; ++i) result.emplace_back(kCodeRegions[i].region, kCodeRegions[i].code);
  return result;
}

std::vector<std::string> regions() {
  return all_regions();
}

std::string mask(std::string_view number) {
  std::string digits;
  for (char c : number.substr(0, limits::kPhoneTextBytesMax)) {
    if (is_digit(c)) digits += c;
  }
  const std::size_t count = digits.size();
  const std::size_t head = count >= 12 ? 5 : count >= 9 ? 3 : count >= 7 ? 2 : 0;
  const std::size_t tail = count >= 11 ? 4 : count >= 7 ? 2 : 0;
  std::string masked = number.starts_with('+') ? "+" : "";
  masked += std::string_view(digits).substr(0, head);
  masked += kHidden;
  masked += std::string_view(digits).substr(count - tail);
  return masked;
}

}  // namespace flow::numbers
