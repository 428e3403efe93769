#include "runtime/program/message_limit.h"

#include <fmt/format.h>

#include "runtime/program/text.h"

namespace flow::program {

std::uint8_t purpose_bit(std::string_view purpose) {
  if (purpose == "authentication") return 1;
  if (purpose == "transaction") return 2;
  return purpose == "marketing" ? 4 : 8;
}

std::uint8_t purpose_bits(const MessageLimit& limit) {
  if (limit.purposes.empty()) return kEveryPurpose;
  unsigned bits = 0;
  for (const std::string& purpose : limit.purposes) bits |= purpose_bit(purpose);
  return static_cast<std::uint8_t>(bits);
}

std::string to_string(const MessageLimit& limit) {
  std::string text = limit.prefix == 0 ? "each recipient" : fmt::format("each prefix({})", limit.prefix);
  text += fmt::format(" {} messages within {}", limit.messages, duration_text(limit.within_ms));
  const char* before = " for ";
  for (const std::string& purpose : limit.purposes) {
    text += before + purpose;
    before = ", ";
  }
  return text;
}

}  // namespace flow::program
