#include "runtime/program/composite.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "runtime/program/money.h"
#include "runtime/program/typed_json.h"

namespace flow::program {
namespace {

FieldInfo plain(std::string name, ValueType type) {
  FieldInfo field;
  field.name = std::move(name);
  field.type = type;
  return field;
}

FieldInfo record_of(std::vector<FieldInfo> members) {
  FieldInfo field = plain("r", ValueType::record);
  field.parts = std::move(members);
  return field;
}

FieldInfo list_of(FieldInfo item, std::uint32_t most) {
  FieldInfo field = plain("xs", ValueType::list);
  field.items_max = most;
  field.parts.push_back(std::move(item));
  return field;
}

TEST(Composite, ItemsAndMembersAreFound) {
  const std::string_view list = R"([{"day":"mon, \"1\"]","note":null},{"day":"tue","note":"}{"}])";
  EXPECT_EQ(count_items(list), 2U);
  EXPECT_EQ(find_item(list, 2), std::nullopt);
  const auto first = find_item(list, 0), second = find_item(list, 1);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(text_of_json(find_member(*first, "day").value()), "mon, \"1\"]");
  EXPECT_EQ(find_member(*first, "note"), std::nullopt);
  EXPECT_EQ(text_of_json(find_member(*second, "note").value()), "}{");
  EXPECT_EQ(find_member(*second, "da"), std::nullopt);
  EXPECT_EQ(count_items("[]"), 0U);
  EXPECT_EQ(text_of_json(R"("a\\\n\t\u001F")"), "a\\\n\t\x1F");
}

TEST(Composite, AnyTextIsRead) {
  for (const std::string_view text : {"", "[", "]", "{", "[[", "[,]", "[\"", "[\"\\", "{\"a", "{\"a\"",
                                      "{\"a\":", "{\"a\":}", "[1,", "[1,,2]", "\"\\u00", "null"}) {
    count_items(text);
    for (std::uint64_t i = 0; i < 3; ++i) find_item(text, i);
    find_member(text, "a");
    text_of_json(text);
    scalar_of_json(text, scalar_code(ValueType::number, 0));
  }
  EXPECT_EQ(find_item("[1,,2]", 1), std::nullopt);
}

TEST(Composite, ScalarsGoThereAndBack) {
  FieldInfo amount = plain("a", ValueType::money);
  amount.currency = currency_of("USD");
  const FieldInfo type = record_of({plain("n", ValueType::number), plain("b", ValueType::boolean),
                                    plain("d", ValueType::date), plain("t", ValueType::datetime), amount,
                                    plain("l", ValueType::duration), plain("r", ValueType::region)});
  const auto json = canonical_json(
      R"({"r":"PH","l":"90s","a":"12.5USD","t":"2026-12-25T09:00:00+08:00","d":"2026-12-25","b":true,"n":2.50,"x":1})",
      type);
  EXPECT_EQ(
      json,
      R"({"n":2.5,"b":true,"d":"2026-12-25","t":"2026-12-25T01:00:00.000Z","a":"12.50 USD","l":"1m30s","r":"PH"})");
  for (const FieldInfo& member : type.parts) {
    const auto found = find_member(*json, member.name);
    ASSERT_TRUE(found);
    EXPECT_TRUE(scalar_of_json(*found, scalar_code(member.type, member.currency))) << member.name;
  }
  EXPECT_EQ(scalar_of_json(*find_member(*json, "n"), scalar_code(ValueType::number, 0)), 2'500'000);
  EXPECT_EQ(scalar_of_json("\"x\"", scalar_code(ValueType::date, 0)), std::nullopt);
}

TEST(TypedJson, OnlyWhatFitsIsTaken) {
  FieldInfo note = plain("note", ValueType::text);
  note.optional = true;
  FieldInfo day = plain("day", ValueType::text);
  day.chars_max = 3;
  const FieldInfo type = list_of(record_of({day, note}), 2);
  EXPECT_EQ(canonical_json(R"([ {"note": "n", "day": "mon"} , {"day":"tue"} ])", type),
            R"([{"day":"mon","note":"n"},{"day":"tue","note":null}])");
  EXPECT_EQ(canonical_json("[]", type), "[]");
  for (const char* wrong : {"", "{}", "[", "[null]", "[1]", "[{}]", R"([{"day":1}])", R"([{"day":"long"}])",
                            R"([{"day":"a","note":7}])", R"([{"day":"a"},{"day":"a"},{"day":"a"}])", "[\"\xff\"]"})
    EXPECT_EQ(canonical_json(wrong, type), std::nullopt) << wrong;
}

TEST(TypedJson, PhoneNumbersAreNormalisedByWhoeverCan) {
  const FieldInfo type = list_of(plain("", ValueType::phone), 2);
  EXPECT_EQ(canonical_json(R"(["+639171234567"])", type), R"(["+639171234567"])");
  EXPECT_EQ(canonical_json(R"(["0917 123 4567"])", type), std::nullopt);
  const auto reader = [](std::string_view text) {
    return text == "x" ? std::optional<std::string>("+639171234567") : std::nullopt;
  };
  EXPECT_EQ(canonical_json(R"(["x"])", type, reader), R"(["+639171234567"])");
  EXPECT_EQ(canonical_json(R"(["+639171234567"])", type, reader), std::nullopt);
}

TEST(TypedJson, NumbersAreExact) {
  const FieldInfo type = list_of(plain("", ValueType::number), 9);
  EXPECT_EQ(canonical_json("[0.000001, 1e3, 123456789.000001, -2.50]", type), "[0.000001,1000,123456789.000001,-2.5]");
  EXPECT_EQ(canonical_json("[0.0000001]", type), std::nullopt);
  EXPECT_EQ(canonical_json("[1e20]", type), std::nullopt);
}

TEST(TypedJson, LongListsAreRefused) {
  const FieldInfo type = list_of(plain("", ValueType::text), limits::kListItemsMax);
  const auto of = [](std::size_t bytes) { return "[\"" + std::string(bytes - 4, 'x') + "\"]"; };
  EXPECT_TRUE(canonical_json(of(limits::kListBytesMax), type));
  EXPECT_FALSE(canonical_json(of(limits::kListBytesMax + 1), type));
}

}  // namespace
}  // namespace flow::program
