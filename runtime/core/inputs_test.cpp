#include "runtime/core/inputs.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "numbers/numbers.h"

namespace flow::core {
namespace {

using program::FieldRole;
using program::ValueType;

program::FlowInfo some_flow() {
  program::FlowInfo info;
  info.name = "deliver_otp";
  const auto add = [&](const char* name, ValueType type, bool optional) -> program::FieldInfo& {
    program::FieldInfo& field = info.fields.emplace_back();
    field.name = name;
    field.type = type;
    field.optional = optional;
    return field;
  };
  add("phone", ValueType::phone, false);
  program::FieldInfo& code = add("code", ValueType::text, false);
  code.secret = true;
  code.chars_min = 4;
  code.chars_max = 8;
  add("size", ValueType::text, true).choices = {"small", "large"};
  add("amount", ValueType::number, true);
  add("vip", ValueType::boolean, true);
  add("grace", ValueType::duration, true);
  add("home", ValueType::region, true);
  add("tongue", ValueType::language, true);
  add("made", ValueType::text, true).role = FieldRole::variable;
  return info;
}

Result<std::vector<InputValue>> read(std::string_view json) {
  return read_inputs(json, some_flow(), "");
}

constexpr std::string_view kMinimal = R"("phone": "+63 917 123 4567", "code": "4821")";

std::string with(std::string_view more) {
  return "{" + std::string(kMinimal) + ", " + std::string(more) + "}";
}

TEST(Inputs, ReadsEachType) {
  const auto values = read(
      with(R"("size": "large", "amount": -12.5, "vip": true, "grace": "1h30m", "home": "PH", "tongue": "zh-Hant")"));
  ASSERT_TRUE(values) << values.error().message;
  const std::vector<InputValue> expected = {{0, 0, "+639171234567"}, {1, 0, "4821"},   {2, 0, "large"},
                                            {3, -12'500'000, ""},    {4, 1, ""},       {5, 5'400'000, ""},
                                            {6, 'P' << 8 | 'H', ""}, {7, 0, "zh-Hant"}};
  EXPECT_EQ(*values, expected);
}

program::FlowInfo flow_of_lists() {
  program::FlowInfo info;
  info.name = "roster";
  program::FieldInfo day{.name = "day", .type = ValueType::text, .chars_max = 9, .choices = {}};
  program::FieldInfo who{.name = "who", .type = ValueType::phone, .optional = true, .choices = {}};
  program::FieldInfo record{.name = "", .type = ValueType::record, .choices = {}};
  record.parts = {day, who};
  program::FieldInfo list{.name = "shifts", .type = ValueType::list, .choices = {}};
  list.items_max = 2;
  list.parts = {record};
  record.name = "one";
  record.optional = true;
  info.fields = {list, record};
  return info;
}

TEST(Inputs, ListsAndRecordsAreReadAndBroughtIntoTheirForm) {
  const program::FlowInfo info = flow_of_lists();
  const auto values = read_inputs(
      R"({"one": {"who": null, "day": "fri"}, "shifts": [{"who": "+63 917 123 4567", "day": "a\"b", "x": [1]}, {"day": ""}]})",
      info, "");
  ASSERT_TRUE(values) << values.error().message;
  const std::vector<InputValue> expected = {{0, 0, R"([{"day":"a\"b","who":"+639171234567"},{"day":"","who":null}])"},
                                            {1, 0, R"({"day":"fri","who":null})"}};
  EXPECT_EQ(*values, expected);
  const auto written = read_inputs({{"shifts", R"([{"day":"mon"}])"}}, info, "");
  ASSERT_TRUE(written) << written.error().message;
  EXPECT_EQ(written->front().text, R"([{"day":"mon","who":null}])");
}

TEST(Inputs, ListsAndRecordsOfOtherFormsAreRefused) {
  const program::FlowInfo info = flow_of_lists();
  const std::string list = "input `shifts` must be a list of 2 items at most";
  const std::pair<std::string, std::string> cases[] = {
      {R"({"shifts": "[]"})", list},
      {R"({"shifts": 7})", list},
      {R"({"shifts": {}})", list},
      {R"({"shifts": [{}]})", list},
      {R"({"shifts": [{"day": "much too long"}]})", list},
      {R"({"shifts": [{"day": "a", "who": "nobody"}]})", list},
      {R"({"shifts": [{"day": "a"}, {"day": "a"}, {"day": "a"}]})", list},
      {R"({"shifts": [], "one": []})", "input `one` must be an object with `day`, `who`"},
      {R"({"shifts": [[["a"]]]})", list},
      {R"({"shifts": )" + std::string(16, '[') + std::string(16, ']') + "}",
       "input `shifts` is nested deeper than any list or record"},
      {R"({"shifts": [1)", "the inputs are not JSON"}};
  for (const auto& [json, message] : cases) {
    const auto read = read_inputs(json, info, "");
    ASSERT_FALSE(read) << json;
    EXPECT_TRUE(read.error().message.starts_with(message)) << json << ": " << read.error().message;
  }
}

