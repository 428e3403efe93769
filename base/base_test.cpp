#include <gtest/gtest.h>

#include <string>

#include "base/crc32c.h"
#include "base/instant.h"
#include "base/varint.h"

namespace flow {
namespace {

TEST(Crc32c, KnownValues) {
  EXPECT_EQ(crc32c(""), 0U);
  EXPECT_EQ(crc32c("123456789"), 0xE3069283U);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAU);  // RFC 3720, B.4
  EXPECT_EQ(crc32c(std::string(32, '\xFF')), 0x62A8AB43U);
  EXPECT_EQ(crc32c("6789", crc32c("12345")), 0xE3069283U);
}

TEST(Varint, ReadsBackWhatWasWritten) {
  for (int shift = 0; shift < 64; ++shift) {
    for (std::uint64_t near : {~std::uint64_t{0}, std::uint64_t{0}, std::uint64_t{1}}) {
      const std::uint64_t value = (std::uint64_t{1} << shift) + near;
      std::string bytes;
      put_varint(bytes, value);
      put_signed_varint(bytes, static_cast<std::int64_t>(value));
      std::string_view rest = bytes;
      std::uint64_t read = 0;
      std::int64_t read_signed = 0;
      ASSERT_TRUE(take_varint(rest, read) && take_signed_varint(rest, read_signed) && rest.empty());
      EXPECT_EQ(read, value);
      EXPECT_EQ(read_signed, static_cast<std::int64_t>(value));
    }
  }
}

TEST(Varint, RefusesOtherForms) {
  std::uint64_t value = 0;
  for (std::string bytes : {std::string(), std::string("\x80"), std::string("\x80\0", 2), std::string(10, '\xFF'),
                            std::string(9, '\xFF') + '\x02'}) {
    std::string_view rest = bytes;
    EXPECT_FALSE(take_varint(rest, value));
  }
}

TEST(Instant, WritesAndReads) {
  EXPECT_EQ(instant_text(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(instant_text(-1), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(instant_text(951'782'400'000), "2000-02-29T00:00:00.000Z");
  EXPECT_EQ(instant_text(INT64_MAX), "9999-12-31T23:59:59.999Z");
  EXPECT_EQ(instant_text(INT64_MIN), "0000-01-01T00:00:00.000Z");
  for (std::int64_t ms : {INT64_C(0), INT64_C(-86'400'000), INT64_C(1'795'168'800'123), INT64_C(253'402'300'799'999)})
    EXPECT_EQ(parse_instant(instant_text(ms)).value(), ms);
  EXPECT_EQ(parse_instant("2026-11-20T10:00:00+08:00").value(), parse_instant("2026-11-20T02:00:00Z").value());
  EXPECT_EQ(parse_instant("1970-01-01T00:00:00.0019Z").value(), 1);
}

TEST(Instant, RefusesOtherForms) {
  for (const char* text :
       {"", "2026-11-20", "2026-11-20T10:00:00", "2026-02-29T10:00:00Z", "2026-11-20T24:00:00Z", "2026-11-20T10:60:00Z",
        "2026-11-20T10:00:60Z", "2026-11-20T10:00:00.Z", "2026-11-20T10:00:00Zx", "2026-11-20 10:00:00Z",
        "2026-13-01T00:00:00Z", "2026-11-20T10:00:00+0800"})
    EXPECT_FALSE(parse_instant(text)) << text;
}

}  // namespace
}  // namespace flow
