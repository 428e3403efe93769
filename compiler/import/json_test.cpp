#include "compiler/import/json.h"

#include <gtest/gtest.h>

#include "base/limits.h"

namespace flow::importing {
namespace {

std::string error_of(std::string_view text) {
  const auto read = read_json(text);
  return read ? "read: " + shown_value(*read) : read.error().message;
}

TEST(ReadJson, TakesWhatIsJson) {
  EXPECT_EQ(read_json("\xEF\xBB\xBF{\"a\": [1, -2.5, null, true, \"x\"], \"b\": {}}").value(),
            Json({{"a", {1, -2.5, nullptr, true, "x"}}, {"b", Json::object()}}));
  EXPECT_EQ(read_json("[[], [[1]], {\"a\": {\"b\": [2]}}]").value().dump(), R"([[],[[1]],{"a":{"b":[2]}}])");
  EXPECT_EQ(read_json("7").value(), 7);
}

TEST(ReadJson, NamesThePlaceOfWhatIsNone) {
  EXPECT_TRUE(error_of("").starts_with("line 1, column 1 is no JSON")) << error_of("");
  EXPECT_TRUE(error_of("{\n  \"a\": 1,\n  b: 2\n}").starts_with("line 3, column 3 is no JSON"))
      << error_of("{\n  \"a\": 1,\n  b: 2\n}");
  EXPECT_NE(error_of("[1, 2").find("is no JSON"), std::string::npos);
  EXPECT_NE(error_of("{} {}").find("is no JSON"), std::string::npos);
  EXPECT_NE(error_of("\"\xFF\"").find("is no JSON"), std::string::npos);
  EXPECT_NE(error_of(std::string(10, '\0')).find("is no JSON"), std::string::npos);
}

TEST(ReadJson, SaysWhatPeopleWriteThatIsNoJson) {
  EXPECT_EQ(error_of("{\"a\": 1, // one\n\"b\": 2}"), "line 1, column 10 is a comment, and JSON has none: take it out");
  EXPECT_EQ(error_of("/* a */ {}"), "line 1, column 1 is a comment, and JSON has none: take it out");
  EXPECT_EQ(error_of("[1,\n 2,\n]"), "line 3, column 1 is behind a comma that nothing may follow: take it out");
  EXPECT_NE(error_of("[1 / 2]").find("is no JSON"), std::string::npos);
  EXPECT_NE(error_of("{\"a\" ]").find("is no JSON"), std::string::npos);
}

TEST(ReadJson, RefusesANameThatStandsTwice) {
  EXPECT_EQ(error_of(R"({"a": 1, "a": 2})"), "the outermost object has `a` twice");
  EXPECT_EQ(error_of(R"({"states": [{}, {"x": {"na~me": 1, "na~me": 2}}]})"), "`/states/1/x` has `na~me` twice");
}

TEST(ReadJson, BoundsDepthValuesAndSize) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(read_json(nested(limits::kImportDepthMax)));
  EXPECT_TRUE(error_of(nested(limits::kImportDepthMax + 1)).starts_with("it nests deeper than 200 levels"));
  EXPECT_TRUE(error_of(std::string(10'000'000, '[')).starts_with("it nests deeper than 200 levels"));
  std::string many = "[0";
  for (std::size_t i = 0; i < limits::kImportValuesMax; ++i) many += ",0";
  EXPECT_EQ(error_of(many + "]"), "it has more than 4000000 values");
  EXPECT_EQ(error_of(std::string(limits::kImportBytesMax + 1, ' ')),
            "it has 67108865 bytes, and 67108864 are read at most");
}

TEST(Json, HasPointersAndMembers) {
  EXPECT_EQ(at(at("/states", 3), "a/b~c"), "/states/3/a~1b~0c");
  const Json json = {{"a", "x"}, {"b", 7}};
  EXPECT_EQ(text_of(json, "a"), "x");
  EXPECT_EQ(text_of(json, "b", "none"), "none");
  EXPECT_EQ(text_of(Json::array(), "b", "none"), "none");
  EXPECT_EQ(member_of(json, "c"), nullptr);
  EXPECT_EQ(*member_of(json, "b"), 7);
}

TEST(Json, IsShownOnOneShortLine) {
  EXPECT_EQ(shown("a\nb\x7F"), "a b ");
  EXPECT_EQ(shown("a\u009B1m\u202Eb"), "a\uFFFD1m\uFFFDb");
  EXPECT_EQ(shown(std::string(100, 'x')), std::string(80, 'x') + "…");
  EXPECT_EQ(shown_value(Json::array({1, 2})), "a list of 2 elements");
  EXPECT_EQ(shown_value(Json(2.5)), "2.5");
}

TEST(Json, ADiscardedTreeIsGone) {
  auto json = read_json(R"({"nodes": [{"id": "a", "ports": [[], {}, 1, "x"]}, []], "edges": {}})");
  ASSERT_TRUE(json);
  {
    const Discard at_the_end(*json);
    EXPECT_EQ((*json)["nodes"].size(), 2U);
  }
  EXPECT_TRUE(json->is_null());
  Json text = "a value without others";
  discard(text);
  EXPECT_TRUE(text.is_null());
}

}  // namespace
}  // namespace flow::importing
