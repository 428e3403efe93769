#include "runtime/core/flat_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>
#include <string>

namespace flow::core {
namespace {

using Json = nlohmann::json;
using Kind = FlatMember::Kind;

TEST(FlatJson, ReadsMembersInTheirOrder) {
  const auto read =
      FlatJson::read(" {\"inputs\" : { \"a\":\"x\", \"b\":true },\n \"c\":null,\"d\":false, \"e\":\"\"} ");
  ASSERT_TRUE(read);
  ASSERT_EQ(read->members().size(), 4U);
  EXPECT_EQ(read->members()[0].name, "inputs");
  EXPECT_EQ(read->members()[0].value, "{ \"a\":\"x\", \"b\":true }");
  EXPECT_EQ(read->members()[0].kind, Kind::object);
  EXPECT_EQ(read->members()[1].kind, Kind::null);
  EXPECT_EQ(read->members()[2].value, "false");
  EXPECT_EQ(read->members()[3].kind, Kind::text);
  EXPECT_TRUE(FlatJson::read("{}")->members().empty());
}

TEST(FlatJson, LeavesEverythingElseToTheParser) {
  for (const char* text :
       {"", "[]", "7", "{", "{\"a\"}", "{\"a\":}", "{\"a\":1}", "{\"a\":[]}", "{\"a\":\"x\",}", "{\"a\":\"x\"} x",
        "{\"a\":\"\\n\"}", "{\"a\":\"\xC3\xA9\"}", "{\"a\":\"\t\"}", "{\"a\":tru}", "{\"a\":truex}",
        "{\"a\":{\"b\":{}}}", "{\"a\":\"x\" \"b\":\"y\"}", "{a:\"x\"}", "{\"a\":\"x}"}) {
    EXPECT_FALSE(FlatJson::read(text)) << text;
  }
  std::string many = "{";
  for (std::size_t i = 0; i <= FlatJson::kMembersMax; ++i) many += (i == 0 ? "\"m\":null" : ",\"m\":null");
  EXPECT_FALSE(FlatJson::read(many + "}"));
}

void expect_equal(const Json& parsed, const FlatMember& member) {
  switch (member.kind) {
    case Kind::text:
      EXPECT_EQ(parsed, Json(std::string(member.value)));
      break;
    case Kind::boolean:
      EXPECT_EQ(parsed, Json(member.value == "true"));
      break;
    case Kind::null:
      EXPECT_TRUE(parsed.is_null());
      break;
    case Kind::object:
      EXPECT_EQ(parsed, Json::parse(member.value));
      break;
  }
}

// Whatever it takes, the parser takes and reads the same: over texts that are mutated from good ones.
TEST(FlatJson, AgreesWithTheParser) {
  const std::uint32_t seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  const std::string good = R"({"inputs": {"phone": "+639171234567", "vip": true, "x": null}, "default_region": "PH"})";
  const std::string alphabet = "{}[]\",:\\ abtrufalsn0.1-\n\x01\xC3\xA9";
  std::size_t taken = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string text = good;
    for (std::size_t changes = random() % 3; changes > 0; --changes) {
      const std::size_t at = random() % text.size();
      const char c = alphabet[random() % alphabet.size()];
      if (random() % 2 == 0) {
        text[at] = c;
      } else {
        text.insert(at, 1, c);
      }
    }
    const auto read = FlatJson::read(text);
    if (!read) continue;
    ++taken;
    const Json parsed = Json::parse(text, nullptr, false);
    ASSERT_TRUE(parsed.is_object()) << text;
    for (std::size_t m = 0; m < read->members().size(); ++m) {
      const FlatMember& member = read->members()[m];
      bool last = true;  // of this name: the parser keeps that one
      for (std::size_t later = m + 1; later < read->members().size(); ++later) {
        last = last && read->members()[later].name != member.name;
      }
      ASSERT_TRUE(parsed.contains(member.name)) << text;
      if (last) expect_equal(parsed[std::string(member.name)], member);
    }
  }
  EXPECT_GT(taken, 5'000U);
}

}  // namespace
}  // namespace flow::core
