#include "bench/load/wire.h"

#include <array>
#include <charconv>
#include <cstring>

namespace flow::load {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

bool equal_lower(std::string_view text, std::string_view lower_name) {
  if (text.size() != lower_name.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (lower(text[i]) != lower_name[i]) return false;
  }
  return true;
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

// Takes the next line of a header: its name and value. False at the end.
bool next_line(std::string_view& rest, std::string_view& name, std::string_view& value) {
  while (!rest.empty()) {
    const auto end = rest.find("\r\n");
    const std::string_view line = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 2);
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    name = line.substr(0, colon);
    value = trimmed(line.substr(colon + 1));
    return true;
  }
  return false;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (lower(c) >= 'a' && lower(c) <= 'f') return lower(c) - 'a' + 10;
  return -1;
}

constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBase64Url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void append_sixes(std::string& out, std::string_view bytes, std::string_view alphabet, bool pad) {
  const auto byte = [&](std::size_t i) {
    return i < bytes.size() ? std::uint32_t{static_cast<unsigned char>(bytes[i])} : 0U;
  };
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::uint32_t group = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    const std::size_t left = bytes.size() - i;
    const std::array<char, 4> four = {alphabet[group >> 18], alphabet[group >> 12 & 63], alphabet[group >> 6 & 63],
                                      alphabet[group & 63]};
    out.append(four.data(), left >= 3 ? 4 : left + 1);
    if (pad && left < 3) out.append(3 - left, '=');
  }
}

}  // namespace

int HttpMessage::status() const {
  if (!first.starts_with("HTTP/1.") || first.size() < 12) return 0;
  int value = 0;
  std::from_chars(first.data() + 9, first.data() + 12, value);
  return value;
}

std::string_view HttpMessage::target() const {
  const auto begin = first.find(' ');
  const auto end = first.rfind(' ');
  return begin == std::string_view::npos || end <= begin ? std::string_view()
                                                         : first.substr(begin + 1, end - begin - 1);
}

std::string_view HttpMessage::field(std::string_view wanted) const {
  std::string_view rest = header;
  std::string_view name;
  std::string_view value;
  while (next_line(rest, name, value)) {
    if (equal_lower(name, wanted)) return value;
  }
  return {};
}

Reading read_message(std::string_view bytes, HttpMessage& message, std::size_t& size) {
  const auto head = bytes.find("\r\n\r\n");
  if (head == std::string_view::npos) return bytes.size() > kHeadBytesMax ? Reading::broken : Reading::incomplete;
  if (head > kHeadBytesMax) return Reading::broken;
  const auto line = bytes.find("\r\n");
  message.first = bytes.substr(0, line);
  message.header = line == head ? std::string_view() : bytes.substr(line + 2, head - line - 2);
  message.close = false;
  std::size_t length = 0;
  std::string_view rest = message.header;
  std::string_view name;
  std::string_view value;
  while (next_line(rest, name, value)) {
    if (name.size() == 14 && equal_lower(name, "content-length")) {
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), length);
      if (error != std::errc() || end != value.data() + value.size() || length > kMessageBodyBytesMax) {
        return Reading::broken;
      }
    } else if (name.size() == 10 && equal_lower(name, "connection")) {
      message.close = equal_lower(value, "close");
    } else if (name.size() == 17 && equal_lower(name, "transfer-encoding")) {
      return Reading::broken;
    }
  }
  if (bytes.size() - head - 4 < length) return Reading::incomplete;
  message.body = bytes.substr(head + 4, length);
  size = head + 4 + length;
  return Reading::complete;
}

std::string_view json_text(std::string_view json, std::string_view name) {
  std::size_t at = 0;
  while ((at = json.find(name, at)) != std::string_view::npos) {
    const std::size_t end = at + name.size();
    if (at == 0 || json[at - 1] != '"' || end >= json.size() || json[end] != '"') {
      at = end;
      continue;
    }
    std::string_view rest = json.substr(end + 1);
    const auto skip = [&rest] { rest.remove_prefix(std::min(rest.find_first_not_of(" \t\r\n"), rest.size())); };
    skip();
    at = end;
    if (!rest.starts_with(':')) continue;
    rest.remove_prefix(1);
    skip();
    if (!rest.starts_with('"')) continue;
    rest.remove_prefix(1);
    std::size_t close = 0;
    while (close < rest.size() && rest[close] != '"') close += rest[close] == '\\' ? 2 : 1;
    if (close < rest.size()) return rest.substr(0, close);
  }
  return {};
}

std::optional<std::string> form_field(std::string_view form, std::string_view name) {
  while (!form.empty()) {
    const auto end = form.find('&');
    const std::string_view pair = form.substr(0, end);
    form = end == std::string_view::npos ? std::string_view() : form.substr(end + 1);
    if (pair.size() <= name.size() || pair[name.size()] != '=' || !pair.starts_with(name)) continue;
    const std::string_view value = pair.substr(name.size() + 1);
    std::string out;
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (value[i] != '%') {
        out += value[i] == '+' ? ' ' : value[i];
        continue;
      }
      if (i + 2 >= value.size()) return std::nullopt;
      const int high = hex_digit(value[i + 1]);
      const int low = hex_digit(value[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
    return out;
  }
  return std::nullopt;
}

void append_encoded(std::string& out, std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  for (const char c : text) {
    const bool plain =
        (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') || c == '-' || c == '_' || c == '.' || c == '~';
    if (plain) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
}

void append_number(std::string& out, std::uint64_t value, int width) {
  std::array<char, 24> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  const auto size = end - digits.data();
  if (size < width) out.append(static_cast<std::size_t>(width - size), '0');
  out.append(digits.data(), static_cast<std::size_t>(size));
}

void append_hex(std::string& out, std::string_view bytes) {
  constexpr std::string_view kHex = "0123456789abcdef";
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
}

void append_base64(std::string& out, std::string_view bytes) {
  append_sixes(out, bytes, kBase64, true);
}
void append_base64url(std::string& out, std::string_view bytes) {
  append_sixes(out, bytes, kBase64Url, false);
}

}  // namespace flow::load
