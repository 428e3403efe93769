// Dates, zones and formats by other people's programs: the C++ library's calendar and ICU.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace flow::oracle {

constexpr std::int64_t kDayMs = 86'400'000;

bool in_years(std::int64_t date);      // 0001-01-01 to 9999-12-31
bool in_instants(std::int64_t at_ms);  // a day less at both ends

std::string date_text(std::int64_t date);
std::string time_text(std::int64_t time_ms);
std::optional<std::int64_t> read_date(std::string text);
std::optional<std::int64_t> read_time(std::string text);
std::optional<std::int64_t> read_instant(std::string text);

std::int64_t offset_ms(const std::string& zone, std::int64_t at_ms);
std::int64_t instant_of(const std::string& zone, std::int64_t local_ms);

std::string format_local(std::int64_t local_ms, const std::string& pattern, const std::string& language);
std::string format_number(std::int64_t units, const std::string& pattern, const std::string& language);
std::string money_text(std::int64_t units, std::int64_t currency);

}  // namespace flow::oracle
