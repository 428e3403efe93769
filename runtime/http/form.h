// Percent-encoding, and the form encoding of queries and of application/x-www-form-urlencoded bodies.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace flow::http {

using Fields = std::vector<std::pair<std::string, std::string>>;

inline constexpr std::size_t kFormFieldsMax = 200;

// Everything but the unreserved characters of RFC 3986 (letters, digits, "-._~") is encoded.
std::string percent_encode(std::string_view text);

void append_percent_encoded(std::string& out, std::string_view text);

// Nothing when an escape is cut off or not hexadecimal. `plus_is_space` as in forms and queries.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space = false);

std::string encode_form(const Fields& fields);

// Fields in their order, repeated names kept. Nothing when an escape is malformed or there are more than
// kFormFieldsMax fields.
std::optional<Fields> parse_form(std::string_view text);

// The same without a text of its own for each: the fields of one form after the other in memory that is kept.
struct FieldView {
  std::string_view name;
  std::string_view value;
};
class FormViews {
 public:
  // False: malformed, as parse_form() has it. The fields are valid until the next call.
  bool parse(std::string_view text);
  std::vector<FieldView>& fields() { return fields_; }
  // The first field of that name; empty when there is none.
  std::string_view value(std::string_view name) const;

 private:
  std::string buffer_;
  std::vector<FieldView> fields_;
};

// The first field of that name, or nothing.
std::optional<std::string_view> find_field(const Fields& fields, std::string_view name);

}  // namespace flow::http
