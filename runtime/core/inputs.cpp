#include "runtime/core/inputs.h"

#include <algorithm>
#include <array>
#include <deque>
#include <exception>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <utility>

#include "base/instant.h"
#include "base/limits.h"
#include "calendar/civil.h"
#include "calendar/zone.h"
#include "numbers/numbers.h"
#include "runtime/core/flat_json.h"
#include "runtime/program/addresses.h"
#include "runtime/program/escape.h"
#include "runtime/program/money.h"
#include "runtime/program/text.h"
#include "runtime/program/typed_json.h"

namespace flow::core {
namespace {

using program::FieldInfo;
using program::FieldRole;
using program::FlowInfo;
using program::ValueType;

constexpr std::size_t kShownNameCharsMax = 40;
constexpr std::size_t kInputDepthMax = 16;  // members that no type has are left out, whatever they are

enum class Form : std::uint8_t { text, number, boolean, null, composite, other };

// A value as it was given: numbers and booleans by their spelling, objects and lists as JSON.
struct Given {
  std::string_view name;
  std::string_view text;
  Form form{};
};

std::string shown(std::string_view name) {
  std::string out(program::left_characters(name, kShownNameCharsMax));
  for (char& c : out)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  return out;
}

Status wrong(const FieldInfo& field, std::string_view what) {
  return fail(ErrorCode::invalid_argument, "input `{}` {}", field.name, what);
}

std::string length_text(const FieldInfo& field) {
  if (field.chars_max == 0) return fmt::format("needs at least {} characters", field.chars_min);
  if (field.chars_min == field.chars_max) return fmt::format("needs exactly {} characters", field.chars_min);
  if (field.chars_min == 0) return fmt::format("takes at most {} characters", field.chars_max);
  return fmt::format("needs {} to {} characters", field.chars_min, field.chars_max);
}

Status check_text(const FieldInfo& field, std::string_view text) {
  if (text.size() > limits::kTextValueBytesMax)
    return wrong(field, fmt::format("takes at most {} bytes", limits::kTextValueBytesMax));
  if (!program::is_utf8(text)) return wrong(field, "is not UTF-8");
  if (text.find('\0') != std::string_view::npos) return wrong(field, "holds a NUL character");
  const std::uint64_t characters = program::count_characters(text);
  if (characters < field.chars_min || (field.chars_max != 0 && characters > field.chars_max))
    return wrong(field, length_text(field));
  if (!field.choices.empty() && std::find(field.choices.begin(), field.choices.end(), text) == field.choices.end())
    return wrong(field, fmt::format("is not one of its choices: `{}`", fmt::join(field.choices, "`, `")));
  return {};
}

// BCP 47 in outline: subtags of letters and digits, the first of letters, parted by `-` or `_`.
bool is_language(std::string_view text) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto inner = [&](char c) { return letter(c) || (c >= '0' && c <= '9'); };
  if (text.size() > 35) return false;
  for (bool first = true;; first = false) {
    const std::size_t end = std::min(text.find_first_of("-_"), text.size());
    const std::string_view subtag = text.substr(0, end);
    if (subtag.size() > 8 || subtag.size() < (first ? 2U : 1U)) return false;
    if (!(first ? std::all_of(subtag.begin(), subtag.end(), letter) : std::all_of(subtag.begin(), subtag.end(), inner)))
      return false;
    if (end == text.size()) return true;
    text.remove_prefix(end + 1);
  }
}

Status take_scalar(const FieldInfo& field, Result<std::int64_t> read, std::int64_t& out, std::string_view example) {
  if (!read) return wrong(field, example);
  out = *read;
  return {};
}

Status take_optional(const FieldInfo& field, std::optional<std::int64_t> read, std::int64_t& out,
                     std::string_view example) {
  if (!read) return wrong(field, example);
  out = *read;
  return {};
}

Status read_composite(const FieldInfo& field, const Given& given, std::string_view default_region, InputValue& out) {
  const auto phone = [&](std::string_view text) {
    auto number = numbers::normalise(text, default_region);
    return number ? std::optional(std::move(*number)) : std::nullopt;
  };
  if (given.form == Form::composite) {
    if (auto json = program::canonical_json(given.text, field, phone)) {
      out.text = std::move(*json);
      return {};
    }
  }
  if (field.type == ValueType::list)
    return wrong(field, fmt::format("must be a list of {} items at most, each of the type that the flow declares",
                                    field.items_max));
  std::vector<std::string> names;
  for (const FieldInfo& member : field.parts) names.push_back("`" + member.name + "`");
  return wrong(
      field, fmt::format("must be an object with {}, each of the type that the flow declares", fmt::join(names, ", ")));
}

Status read_value(const FieldInfo& field, const Given& given, std::string_view default_region, InputValue& out) {
  const bool spelled = given.form == Form::text;
  switch (field.type) {
    case ValueType::text:
      if (!spelled) return wrong(field, "must be a text");
      out.text = given.text;
      return check_text(field, given.text);
    case ValueType::language:
      if (!spelled || !is_language(given.text)) return wrong(field, "must be a language such as \"en\" or \"zh-Hant\"");
      out.text = given.text;
      return {};
    case ValueType::phone: {
      auto number = spelled ? numbers::normalise(given.text, default_region)
                            : Result<std::string>(fail(ErrorCode::invalid_argument, "not a text"));
      if (!number) return wrong(field, "must be a phone number such as \"+639171234567\": " + number.error().message);
      out.text = std::move(*number);
      return {};
    }
    case ValueType::number:
      return take_scalar(field,
                         spelled || given.form == Form::number
                             ? program::parse_number(given.text)
                             : Result<std::int64_t>(fail(ErrorCode::invalid_argument, "not a number")),
                         out.scalar, "must be a number of at most 12 digits and 6 decimals, without an exponent");
    case ValueType::boolean:
      if (given.form != Form::boolean) return wrong(field, "must be true or false");
      out.scalar = given.text == "true" ? 1 : 0;
      return {};
    case ValueType::duration: {
      auto duration = spelled ? program::parse_duration(given.text)
                              : Result<std::int64_t>(fail(ErrorCode::invalid_argument, "not a text"));
      if (duration && *duration < 0) duration = fail(ErrorCode::invalid_argument, "negative");
      return take_scalar(field, std::move(duration), out.scalar, "must be a duration such as \"90s\" or \"1h30m\"");
    }
    case ValueType::date:
      return take_optional(field, spelled ? calendar::parse_date(given.text) : std::nullopt, out.scalar,
                           "must be a date such as \"2026-12-25\"");
    case ValueType::time:
      return take_optional(field, spelled ? calendar::parse_time(given.text) : std::nullopt, out.scalar,
                           "must be a clock time such as \"09:00\"");
    case ValueType::datetime: {
      auto instant =
          spelled ? parse_instant(given.text) : Result<std::int64_t>(fail(ErrorCode::invalid_argument, "not a text"));
      if (instant && !calendar::is_instant(*instant)) instant = fail(ErrorCode::invalid_argument, "out of range");
      return take_scalar(field, std::move(instant), out.scalar,
                         "must be a point in time such as \"2026-12-25T09:00:00+08:00\"");
    }
    case ValueType::money:
      return take_scalar(field,
                         spelled ? program::parse_money(given.text, field.currency)
                                 : Result<std::int64_t>(fail(ErrorCode::invalid_argument, "not a text")),
                         out.scalar,
                         fmt::format("must be an amount such as \"12.50{}\"", program::currency_text(field.currency)));
    case ValueType::email:
      if (!spelled || !program::is_email(given.text))
        return wrong(field, "must be an email address such as \"name@host.example\"");
      out.text = given.text;
      return {};
    case ValueType::url:
      if (!spelled || !program::is_url(given.text))
        return wrong(field, "must be a URL such as \"https://host.example/path\"");
      out.text = given.text;
      return {};
    case ValueType::zone:
      if (!spelled || calendar::Zone::find(given.text) == nullptr)
        return wrong(field, "must be a time zone such as \"Asia/Manila\"");
      out.text = given.text;
      return {};
    case ValueType::json:
      return wrong(field, "cannot be given from outside");
    case ValueType::list:
    case ValueType::record:
      return read_composite(field, given, default_region, out);
    case ValueType::region:
      return take_scalar(field,
                         spelled ? program::parse_region(given.text)
                                 : Result<std::int64_t>(fail(ErrorCode::invalid_argument, "not a text")),
                         out.scalar, "must be a region of two capital letters such as \"PH\"");
  }
  return {};
}

std::string takes(const FlowInfo& info) {
  std::vector<std::string> names;
  for (const FieldInfo& field : info.fields)
    if (field.role == FieldRole::input) names.push_back("`" + field.name + "`");
  if (names.empty()) return fmt::format("flow `{}` takes none", info.name);
  return fmt::format("flow `{}` takes {}", info.name, fmt::join(names, ", "));
}

Result<std::vector<InputValue>> read_all(std::span<const Given> all, const FlowInfo& info,
                                         std::string_view default_region) {
  std::vector<const Given*> by_field(info.fields.size(), nullptr);
  for (const Given& given : all) {
    std::size_t id = 0;
    while (id < info.fields.size() && (info.fields[id].role != FieldRole::input || info.fields[id].name != given.name))
      ++id;
    if (id == info.fields.size())
      return fail(ErrorCode::invalid_argument, "there is no input `{}`: {}", shown(given.name), takes(info));
    if (by_field[id] != nullptr)
      return fail(ErrorCode::invalid_argument, "input `{}` is given twice", info.fields[id].name);
    by_field[id] = &given;
  }
  std::vector<InputValue> values;
  for (std::size_t id = 0; id < info.fields.size(); ++id) {
    const FieldInfo& field = info.fields[id];
    if (field.role != FieldRole::input) continue;
    if (by_field[id] == nullptr || by_field[id]->form == Form::null) {
      if (!field.optional) return fail(ErrorCode::invalid_argument, "input `{}` is missing", field.name);
      continue;
    }
    if (by_field[id]->form == Form::composite && !program::is_composite(field.type))
      return fail(ErrorCode::invalid_argument, "input `{}` takes a single value, no object and no list", field.name);
    InputValue& value = values.emplace_back();
    value.field = id;
    if (Status status = read_value(field, *by_field[id], default_region, value); !status)
      return std::unexpected(std::move(status.error()));
  }
  return values;
}

// Takes a JSON object apart. Values keep their spelling, so numbers stay exact; those with parts become JSON again, and
// what is nested deeper than any input stops the parser at once.
class InputObject final : public nlohmann::json_sax<nlohmann::json> {
 public:
  bool null() override { return add("null", Form::null); }
  bool boolean(bool value) override { return add(value ? "true" : "false", Form::boolean); }
  bool number_integer(number_integer_t value) override { return add(std::to_string(value), Form::number); }
  bool number_unsigned(number_unsigned_t value) override { return add(std::to_string(value), Form::number); }
  bool number_float(number_float_t, const string_t& spelling) override { return add(spelling, Form::number); }
  bool string(string_t& value) override { return add(depth_ > 1 ? quoted(value) : std::move(value), Form::text); }
  bool binary(binary_t&) override { return false; }
  bool key(string_t& name) override {
    if (depth_ > 1) {
      part(quoted(name) + ":");
      first_ = true;
    } else {
      name_ = std::move(name);
    }
    return true;
  }
  bool start_object(std::size_t) override { return depth_ == 0 ? ++depth_ > 0 : open("{"); }
  bool end_object() override { return depth_ == 1 || close("}"); }
  bool start_array(std::size_t) override { return depth_ > 0 ? open("[") : refuse("the inputs must be a JSON object"); }
  bool end_array() override { return close("]"); }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
    return refuse(fmt::format("the inputs are not JSON: byte {}", position));
  }

