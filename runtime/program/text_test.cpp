#include "runtime/program/text.h"

#include <gtest/gtest.h>

#include "runtime/program/number.h"

namespace flow::program {
namespace {

std::string lower(std::string_view text) {
  std::string out;
  append_lower(out, text);
  return out;
}

std::string upper(std::string_view text) {
  std::string out;
  append_upper(out, text);
  return out;
}

TEST(Text, MapsCase) {
  EXPECT_EQ(lower("AbZ@[`az{ ÄÉŁ ΑΩ ЖЯ"), "abz@[`az{ äéł αω жя");
  EXPECT_EQ(upper("abz ÿ ǆ я ß"), "ABZ Ÿ Ǆ Я ß");
  EXPECT_EQ(lower("\u0130"), "i");
  EXPECT_EQ(lower("\u023A"), "\u2C65");  // two bytes become three
  EXPECT_EQ(lower("\U00010400"), "\U00010428");
  EXPECT_EQ(lower("\xFF\xC3"), "\xFF\xC3");
}

TEST(Text, FoldsForComparison) {
  EXPECT_TRUE(fold_equal(" STOP\n", "stop"));
  EXPECT_TRUE(fold_equal("Ünsubscribe", "üNSUBSCRIBE"));
  EXPECT_FALSE(fold_equal("stop it", "stop"));
  EXPECT_FALSE(fold_equal("\xC3", "\xC4"));
}

TEST(Text, CountsCharacters) {
  EXPECT_EQ(count_characters(""), 0U);
  EXPECT_EQ(count_characters("aä€😀"), 4U);
  EXPECT_EQ(count_characters("\xF0\x9F"), 2U);
  EXPECT_EQ(count_characters("\xC0\x80\xED\xA0\x80"), 5U);  // overlong, surrogate
  EXPECT_EQ(left_characters("aä€😀", 3), "aä€");
  EXPECT_EQ(left_characters("ab", 9), "ab");
  EXPECT_EQ(trim(" \t\na b\v\f\r "), "a b");
}

TEST(Text, TellsUtf8) {
  for (const char* text : {"", "aä€😀", "\xF4\x8F\xBF\xBF"}) EXPECT_TRUE(is_utf8(text)) << text;
  for (const char* text : {"\x80", "a\xC3", "\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xFF"})
    EXPECT_FALSE(is_utf8(text)) << text;
  // Wherever it lies among others, which are looked at several at once.
  for (std::size_t before = 0; before < 20; ++before) {
    const std::string ascii(before, 'x');
    EXPECT_TRUE(is_utf8(ascii + "ä" + ascii)) << before;
    EXPECT_FALSE(is_utf8(ascii + "\xFF" + ascii)) << before;
    EXPECT_FALSE(is_utf8(ascii + "\xC3")) << before;
  }
}

TEST(Text, WritesNumbers) {
  EXPECT_EQ(number_text(0), "0");
  EXPECT_EQ(number_text(limits::kNumberScale), "1");
  EXPECT_EQ(number_text(limits::kNumberScale - 1), "0.999999");
  EXPECT_EQ(number_text(1'500'000), "1.5");
  EXPECT_EQ(number_text(-1), "-0.000001");
  EXPECT_EQ(number_text(limits::kNumberUnitsMax), "999999999999.999999");
  EXPECT_EQ(number_text(INT64_MIN), "-9223372036854.775808");
}

TEST(Text, WritesDurations) {
  EXPECT_EQ(duration_text(0), "0s");
  EXPECT_EQ(duration_text(5'400'000), "1h30m");
  EXPECT_EQ(duration_text(500), "500ms");
  EXPECT_EQ(duration_text(-90'061'001), "-1d1h1m1s1ms");
}

TEST(Text, ReadsWhatItWrites) {
  for (std::int64_t value : {INT64_C(0), INT64_C(7), INT64_C(-1'000'001), limits::kNumberUnitsMax}) {
    EXPECT_EQ(parse_number(number_text(value)).value(), value);
    EXPECT_EQ(parse_duration(duration_text(value)).value(), value);
  }
  for (const char* text : {"", "-", "1.", ".5", "1e3", "1.0000001", "1234567890123", "+1", " 1"})
    EXPECT_FALSE(parse_number(text)) << text;
  for (const char* text : {"", "5", "s", "1m1h", "1m1m", "1x", "999999999999999d", "1 s"})
    EXPECT_FALSE(parse_duration(text)) << text;
  EXPECT_EQ(parse_region("PH").value(), ('P' << 8) | 'H');
  EXPECT_EQ(region_text(('P' << 8) | 'H'), "PH");
  for (const char* text : {"", "P", "ph", "PHL"}) EXPECT_FALSE(parse_region(text)) << text;
}

TEST(Text, ChoosesTheTemplateLanguage) {
  const std::vector<std::string> languages = {"en", "ms", "ms_MY"};
  EXPECT_EQ(choose_language(languages, "ms_MY"), 2U);
  EXPECT_EQ(choose_language(languages, "ms-SG"), 1U);
  EXPECT_EQ(choose_language(languages, "tl"), 0U);
  EXPECT_EQ(choose_language(languages, ""), 0U);
}

TEST(Number, StaysInItsRange) {
  std::int64_t out = 42;
  EXPECT_FALSE(number_add(limits::kNumberUnitsMax, 1, out));
  EXPECT_FALSE(number_subtract(-limits::kNumberUnitsMax, 1, out));
  EXPECT_FALSE(number_multiply(limits::kNumberUnitsMax, 2'000'000, out));
  EXPECT_FALSE(number_round(limits::kNumberUnitsMax, out));
  EXPECT_EQ(out, 42);
  EXPECT_TRUE(number_multiply(3, 500'000, out));
  EXPECT_EQ(out, 1);  // 0.0000015, the digits after the sixth decimal dropped
  EXPECT_TRUE(number_multiply(-3, 500'000, out));
  EXPECT_EQ(out, -1);
  EXPECT_TRUE(number_round(-2'500'000, out));
  EXPECT_EQ(out, -3'000'000);
  EXPECT_TRUE(duration_in(90'000, 60'000, out));
  EXPECT_EQ(out, 1'500'000);
  EXPECT_TRUE(duration_in(-1000, 3'600'000, out));
  EXPECT_EQ(out, -277);  // truncated
}

}  // namespace
}  // namespace flow::program
