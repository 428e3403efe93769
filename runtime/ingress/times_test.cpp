#include "runtime/ingress/times.h"

#include <gtest/gtest.h>

namespace flow::ingress {
namespace {

TEST(Times, GoBothWays) {
  for (const auto& [text, ms] : {std::pair{"1970-01-01T00:00:00.000Z", std::int64_t{0}},
                                 {"2026-11-20T10:00:00.123Z", 1'795'168'800'123},
                                 {"2000-02-29T23:59:59.999Z", 951'868'799'999},
                                 {"1969-12-31T23:59:59.999Z", -1}}) {
    EXPECT_EQ(format_time(ms), text);
    EXPECT_EQ(parse_time(text), ms) << text;
  }
}

TEST(Times, OffsetsAndFractions) {
  EXPECT_EQ(parse_time("1970-01-01T08:00:00+08:00"), 0);
  EXPECT_EQ(parse_time("1969-12-31T18:30:00-05:30"), 0);
  EXPECT_EQ(parse_time("1970-01-01t00:00:00.5z"), 500);
  EXPECT_EQ(parse_time("1970-01-01T00:00:00.1239999999999Z"), 123);
}

TEST(Times, RefusesTheRest) {
  for (const char* text :
       {"", "1970-01-01", "1970-01-01T00:00:00", "1970-01-01 00:00:00Z", "1970-02-30T00:00:00Z", "1970-13-01T00:00:00Z",
        "1970-01-01T24:00:00Z", "1970-01-01T00:60:00Z", "1970-01-01T00:00:60Z", "1970-01-01T00:00:00.Z",
        "1970-01-01T00:00:00Zx", "1970-01-01T00:00:00+24:00", "1970-01-01T00:00:00+0800", "+970-01-01T00:00:00Z"}) {
    EXPECT_FALSE(parse_time(text)) << text;
  }
}

}  // namespace
}  // namespace flow::ingress
