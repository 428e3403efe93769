#include "runtime/program/money.h"

#include <algorithm>

#include "runtime/program/text.h"

namespace flow::program {
namespace {

// Currencies whose smallest coin is not a hundredth (ISO 4217); the rest have two decimals.
struct Decimals {
  std::string_view code;
  std::size_t decimals;
};
constexpr Decimals kDecimals[] = {{"BHD", 3}, {"BIF", 0}, {"CLF", 4}, {"CLP", 0}, {"DJF", 0}, {"GNF", 0}, {"IQD", 3},
                                  {"ISK", 0}, {"JOD", 3}, {"JPY", 0}, {"KMF", 0}, {"KRW", 0}, {"KWD", 3}, {"LYD", 3},
                                  {"OMR", 3}, {"PYG", 0}, {"RWF", 0}, {"TND", 3}, {"UGX", 0}, {"UYI", 0}, {"UYW", 4},
                                  {"VND", 0}, {"VUV", 0}, {"XAF", 0}, {"XOF", 0}, {"XPF", 0}};

std::size_t decimals_of(std::string_view code) {
  const auto* found = std::ranges::find(kDecimals, code, &Decimals::code);
  return found == std::end(kDecimals) ? 2 : found->decimals;
}

}  // namespace

Currency currency_of(std::string_view letters) {
  const auto letter = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (letters.size() != 3 || !std::ranges::all_of(letters, letter)) return 0;
  return currency_of(letters[0], letters[1], letters[2]);
}

std::string currency_text(Currency currency) {
  if (currency == 0) return {};
  return {static_cast<char>(currency >> 16 & 0xFF), static_cast<char>(currency >> 8 & 0xFF),
          static_cast<char>(currency & 0xFF)};
}

std::size_t write_money(char* out, std::int64_t units, Currency currency) {
  const std::string code = currency_text(currency);
  std::size_t size = write_number(out, units);
  const std::string_view written(out, size);
  const std::size_t point = written.find('.');
  const std::size_t have = point == std::string_view::npos ? 0 : size - point - 1;
  const std::size_t least = decimals_of(code);
  if (have == 0 && least > 0) out[size++] = '.';
  for (std::size_t i = have; i < least; ++i) out[size++] = '0';
  if (code.empty()) return size;
  out[size++] = ' ';
  return size + code.copy(out + size, code.size());
}

std::string money_text(std::int64_t units, Currency currency) {
  char out[kValueTextBytesMax];
  return {out, write_money(out, units, currency)};
}

Result<std::int64_t> parse_money(std::string_view text, Currency currency) {
  const std::string code = currency_text(currency);
  if (!code.empty() && text.ends_with(code)) {
    text.remove_suffix(code.size());
    if (text.ends_with(' ')) text.remove_suffix(1);
    if (auto units = parse_number(text)) return units;
  }
  return fail(ErrorCode::invalid_argument, "not an amount such as `12.50{}`", code);
}

}  // namespace flow::program
