// Amounts of money: units of 10^-6 of a currency of ISO 4217.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "runtime/program/info.h"

namespace flow::program {

constexpr Currency currency_of(char a, char b, char c) {
  return static_cast<Currency>(static_cast<unsigned char>(a)) << 16 |
         static_cast<Currency>(static_cast<unsigned char>(b)) << 8 | static_cast<unsigned char>(c);
}
Currency currency_of(std::string_view letters);  // 0: not three capital letters
std::string currency_text(Currency currency);

// `12.50 USD`: at least as many decimals as the currency has, more when there are more. At most kValueTextBytesMax
// bytes.
std::size_t write_money(char* out, std::int64_t units, Currency currency);
std::string money_text(std::int64_t units, Currency currency);

// `12.5USD` or `12.50 USD`, of this currency.
Result<std::int64_t> parse_money(std::string_view text, Currency currency);

}  // namespace flow::program
