#include <gtest/gtest.h>
#include <unicode/decimfmt.h>
#include <unicode/gregocal.h>
#include <unicode/smpdtfmt.h>

#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>
#include <random>

#include "calendar/civil.h"
#include "calendar/format.h"
#include "calendar/zone.h"

namespace flow::calendar {
namespace {

TEST(Civil, CountsEveryDayOfTheCalendar) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  std::int64_t date = kDateMin;
  int weekday = 0;  // 0001-01-01 was a Monday
  for (int year = 1; year <= 9999; ++year) {
    const bool leap = year % 400 == 0 || (year % 4 == 0 && year % 100 != 0);
    for (int month = 1; month <= 12; ++month) {
      const int days = kDays[month - 1] + (leap && month == 2 ? 1 : 0);
      for (int day = 1; day <= days; ++day, ++date, weekday = (weekday + 1) % 7) {
        ASSERT_EQ(date_of({year, month, day}), date);
        ASSERT_EQ(civil_of(date), (Civil{year, month, day}));
        ASSERT_EQ(weekday_of(date), weekday);
      }
      ASSERT_FALSE(is_civil({year, month, days + 1}));
    }
  }
  EXPECT_EQ(date, kDateMax + 1);
}

TEST(Civil, ReadsWhatItWrites) {
  EXPECT_EQ(parse_date("2026-12-25"), 20'812);
  EXPECT_EQ(date_text(20'812), "2026-12-25");
  EXPECT_EQ(date_text(*parse_date("0001-01-01")), "0001-01-01");
  for (const char* bad : {"", "2026-2-3", "2026-02-29", "2026-13-01", "2026-00-10", "0000-01-01", "2026-12-25 ", "x"})
    EXPECT_FALSE(parse_date(bad)) << bad;
  for (const char* good : {"00:00", "09:00", "23:59:59", "09:00:00.5", "09:00:00.007"})
    EXPECT_EQ(time_text(parse_time(good).value_or(-1)), good);
  EXPECT_EQ(time_text(parse_time("09:00:00").value_or(-1)), "09:00");
  for (const char* bad : {"", "9:00", "24:00", "09:60", "09:00:60", "09:00:00.", "09:00:00.1234", "09", "09:00x"})
    EXPECT_FALSE(parse_time(bad)) << bad;
  char out[kWrittenBytesMax];
  EXPECT_EQ(std::string(out, write_local(out, -1)), "1969-12-31T23:59:59.999");
}

// The C library's opinion, which has its own reader of the same files.
std::int64_t library_offset_s(std::int64_t at_s) {
  const auto time = static_cast<std::time_t>(at_s);
  std::tm local{};
  localtime_r(&time, &local);
  return local.tm_gmtoff;
}

TEST(Zone, AgreesWithTheLibrary) {
  for (const char* name : {"Asia/Manila", "America/New_York", "Europe/London", "Europe/Dublin", "Australia/Lord_Howe",
                           "America/Sao_Paulo", "Africa/Casablanca", "Asia/Kathmandu", "Pacific/Apia", "UTC",
                           "America/Santiago", "Asia/Gaza", "Pacific/Chatham", "EST5EDT", "Etc/GMT+8"}) {
    const Zone* zone = Zone::find(name);
    ASSERT_NE(zone, nullptr) << name;
    ASSERT_EQ(setenv("TZ", name, 1), 0);
    tzset();
    std::mt19937_64 random(7);
    for (int i = 0; i < 3000; ++i) {
      // 1900 to 2200
      const std::int64_t at_s = -2'208'988'800 + static_cast<std::int64_t>(random() % 9'467'000'000);
      ASSERT_EQ(zone->offset_ms(at_s * 1000), library_offset_s(at_s) * 1000) << name << " " << at_s;
    }
  }
  unsetenv("TZ");
  tzset();
}

TEST(Zone, SkippedTimesMoveForwardAndOfDoubledOnesTheFirstCounts) {
  const Zone& berlin = *Zone::find("Europe/Berlin");
  const auto local = [](const char* date, const char* time) { return *parse_date(date) * kDayMs + *parse_time(time); };
  const auto back = [&](std::int64_t at) {
    char out[kWrittenBytesMax];
    return std::string(out, write_local(out, at + berlin.offset_ms(at)));
  };
  EXPECT_EQ(back(berlin.instant_of(local("2026-03-29", "02:30"))), "2026-03-29T03:30");
  EXPECT_EQ(back(berlin.instant_of(local("2026-03-29", "01:59"))), "2026-03-29T01:59");
  EXPECT_EQ(back(berlin.instant_of(local("2026-03-29", "03:00"))), "2026-03-29T03:00");
  const std::int64_t twice = berlin.instant_of(local("2026-10-25", "02:30"));
  EXPECT_EQ(back(twice), "2026-10-25T02:30");
  EXPECT_EQ(berlin.offset_ms(twice), 2 * 3'600'000);
  // A whole day that Samoa left out.
  const Zone& apia = *Zone::find("Pacific/Apia");
  const std::int64_t moved = apia.instant_of(local("2011-12-30", "12:00"));
  char out[kWrittenBytesMax];
  EXPECT_EQ(std::string(out, write_local(out, moved + apia.offset_ms(moved))), "2011-12-31T12:00");
}

TEST(Zone, NamesAreNoPaths) {
  for (const char* bad : {"", "Nowhere/Here", "../../etc/passwd", "/etc/passwd", "Asia/", "tzdata.zi", "zone.tab",
                          "Asia", "posixrules", "right/UTC", "Asia/Manila\n", "Asia/../UTC"})
    EXPECT_EQ(Zone::find(bad), nullptr) << bad;
  EXPECT_EQ(Zone::find(std::string(1000, 'a')), nullptr);
}

TEST(Zone, DamagedFilesAreRefusedOrRead) {
  std::ifstream file("/usr/share/zoneinfo/America/New_York", std::ios::binary);
  const std::string good((std::istreambuf_iterator<char>(file)), {});
  ASSERT_NE(Zone::read(good), nullptr);
  std::mt19937 random(3);
  for (int i = 0; i < 3000; ++i) {
    std::string bad = good;
    if (i % 2 == 0) bad.resize(random() % bad.size());
    for (int n = 0; n < 3 && !bad.empty(); ++n) bad[random() % bad.size()] = static_cast<char>(random());
    if (const auto zone = Zone::read(bad)) {
      zone->offset_ms(1'800'000'000'000);
      zone->instant_of(4'000'000'000'000);
    }
  }
}

TEST(Format, AgreesWithIcu) {
  for (const char* tag :
       {"en", "ms", "fil", "id", "th", "zh_Hant", "pt_BR", "de", "ru", "ar", "my", "en_GB", "tl", "zh_TW", "in"}) {
    for (const char* pattern : {"d MMMM yyyy", "EEEE, d MMM yy", "HH:mm", "h:mm a", "hh:mm:ss", "E M/d/y",
                                "d 'de' MMMM", "yyyy-MM-dd'T'H''m", "EEE dd"}) {
      ASSERT_TRUE(check_pattern(pattern, Parts::both)) << pattern;
      UErrorCode status = U_ZERO_ERROR;
      icu::Locale locale = icu::Locale::createFromName(tag);
      locale.setKeywordValue("calendar", "gregorian", status);
      locale.setKeywordValue("numbers", "latn", status);
      icu::SimpleDateFormat format(icu::UnicodeString::fromUTF8(pattern), locale, status);
      format.adoptTimeZone(icu::TimeZone::createTimeZone("UTC"));
      ASSERT_TRUE(U_SUCCESS(status));
      for (const std::int64_t at : {std::int64_t{0}, std::int64_t{1'795'000'000'123}, std::int64_t{1'709'164'800'000},
                                    std::int64_t{951'800'000'000}}) {
        icu::UnicodeString text;
        format.format(static_cast<UDate>(at), text);
        std::string expected, seen;
        text.toUTF8String(expected);
        append_formatted(seen, at, pattern, tag);
        EXPECT_EQ(seen, expected) << tag << " " << pattern;
      }
    }
  }
}

TEST(Format, NumbersAgreeWithIcu) {
  for (const char* tag : {"en", "de", "pt_BR", "id", "ru"}) {
    for (const char* pattern : {"0", "0.00", "#,##0.00", "#,##0.##", "00.0#", "#0.000000", "#,##0"}) {
      ASSERT_TRUE(check_number_pattern(pattern)) << pattern;
      UErrorCode status = U_ZERO_ERROR;
      auto* symbols = new icu::DecimalFormatSymbols(icu::Locale::createFromName(tag), status);
      icu::DecimalFormat format(icu::UnicodeString::fromUTF8(pattern), symbols, status);
      format.setRoundingMode(icu::DecimalFormat::kRoundHalfUp);
      format.setMinimumGroupingDigits(1);
      for (const std::int64_t units : {0LL, 1LL, 500'000LL, 1'500'000LL, -2'345'678'900'000LL, 999'999'500'000LL,
                                       999'999'999'999'999'999LL, -1LL, 12'000'000LL}) {
        icu::UnicodeString text;
        const std::string decimal = std::to_string(units) + "E-6";
        format.format(icu::StringPiece(decimal.c_str()), text, nullptr, status);
        ASSERT_TRUE(U_SUCCESS(status));
        std::string expected, seen;
        text.toUTF8String(expected);
        if (expected.find_first_of("123456789") == std::string::npos && expected.starts_with('-')) expected.erase(0, 1);
        append_formatted_number(seen, units, pattern, tag);
        EXPECT_EQ(seen, expected) << tag << " " << pattern << " " << units;
      }
    }
  }
}

TEST(Format, OtherPatternsAreRefused) {
  for (const char* bad : {"", "Q", "yyyyy", "MMMMM", "d 'of", "LLLL", "HHH", "z"})
    EXPECT_FALSE(check_pattern(bad, Parts::both)) << bad;
  EXPECT_FALSE(check_pattern("HH", Parts::date));
  EXPECT_FALSE(check_pattern("dd", Parts::time));
  for (const char* bad : {"", "#", "0.", "0.#0", "#,#0", "0.0000000", "0 EUR", "1"})
    EXPECT_FALSE(check_number_pattern(bad)) << bad;
}

TEST(Format, AnUnknownLanguageIsEnglish) {
  for (const char* tag : {"", "xx", "xx_YY", "-", "___"}) {
    std::string out;
    append_formatted(out, 0, "MMMM", tag);
    EXPECT_EQ(out, "January") << tag;
  }
  std::string malay;
  append_formatted(malay, 0, "MMMM", "ms-MY");
  EXPECT_EQ(malay, "Januari");
}

}  // namespace
}  // namespace flow::calendar