  std::vector<Given> given;
  std::string problem;

 private:
  bool refuse(std::string message) {
    if (problem.empty()) problem = std::move(message);
    return false;
  }
  static std::string quoted(std::string_view text) {
    std::string out = "\"";
    program::append_json_escaped(out, text);
    return out + '"';
  }
  void part(std::string_view json) {
    if (!first_) nested_ += ',';
    nested_ += json;
    first_ = false;
  }
  bool open(std::string_view bracket) {
    if (++depth_ > kInputDepthMax)
      return refuse(fmt::format("input `{}` is nested deeper than any list or record", shown(name_)));
    if (depth_ == 2) first_ = true;
    part(bracket);
    first_ = true;
    return true;
  }
  bool close(std::string_view bracket) {
    first_ = false;
    nested_ += bracket;
    return --depth_ > 1 || add(std::exchange(nested_, {}), Form::composite);
  }
  bool add(std::string text, Form form) {
    if (depth_ == 0) return refuse("the inputs must be a JSON object");
    if (depth_ > 1) {
      part(text);
      return true;
    }
    if (given.size() == limits::kVariablesMax) return refuse("there are too many inputs");
    const std::string& name = texts_.emplace_back(std::move(name_));
    given.push_back({name, texts_.emplace_back(std::move(text)), form});
    return true;
  }

