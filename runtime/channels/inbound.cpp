#include "runtime/channels/inbound.h"

#include <algorithm>
#include <cmath>

#include "base/limits.h"

namespace flow::channels {

std::string e164_of(std::string_view number) {
  if (number.starts_with('+')) number.remove_prefix(1);
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (number.size() < 7 || number.size() > 15 || number.front() == '0' || !std::ranges::all_of(number, digit))
    return {};
  std::string out;
  out.reserve(number.size() + 1);
  out += '+';
  out += number;
  return out;
}

std::string bounded_text(std::string_view text) {
  if (text.size() <= limits::kTextValueBytesMax) return std::string(text);
  std::size_t end = limits::kTextValueBytesMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end));
}

void put_place(std::optional<double> latitude, std::optional<double> longitude, Inbound& out) {
  if (!latitude || !longitude) return;
  if (!(std::abs(*latitude) <= 90) || !(std::abs(*longitude) <= 180)) return;
  out.latitude = std::llround(*latitude * static_cast<double>(limits::kNumberScale));
  out.longitude = std::llround(*longitude * static_cast<double>(limits::kNumberScale));
}

}  // namespace flow::channels
