#include "runtime/http/form.h"

#include <algorithm>
#include <array>

namespace flow::http {
namespace {

constexpr std::array<bool, 256> unreserved_bytes() {
  std::array<bool, 256> table{};
  for (const char c : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")) {
    table[static_cast<unsigned char>(c)] = true;
  }
  return table;
}
constexpr auto kUnreserved = unreserved_bytes();

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::string percent_encode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  append_percent_encoded(out, text);
  return out;
}

void append_percent_encoded(std::string& out, std::string_view text) {
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  for (char c : text) {
    if (kUnreserved[static_cast<unsigned char>(c)]) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    }
  }
}

namespace {

// Writes to `to`, which has room for the text; the end of what was written, or null.
char* decode(std::string_view text, bool plus_is_space, char* to) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      *to++ = ' ';
    } else if (text[i] != '%') {
      *to++ = text[i];
    } else {
      if (i + 2 >= text.size()) return nullptr;
      const int high = hex_value(text[i + 1]);
      const int low = hex_value(text[i + 2]);
      if (high < 0 || low < 0) return nullptr;
      *to++ = static_cast<char>(high << 4 | low);
      i += 2;
    }
  }
  return to;
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string out(text.size(), '\0');
  const char* const end = decode(text, plus_is_space, out.data());
  if (end == nullptr) return std::nullopt;
  out.resize(static_cast<std::size_t>(end - out.data()));
  return out;
}

std::string encode_form(const Fields& fields) {
  std::string out;
  for (const auto& [name, value] : fields) {
    if (!out.empty()) out += '&';
    out += percent_encode(name) + '=' + percent_encode(value);
  }
  return out;
}

std::optional<Fields> parse_form(std::string_view text) {
  FormViews views;
  if (!views.parse(text)) return std::nullopt;
  Fields fields;
  fields.reserve(views.fields().size());
  for (const auto& [name, value] : views.fields()) fields.emplace_back(name, value);
  return fields;
}

bool FormViews::parse(std::string_view text) {
  fields_.clear();
  if (buffer_.size() < text.size()) buffer_.resize(text.size());
  char* to = buffer_.data();
  const auto next = [&to](std::string_view part) -> std::optional<std::string_view> {
    const char* const begin = to;
    to = decode(part, true, to);
    if (to == nullptr) return std::nullopt;
    return std::string_view(begin, static_cast<std::size_t>(to - begin));
  };
  while (!text.empty()) {
    const auto end = std::min(text.find('&'), text.size());
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (part.empty()) continue;
    if (fields_.size() == kFormFieldsMax) return false;
    const auto equals = std::min(part.find('='), part.size());
    const auto name = next(part.substr(0, equals));
    const auto value = name ? next(part.substr(std::min(equals + 1, part.size()))) : std::nullopt;
    if (!value) return false;
    fields_.push_back({*name, *value});
  }
  return true;
}

std::string_view FormViews::value(std::string_view name) const {
  const auto found = std::ranges::find(fields_, name, &FieldView::name);
  return found == fields_.end() ? std::string_view() : found->value;
}

std::optional<std::string_view> find_field(const Fields& fields, std::string_view name) {
  for (const auto& [key, value] : fields) {
    if (key == name) return value;
  }
  return std::nullopt;
}

}  // namespace flow::http
