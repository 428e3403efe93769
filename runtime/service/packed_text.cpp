// Ids of providers: half or three quarters of their characters.
#include <algorithm>
#include <array>

#include "base/limits.h"
#include "base/varint.h"
#include "runtime/service/timeline.h"

namespace flow::service {

namespace {

enum Form : std::uint8_t { kPlain, kHex, kLettersAndHex, kUuid, kBase64, kWamid };
constexpr int kFormBits = 3;
constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kBase64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kWamidBegin = "wamid.";
constexpr std::size_t kUuidChars = 36;
constexpr std::array<std::size_t, 4> kDashes = {8, 13, 18, 23};

bool all_of(std::string_view text, std::string_view digits) {
  return std::ranges::all_of(text, [&](char c) { return digits.find(c) != std::string_view::npos; });
}

bool is_hex(std::string_view text) {
  return text.size() >= 4 && text.size() % 2 == 0 && all_of(text, kHexDigits);
}

bool is_base64(std::string_view text) {
  return text.size() >= 8 && all_of(text, kBase64Digits);
}

bool is_uuid(std::string_view text) {
  if (text.size() != kUuidChars) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = std::ranges::find(kDashes, i) != kDashes.end();
    if (dash ? text[i] != '-' : kHexDigits.find(text[i]) == std::string_view::npos) return false;
  }
  return true;
}

// `bits` each, first character highest; the last byte is filled with zeros.
void put_digits(std::string_view text, std::string_view digits, unsigned bits, std::string& out) {
  unsigned held = 0;
  unsigned count = 0;
  for (const char c : text) {
    if (c == '-') continue;
    held = held << bits | static_cast<unsigned>(digits.find(c));
    for (count += bits; count >= 8; count -= 8) out.push_back(static_cast<char>(held >> (count - 8)));
    held &= 0xFF;
  }
  if (count > 0) out.push_back(static_cast<char>(held << (8 - count)));
}

bool take_digits(std::string_view& bytes, std::size_t chars, std::string_view digits, unsigned bits,
                 std::string& text) {
  const std::size_t size = (chars * bits + 7) / 8;
  if (size > bytes.size()) return false;
  unsigned held = 0;
  unsigned count = 0;
  std::size_t at = 0;
  for (std::size_t i = 0; i < chars; ++i) {
    if (count < bits) {
      held = (held & 0xFF) << 8 | static_cast<unsigned char>(bytes[at++]);
      count += 8;
    }
    count -= bits;
    text.push_back(digits[held >> count & ((1U << bits) - 1)]);
  }
  bytes.remove_prefix(size);
  return true;
}

void put_form(std::string& out, std::size_t chars, Form form) {
  put_varint(out, chars << kFormBits | form);
}

}  // namespace

void put_packed(std::string_view text, std::string& out) {
  if (text.size() > 2 && text[0] >= 'A' && text[0] <= 'Z' && is_hex(text.substr(2))) {
    put_form(out, text.size() - 2, kLettersAndHex);
    out.append(text.substr(0, 2));
    put_digits(text.substr(2), kHexDigits, 4, out);
  } else if (is_hex(text)) {
    put_form(out, text.size(), kHex);
    put_digits(text, kHexDigits, 4, out);
  } else if (is_uuid(text)) {
    put_form(out, 32, kUuid);
    put_digits(text, kHexDigits, 4, out);
  } else if (is_base64(text)) {
    put_form(out, text.size(), kBase64);
    put_digits(text, kBase64Digits, 6, out);
  } else if (text.starts_with(kWamidBegin) &&
             is_base64(text.substr(kWamidBegin.size(), text.find('=') - kWamidBegin.size()))) {
    // Its padding goes behind as it is: there are at most two.
    const std::size_t end = std::min(text.find('='), text.size());
    const std::string_view padding = text.substr(end);
    if (padding.size() > 2 || !all_of(padding, "=")) {
      put_form(out, text.size(), kPlain);
      out.append(text);
      return;
    }
    put_form(out, end - kWamidBegin.size(), kWamid);
    put_digits(text.substr(kWamidBegin.size(), end - kWamidBegin.size()), kBase64Digits, 6, out);
    out.push_back(static_cast<char>(padding.size()));
  } else {
    put_form(out, text.size(), kPlain);
    out.append(text);
  }
}

bool take_packed(std::string_view& bytes, std::string& text) {
  text.clear();
  std::uint64_t head = 0;
  if (!take_varint(bytes, head) || head >> kFormBits > limits::kTextValueBytesMax) return false;
  const std::size_t chars = head >> kFormBits;
  switch (static_cast<Form>(head & ((1U << kFormBits) - 1))) {
    case kPlain:
      if (chars > bytes.size()) return false;
      text.assign(bytes.substr(0, chars));
      bytes.remove_prefix(chars);
      return true;
    case kHex:
      return take_digits(bytes, chars, kHexDigits, 4, text);
    case kLettersAndHex:
      if (bytes.size() < 2) return false;
      text.assign(bytes.substr(0, 2));
      bytes.remove_prefix(2);
      return take_digits(bytes, chars, kHexDigits, 4, text);
    case kUuid:
      if (chars != 32 || !take_digits(bytes, chars, kHexDigits, 4, text)) return false;
      for (const std::size_t dash : kDashes) text.insert(dash, 1, '-');
      return true;
    case kBase64:
      return take_digits(bytes, chars, kBase64Digits, 6, text);
    case kWamid: {
      text.assign(kWamidBegin);
      if (!take_digits(bytes, chars, kBase64Digits, 6, text) || bytes.empty() || bytes.front() < 0 || bytes.front() > 2)
        return false;
      text.append(static_cast<std::size_t>(bytes.front()), '=');
      bytes.remove_prefix(1);
      return true;
    }
  }
  return false;
}

}  // namespace flow::service
