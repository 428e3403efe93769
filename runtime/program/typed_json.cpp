#include "runtime/program/typed_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <nlohmann/json.hpp>

#include "base/instant.h"
#include "base/limits.h"
#include "calendar/civil.h"
#include "calendar/zone.h"
#include "runtime/program/addresses.h"
#include "runtime/program/escape.h"
#include "runtime/program/money.h"
#include "runtime/program/scalar_text.h"
#include "runtime/program/text.h"

namespace flow::program {
namespace {

bool is_phone(std::string_view text) {
  return text.size() >= 8 && text.size() <= 16 && text[0] == '+' && text[1] != '0' &&
         std::ranges::all_of(text.substr(1), [](char c) { return c >= '0' && c <= '9'; });
}

// Nothing of what is nested: it would go as deep as it is.
template <typename Json>
std::optional<std::string> plain_text_of(const Json& json) {
  if (json.is_string()) return json.template get<std::string>();
  if (json.is_boolean()) return json.template get<bool>() ? "true" : "false";
  if (json.is_number_float()) return decimal_text(json.template get<double>());
  if (json.is_number()) return json.dump();
  return std::nullopt;
}

template <typename Json>
class Writer {
 public:
  Writer(std::string& out, const PhoneReader& phone, Types types) : out_(out), phone_(phone), types_(types) {}

  // False: of another type.
  bool value(const Json& json, const FieldInfo& type) {
    if (out_.size() > limits::kListBytesMax) return false;
    switch (type.type) {
      case ValueType::list:
        return list(json, type);
      case ValueType::record:
        return record(json, type);
      default:
        return is_text(type.type) ? text(json, type) : scalar(json, type);
    }
  }

 private:
  bool list(const Json& json, const FieldInfo& type) {
    if (!json.is_array() || json.size() > type.items_max || type.parts.size() != 1) return false;
    out_ += '[';
    for (std::size_t i = 0; i < json.size(); ++i) {
      if (i > 0) out_ += ',';
      if (!value(json[i], type.parts[0])) return false;
    }
    out_ += ']';
    return true;
  }

  bool record(const Json& json, const FieldInfo& type) {
    if (!json.is_object()) return false;
    char open = '{';
    for (const FieldInfo& member : type.parts) {
      out_ += open;
      open = ',';
      out_ += '"' + member.name + "\":";
      const auto found = json.find(member.name);
      if (found != json.end() && !found->is_null()) {
        if (!value(*found, member)) return false;
      } else if (member.optional) {
        out_ += "null";
      } else {
        return false;
      }
    }
    out_ += '}';
    return true;
  }

  void quoted(std::string_view text) {
    out_ += '"';
    append_json_escaped(out_, text);
    out_ += '"';
  }

  // What is written in this JSON where a text, or what stands for one, is wanted.
  std::optional<std::string> given_text(const Json& json) const {
    if (json.is_string()) return json.template get<std::string>();
    return types_ == Types::answers ? plain_text_of(json) : std::nullopt;
  }

  bool text(const Json& json, const FieldInfo& type) {
    const auto read = given_text(json);
    if (!read) return false;
    const std::string& given = *read;
    if (type.type == ValueType::phone && phone_) {
      const auto number = phone_(given);
      if (number) quoted(*number);
      return number.has_value();
    }
    if (!fits_text(given, type)) return false;
    quoted(given);
    return true;
  }

  std::optional<std::int64_t> scalar_of(const Json& json, const FieldInfo& type) const {
    const bool exact = type.type == ValueType::boolean  ? json.is_boolean()
                       : type.type == ValueType::number ? json.is_number()
                                                        : json.is_string();
    if (!exact && types_ == Types::exact) return std::nullopt;
    const auto text = plain_text_of(json);
    return text ? scalar_of_plain_text(*text, type) : std::nullopt;
  }

  bool scalar(const Json& json, const FieldInfo& type) {
    const auto read = scalar_of(json, type);
    if (!read) return false;
    switch (type.type) {
      case ValueType::boolean:
        out_ += *read != 0 ? "true" : "false";
        break;
      case ValueType::number:
        out_ += number_text(*read);
        break;
      case ValueType::duration:
        quoted(duration_text(*read));
        break;
      case ValueType::region:
        quoted(region_text(*read));
        break;
      case ValueType::date:
        quoted(calendar::date_text(*read));
        break;
      case ValueType::time:
        quoted(calendar::time_text(*read));
        break;
      case ValueType::datetime:
        quoted(instant_text(*read));
        break;
      default:
        quoted(money_text(*read, type.currency));
    }
    return true;
  }

  std::string& out_;
  const PhoneReader& phone_;
  Types types_;
};

template <typename Json>
std::optional<std::string> written(const Json& json, const FieldInfo& field, const PhoneReader& phone,
                                   Types types = Types::exact) {
  std::string out;
  if (!Writer<Json>(out, phone, types).value(json, field) || out.size() > limits::kListBytesMax) return std::nullopt;
  return out;
}

}  // namespace

bool fits_text(std::string_view text, const FieldInfo& field) {
  if (text.size() > limits::kTextValueBytesMax) return false;
  switch (field.type) {
    case ValueType::phone:
      return is_phone(text);
    case ValueType::email:
      return is_email(text);
    case ValueType::url:
      return is_url(text);
    case ValueType::zone:
      return calendar::Zone::find(text) != nullptr;
    default:
      break;
  }
  const auto characters = count_characters(text);
  if (characters < field.chars_min || (field.chars_max != 0 && characters > field.chars_max)) return false;
  return field.choices.empty() || std::ranges::find(field.choices, text) != field.choices.end();
}

std::string decimal_text(double number) {
  std::string text = fmt::format("{:.6f}", number);
  if (std::strtod(text.c_str(), nullptr) != number) return fmt::format("{}", number);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

std::optional<std::string> plain_text(const nlohmann::json& json) {
  return plain_text_of(json);
}

std::optional<std::int64_t> scalar_of_plain_text(std::string_view text, const FieldInfo& field) {
  if (field.type != ValueType::boolean) return scalar_of_text(text, field.type, field.currency);
  if (text != "true" && text != "false") return std::nullopt;
  return text == "true" ? 1 : 0;
}

std::optional<std::string> canonical_json(std::string_view json, const FieldInfo& field, const PhoneReader& phone) {
  try {
    const auto parsed = nlohmann::json::parse(json, nullptr, false);
    return parsed.is_discarded() ? std::nullopt : written(parsed, field, phone);
  } catch (const std::exception&) {
    return std::nullopt;  // memory, as far as is known
  }
}

std::optional<std::string> canonical_json(const nlohmann::json& json, const FieldInfo& field, Types types) {
  return written(json, field, {}, types);
}

std::optional<std::string> canonical_json(const nlohmann::ordered_json& json, const FieldInfo& field) {
  return written(json, field, {});
}

}  // namespace flow::program
