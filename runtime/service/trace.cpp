#include "runtime/service/trace.h"

#include <algorithm>

#include "runtime/service/image.h"

namespace flow::service {

namespace {

constexpr std::string_view kDigits = "0123456789abcdef";
constexpr std::size_t kTextChars = 55;
constexpr std::size_t kTraceIdBytes = 16;
constexpr std::size_t kParentIdBytes = 8;

bool append_bytes(std::string_view hex, std::string& out) {
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    const std::size_t high = kDigits.find(hex[i]);
    const std::size_t low = kDigits.find(hex[i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) return false;
    out.push_back(static_cast<char>(high << 4 | low));
  }
  return true;
}

void append_hex(std::string_view bytes, std::string& out) {
  for (const char c : bytes) {
    out.push_back(kDigits[static_cast<unsigned char>(c) >> 4]);
    out.push_back(kDigits[static_cast<unsigned char>(c) & 15]);
  }
}

bool all_zero(std::string_view bytes) {
  return std::ranges::all_of(bytes, [](char c) { return c == 0; });
}

}  // namespace

std::string parse_trace(std::string_view text) {
  if (text.size() != kTextChars || !text.starts_with("00-") || text[35] != '-' || text[52] != '-') return {};
  std::string bytes;
  const bool good = append_bytes(text.substr(3, 32), bytes) && append_bytes(text.substr(36, 16), bytes) &&
                    append_bytes(text.substr(53, 2), bytes);
  if (!good || all_zero(std::string_view(bytes).substr(0, kTraceIdBytes)) ||
      all_zero(std::string_view(bytes).substr(kTraceIdBytes, kParentIdBytes))) {
    return {};
  }
  return bytes;
}

std::string format_trace(std::string_view bytes) {
  if (bytes.size() != kTraceBytes) return {};
  std::string text = "00-";
  text.reserve(kTextChars);
  append_hex(bytes.substr(0, kTraceIdBytes), text);
  text.push_back('-');
  append_hex(bytes.substr(kTraceIdBytes, kParentIdBytes), text);
  text.push_back('-');
  append_hex(bytes.substr(kTraceIdBytes + kParentIdBytes), text);
  return text;
}

}  // namespace flow::service