TEST(Inputs, TextsOfACommandLineMeanTheSame) {
  const auto values = read_inputs(
      {{"code", "4821"}, {"phone", "0917 123 4567"}, {"vip", "false"}, {"amount", "0.000001"}}, some_flow(), "PH");
  ASSERT_TRUE(values) << values.error().message;
  const std::vector<InputValue> expected = {{0, 0, "+639171234567"}, {1, 0, "4821"}, {3, 1, ""}, {4, 0, ""}};
  EXPECT_EQ(*values, expected);
}

TEST(Inputs, NumbersAreExact) {
  const auto values = read(with(R"("amount": 999999999999.999999)"));
  ASSERT_TRUE(values);
  EXPECT_EQ(values->back().scalar, limits::kNumberUnitsMax);
  EXPECT_EQ(read(with(R"("amount": "0.1")"))->back().scalar, 100'000);
}

TEST(Inputs, NullIsNoValue) {
  EXPECT_EQ(read(with(R"("size": null)"))->size(), 2U);
  EXPECT_EQ(read(R"({"phone": "+639171234567", "code": null})").error().message, "input `code` is missing");
}

TEST(Inputs, ErrorsNameTheInputAndNoValue) {
  const std::pair<std::string, std::string> cases[] = {
      {"", "the inputs are not JSON"},
      {"[]", "the inputs must be a JSON object"},
      {"7", "the inputs must be a JSON object"},
      {"{\"code\": \"4821\"", "the inputs are not JSON: byte 16"},
      {"{} x", "the inputs are not JSON: byte 4"},
      {"{}", "input `phone` is missing"},
      {with(R"("foo": 1)"), "there is no input `foo`: flow `deliver_otp` takes `phone`, `code`"},
      {with(R"("made": "x")"), "there is no input `made`"},
      {with(R"("code": "9999")"), "input `code` is given twice"},
      {with(R"("size": {"a": 1})"), "input `size` takes a single value, no object and no list"},
      {with(R"("size": ["a"])"), "input `size` takes a single value"},
      {with(R"("size": "huge")"), "input `size` is not one of its choices: `small`, `large`"},
      {with(R"("size": 3)"), "input `size` must be a text"},
      {with(R"("size": "a\u0000b")"), "input `size` holds a NUL character"},
      {with(R"("amount": 1e3)"), "input `amount` must be a number"},
      {with(R"("amount": 1234567890123)"), "input `amount` must be a number"},
      {with(R"("amount": true)"), "input `amount` must be a number"},
      {with(R"("vip": "true")"), "input `vip` must be true or false"},
      {with(R"("grace": "soon")"), "input `grace` must be a duration"},
      {with(R"("grace": "-5s")"), "input `grace` must be a duration"},
      {with(R"("home": "Philippines")"), "input `home` must be a region"},
      {with(R"("tongue": "english please")"), "input `tongue` must be a language"},
      {with("\"tongue\": \"\xFF\""), "the inputs are not JSON"},
      {R"({"phone": "+639171234567", "code": "482"})", "input `code` needs 4 to 8 characters"},
      {R"({"phone": "+639171234567", "code": "482913482913"})", "input `code` needs 4 to 8 characters"},
      {R"({"phone": "not a number 4711", "code": "4821"})", "input `phone` must be a phone number"},
      {R"({"phone": 639171234567, "code": "4821"})", "input `phone` must be a phone number"},
  };
  for (const auto& [json, message] : cases) {
    const auto values = read(json);
    ASSERT_FALSE(values) << json;
    EXPECT_NE(values.error().message.find(message), std::string::npos) << json << "\n" << values.error().message;
    EXPECT_EQ(values.error().code, ErrorCode::invalid_argument);
    for (const char* value : {"482", "9999", "4711", "huge", "Philippines"})
      EXPECT_EQ(values.error().message.find(value), std::string::npos) << values.error().message;
  }
}

TEST(Inputs, StopsAtTheLimits) {
  program::FlowInfo info = some_flow();
  info.fields[1].chars_max = 0;
  const auto of_size = [](std::size_t size) {
    return R"({"phone": "+639171234567", "code": ")" + std::string(size, 'x') + "\"}";
  };
  EXPECT_TRUE(read_inputs(of_size(limits::kTextValueBytesMax), info, ""));
  EXPECT_FALSE(read_inputs(of_size(limits::kTextValueBytesMax + 1), info, ""));
  EXPECT_FALSE(read_inputs(std::string(limits::kInputsBytesMax + 1, ' '), info, ""));
  EXPECT_FALSE(read(std::string(100'000, '[')));
  std::string many = "{";
  for (std::size_t i = 0; i <= limits::kVariablesMax; ++i) many += fmt::format("\"a{}\": 1, ", i);
  EXPECT_EQ(read(many + "\"z\": 1}").error().message, "there are too many inputs");
}

TEST(Inputs, PutsThemIntoTheFrame) {
  const program::FlowInfo info = some_flow();
  program::Frame frame(numbers::region_of);
  frame.reset(info);
  put_inputs(*read(with(R"("amount": 2)")), frame);
  EXPECT_EQ(std::string(frame.raw().fields[0].text.data, frame.raw().fields[0].text.size), "+639171234567");
  EXPECT_EQ(frame.raw().fields[3].scalar, 2'000'000);
  EXPECT_EQ(frame.raw().fields[2].present, 0U);
}

}  // namespace
}  // namespace flow::core