  std::string name_;
  std::deque<std::string> texts_;  // what `given` looks at
  std::string nested_;
  std::size_t depth_ = 0;
  bool first_ = true;  // no comma before the next part
};

Form form_of(FlatMember::Kind kind) {
  switch (kind) {
    case FlatMember::Kind::text:
      return Form::text;
    case FlatMember::Kind::boolean:
      return Form::boolean;
    case FlatMember::Kind::null:
      return Form::null;
    case FlatMember::Kind::object:
      break;
  }
  return Form::other;
}

// Inputs as most programs send them; nothing: a parser is needed.
std::optional<Result<std::vector<InputValue>>> read_flat(std::string_view json, const FlowInfo& info,
                                                         std::string_view default_region) {
  const std::optional<FlatJson> flat = FlatJson::read(json);
  if (!flat) return std::nullopt;
  std::array<Given, FlatJson::kMembersMax> given;
  std::size_t count = 0;
  for (const FlatMember& member : flat->members()) {
    if (member.kind == FlatMember::Kind::object) return std::nullopt;
    given[count++] = {member.name, member.value, form_of(member.kind)};
  }
  return read_all(std::span(given).first(count), info, default_region);
}

}  // namespace

Result<std::vector<InputValue>> read_inputs(std::string_view json, const FlowInfo& info,
                                            std::string_view default_region) {
  if (json.size() > limits::kInputsBytesMax)
    return fail(ErrorCode::invalid_argument, "the inputs are more than {} bytes", limits::kInputsBytesMax);
  if (auto flat = read_flat(json, info, default_region)) return *std::move(flat);
  InputObject object;
  try {
    if (!nlohmann::json::sax_parse(json, &object))
      return fail(ErrorCode::invalid_argument, "{}",
                  object.problem.empty() ? "the inputs are not JSON" : object.problem);
  } catch (const std::exception&) {
    return fail(ErrorCode::invalid_argument, "the inputs are not JSON");
  }
  return read_all(object.given, info, default_region);
}

Result<std::vector<InputValue>> read_inputs(const std::vector<std::pair<std::string, std::string>>& texts,
                                            const FlowInfo& info, std::string_view default_region) {
  std::vector<Given> given;
  for (const auto& [name, text] : texts) {
    const auto field =
        std::find_if(info.fields.begin(), info.fields.end(), [&](auto& one) { return one.name == name; });
    const bool boolean = field != info.fields.end() && field->type == ValueType::boolean;
    const bool composite = field != info.fields.end() && program::is_composite(field->type);
    const bool truth = boolean && (text == "true" || text == "false");
    given.push_back({name, text, composite ? Form::composite : truth ? Form::boolean : Form::text});
  }
  return read_all(given, info, default_region);
}

void put_inputs(const std::vector<InputValue>& values, program::Frame& frame) {
  for (const InputValue& value : values) {
    if (program::is_text(frame.info().fields[value.field].type))
      frame.set_text(value.field, value.text);
    else
      frame.set_scalar(value.field, value.scalar);
  }
}

}  // namespace flow::core
