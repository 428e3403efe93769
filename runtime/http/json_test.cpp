#include "runtime/http/json.h"

#include <gtest/gtest.h>

#include "runtime/http/json_view.h"
#include "runtime/http/text.h"

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

TEST(JsonView, IsAsStrictAsTheOtherParser) {
  const auto nested = [](int depth) { return std::string(depth, '[') + "1" + std::string(depth, ']'); };
  const std::string texts[] = {"",
                               " ",
                               "{",
                               "{}",
                               "[]",
                               "{\"a\":1",
                               "{\"a\":1}x",
                               "{\"a\":\"\x80\"}",
                               "\"a\nb\"",
                               "nul",
                               "01",
                               "1e5",
                               "-",
                               "{\"a\":[1,2,{\"b\":null}]}",
                               "\"\\ud800\"",
                               "\"\\u00e4\"",
                               nested(kJsonDepthMax),
                               nested(kJsonDepthMax + 1),
                               nested(100'000),
                               "{\"a\" 1}",
                               "[1,]",
                               "{\"a\":1,}"};
  for (const std::string& text : texts) {
    EXPECT_EQ(JsonView::parse(text).has_value(), parse_json(text).has_value()) << text.substr(0, 50);
  }
}

TEST(JsonView, Reads) {
  const auto value =
      JsonView::parse(R"({"t":"x","n":7,"m":"-8","d":1.5,"big":18446744073709551615,"l":[{"a":"1"},2],"e":[]})");
  ASSERT_TRUE(value);
  EXPECT_TRUE(value->is_object());
  EXPECT_EQ(value->text("t"), "x");
  EXPECT_EQ(value->text("n"), "");
  EXPECT_EQ(value->member("n").whole_number(), 7);
  EXPECT_EQ(value->member("m").whole_number(), -8);
  EXPECT_FALSE(value->member("d").whole_number());
  EXPECT_FALSE(value->member("big").whole_number());
  EXPECT_FALSE(value->member("none").whole_number());
  EXPECT_EQ(value->first("l").text("a"), "1");
  EXPECT_FALSE(value->first("e").is_object());
  EXPECT_EQ(value->member("t").member("x").text(), "");
  int elements = 0;
  value->for_each("l", [&](JsonView) { ++elements; });
  value->for_each("t", [&](JsonView) { ++elements; });
  EXPECT_EQ(elements, 2);
  const auto large = JsonView::parse("[\"" + std::string(1 << 20, 'a') + "\"]");
  EXPECT_TRUE(large);
  EXPECT_TRUE(JsonView::parse("{}")) << "after a large one";
}

TEST(JsonText, IsWrittenAsTheOtherWriterDoes) {
  std::string all;
  for (int c = 0; c < 128; ++c) all += static_cast<char>(c);
  for (const std::string& text : {all, std::string("\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80"), std::string()}) {
    std::string out = "\"";
    append_json_text(out, text);
    EXPECT_EQ(Json::parse(out + "\""), Json(text));
  }
  for (const std::string_view bad :
       {"\x80", "\xC0\x80", "\xED\xA0\x80", "\xF5\x80\x80\x80", "a\xE2\x82", "\xF0\x8F\xBF\xBF"}) {
    std::string out = "\"";
    append_json_text(out, bad);
    EXPECT_TRUE(parse_json(out + "\"")) << "what is no UTF-8 is replaced";
    EXPECT_NE(out.find("\xEF\xBF\xBD"), std::string::npos);
  }
}

// Sixteen bytes are looked at together: whatever a byte is and wherever it stands, it comes out as it does alone.
TEST(JsonText, EachByteIsWrittenAsItIsAloneWhereverItStands) {
  for (int byte = 0; byte < 256; ++byte) {
    std::string alone;
    append_json_text(alone, std::string(1, static_cast<char>(byte)));
    for (std::size_t size : {1U, 15U, 16U, 17U, 33U}) {
      for (std::size_t place = 0; place < size; ++place) {
        std::string text(size, 'a');
        text[place] = static_cast<char>(byte);
        std::string out = "x";
        append_json_text(out, text);
        ASSERT_EQ(out, "x" + std::string(place, 'a') + alone + std::string(size - place - 1, 'a')) << byte;
      }
    }
  }
}

TEST(JsonText, CharactersOfManyBytesMayStandAnywhere) {
  for (const std::string& character :
       {std::string("\xC3\xA4"), std::string("\xE2\x82\xAC"), std::string("\xF0\x9F\x98\x80"), std::string("\x7F"),
        std::string("\xE2\x82\xAC\xC3\xA4")}) {
    for (std::size_t place = 0; place <= 34; ++place) {
      const std::string text = std::string(place, 'a') + character + std::string(34 - place, 'b');
      std::string out;
      append_json_text(out, text);
      EXPECT_EQ(out, text);
    }
  }
}

}  // namespace
}  // namespace flow::http
