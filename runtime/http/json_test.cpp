#include "runtime/http/json.h"

#include <gtest/gtest.h>

namespace flow::http {
namespace {

TEST(Json, BoundsNestingAndRefusesRubbish) {
  const auto nested = [](int depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(parse_json(nested(kJsonDepthMax)));
  EXPECT_FALSE(parse_json(nested(kJsonDepthMax + 1)));
  EXPECT_FALSE(parse_json(std::string(1'000'000, '[')));
  EXPECT_TRUE(parse_json("\"" + std::string(100, '[') + "\\\"[\""));  // brackets in a text do not count
  for (const char* bad : {"", "{", "{\"a\":}", "nul", "\"\xff\"", "1 2"}) EXPECT_FALSE(parse_json(bad)) << bad;
}

TEST(Json, ReadsWhatIsThereAndNothingElse) {
  const Json value =
      *parse_json(R"({"a":"text","b":[1],"c":{"d":"e"},"n":"12","m":7,"big":18446744073709551615,"f":1.5})");
  EXPECT_EQ(text(value, "a"), "text");
  EXPECT_EQ(text(value, "b"), "");
  EXPECT_EQ(text(member(value, "c"), "d"), "e");
  EXPECT_EQ(text(member(value, "x"), "d"), "");
  EXPECT_EQ(list(value, "b").size(), 1U);
  EXPECT_TRUE(list(value, "a").empty());
  EXPECT_EQ(whole_number(member(value, "n")), 12);
  EXPECT_EQ(whole_number(member(value, "m")), 7);
  EXPECT_FALSE(whole_number(member(value, "a")));
  EXPECT_FALSE(whole_number(member(value, "big")));
  EXPECT_FALSE(whole_number(member(value, "f")));
  EXPECT_FALSE(whole_number(member(value, "x")));
}

TEST(Json, RawTextKeepsEveryDigit) {
  const std::string_view object =
      R"( {"a" : 123456789012.123456 , "b":{"a":1,"a":2},"c":"}\\\",", "\u0064": [ 1 ,{"x":"]"}, [] ] ,"a": 7 } )";
  ASSERT_TRUE(parse_json(object));
  EXPECT_EQ(raw_member(object, "a"), "7");  // the last counts, as for the parser
  EXPECT_EQ(raw_member(object, "b"), R"({"a":1,"a":2})");
  EXPECT_EQ(raw_member(object, "c"), R"("}\\\",")");
  EXPECT_FALSE(raw_member(object, "x"));
  EXPECT_FALSE(raw_member("[]", "x"));
  EXPECT_FALSE(raw_member("{}", "x"));
  const auto elements = raw_elements(raw_member(object, "d").value());
  EXPECT_EQ(elements, (std::vector<std::string_view>{"1", R"({"x":"]"})", "[]"}));
  EXPECT_TRUE(raw_elements("[ ]").empty());
  EXPECT_TRUE(raw_elements("{}").empty());
  EXPECT_EQ(raw_member(R"({"n":123456789012.123456})", "n"), "123456789012.123456");
}

TEST(Json, DumpsAnyBytes) {
  EXPECT_EQ(dump(Json("\xff")), "\"\xef\xbf\xbd\"");
}

}  // namespace
}  // namespace flow::http
