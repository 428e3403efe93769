#include "numbers/numbers.h"

#include <gtest/gtest.h>
#include <phonenumbers/phonenumber.pb.h>
#include <phonenumbers/phonenumberutil.h>

#include <random>
#include <set>
#include <thread>

#include "base/limits.h"
#include "numbers/automaton.h"
#include "runtime/program/text.h"

namespace flow::numbers {
namespace {

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

std::string accepted(std::string_view text, std::string_view region = "") {
  auto number = normalise(text, region);
  return number ? *number : "refused: " + number.error().message;
}

// normalise() asks nobody.
bool is_settled(std::string_view e164) {
  const auto described = describe(e164);
  return described && described->possibility == Possibility::possible &&
         e164 == "+" + std::to_string(described->calling_code) + std::string(described->national.view());
}

std::string refused(std::string_view text, std::string_view region = "") {
  auto number = normalise(text, region);
  return number ? "accepted as " + *number : number.error().message;
}

TEST(Normalise, ReadsWhatPeopleWrite) {
  for (const char* text : {"+639171234567", "00639171234567", "639171234567", "+63 917 123 4567", "(+63) 917-123-4567",
                           "+63.917.123.4567", "+63 (0) 917 123 4567", "\u202a+63 917 123 4567\u202c",
                           "+63\u00a0917\u2011123\u20134567", " +63 917/1234567 "}) {
    EXPECT_EQ(accepted(text), "+639171234567") << text;
  }
}

TEST(Normalise, ReadsNationalFormsOnlyWithARegion) {
  EXPECT_EQ(accepted("0917 123 4567", "PH"), "+639171234567");
  EXPECT_EQ(accepted("(201) 555-0123", "US"), "+12015550123");
  EXPECT_EQ(accepted("012-345 6789", "MY"), "+60123456789");
  EXPECT_EQ(accepted("06 6982 0000", "IT"), "+390669820000");  // the zero is part of Italian numbers
  EXPECT_EQ(refused("0917 123 4567"),
            "`091•••4567` is not a phone number: a national form is read only with a default region; "
            "write it with `+` and the country's code");
}

TEST(Normalise, PrefersTheRegionAndFallsBackToInternational) {
  EXPECT_EQ(accepted("639171234567", "PH"), "+639171234567");
  EXPECT_EQ(accepted("60123456789", "PH"), "+60123456789");
  EXPECT_EQ(accepted("+60123456789", "PH"), "+60123456789");
  EXPECT_EQ(accepted("0060123456789", "US"), "+60123456789");
  EXPECT_EQ(accepted("011 60 12 345 6789", "US"), "+60123456789");
}

TEST(Normalise, RefusesWithAReasonAndWithoutTheNumber) {
  EXPECT_EQ(refused(""), "`•••` is not a phone number: it has no digits");
  EXPECT_EQ(refused("+"), "`+•••` is not a phone number: it has no digits");
  EXPECT_EQ(refused("00"), "`•••` is not a phone number: too short");
  EXPECT_EQ(refused("+63917"), "`+•••` is not a phone number: too short");
  EXPECT_EQ(refused("+6391712345678901"), "`+63917•••8901` is not a phone number: too long");
  EXPECT_EQ(refused("+0639171234567"), "`+06391•••4567` is not a phone number: no country calling code begins it");
  EXPECT_EQ(refused("+999123456789"), "`+99912•••6789` is not a phone number: no country calling code begins it");
  EXPECT_EQ(refused("+1 555 0123"), "`+15•••23` is not a phone number: it lacks the area code");
  EXPECT_EQ(refused("1-800-FLOWERS"),
            "`•••` is not a phone number: the character at byte 7 is neither digit nor separator");
  EXPECT_EQ(refused("+63917+1234567"),
            "`+63917•••4567` is not a phone number: the character at byte 7 is neither digit nor separator");
  EXPECT_EQ(refused("+639171234567 ext. 5"),
            "`+63917•••5675` is not a phone number: the character at byte 15 is neither digit nor separator");
}

TEST(Normalise, RefusesADefaultRegionThatIsNone) {
  for (const char* region : {"ph", "P", "PHL", "ZZ", "001", "XX", "P\n"}) {
    EXPECT_EQ(refused("09171234567", region),
              "the default region is not two capital letters of ISO 3166-1, as in `PH`");
  }
}

TEST(Normalise, IsBoundedByTheLimit) {
  const std::string number = "+639171234567";
  const std::string padded = number + std::string(limits::kPhoneTextBytesMax - number.size(), ' ');
  EXPECT_EQ(accepted(padded), number);
  EXPECT_EQ(refused(padded + " "), "a phone number of 65 bytes: at most 64 are read");
  EXPECT_EQ(refused(std::string(10 << 20, '1')), "a phone number of 10485760 bytes: at most 64 are read");
  EXPECT_FALSE(normalise(std::string(limits::kPhoneTextBytesMax, '1'), "").has_value());
}

TEST(Normalise, SurvivesArbitraryBytes) {
  std::mt19937 random(20261120);
  constexpr std::string_view kPieces[] = {"+", "0", "00",     "63",   "917", "1234567", " ",
                                          "(", ")", "\u00a0", "\xff", "x",   "\0"};
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (auto pieces = random() % 8; pieces > 0; --pieces) text += kPieces[random() % std::size(kPieces)];
    const auto number = normalise(text, round % 2 == 0 ? "" : "PH");
    if (!number) continue;
    ASSERT_TRUE(number->starts_with('+') && number->size() <= 16) << *number;
    ASSERT_EQ(accepted(*number), *number);
  }
}

// What the automaton takes as it stands, the library gives back as it stands: over every calling code, each length, and
// what may look like national prefixes.
TEST(Normalise, WhatTheAutomatonSettlesTheLibraryLeavesAsItIs) {
  const std::uint32_t seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  const PhoneNumberUtil& util = *PhoneNumberUtil::GetInstance();
  std::size_t settled = 0;
  for (int i = 0; i < 60'000; ++i) {
    std::string text = "+" + std::to_string(i < 30'000 ? i / 30 + 1 : static_cast<int>(random() % 999 + 1));
    for (std::size_t digits = 4 + random() % 9; digits > 0 && text.size() < 16; --digits) {
      text += static_cast<char>('0' + (random() % 4 == 0 ? 0 : random() % 10));
    }
    if (!is_settled(text)) continue;
    ASSERT_EQ(accepted(text), text);
    ++settled;
    PhoneNumber number;
    ASSERT_EQ(util.Parse(text, "ZZ", &number), PhoneNumberUtil::NO_PARSING_ERROR) << text;
    ASSERT_EQ(util.IsPossibleNumberWithReason(number), PhoneNumberUtil::IS_POSSIBLE) << text;
    std::string e164;
    util.Format(number, PhoneNumberUtil::E164, &e164);
    ASSERT_EQ(e164, text);
  }
  EXPECT_GT(settled, 3'000U);
  for (const char* common : {"+639171234567", "+60123456789", "+12015550123", "+447911123456", "+5511961234567"}) {
    EXPECT_TRUE(is_settled(common)) << common;
  }
}

// Every region the library has, by its example numbers, in the forms in which they are printed.
TEST(Regions, AgreeWithTheLibraryEverywhere) {
  const PhoneNumberUtil& util = *PhoneNumberUtil::GetInstance();
  std::set<std::string> supported;
  util.GetSupportedRegions(&supported);
  EXPECT_EQ(regions(), std::vector<std::string>(supported.begin(), supported.end()));
  ASSERT_GT(regions().size(), 240u);
  for (const std::string& region : regions()) {
    for (auto type : {PhoneNumberUtil::MOBILE, PhoneNumberUtil::FIXED_LINE}) {
      PhoneNumber example;
      if (!util.GetExampleNumberForType(region, type, &example)) continue;
      std::string e164;
      std::string spaced;
      std::string national;
      util.Format(example, PhoneNumberUtil::E164, &e164);
      util.Format(example, PhoneNumberUtil::INTERNATIONAL, &spaced);
      util.Format(example, PhoneNumberUtil::NATIONAL, &national);
      EXPECT_EQ(accepted(e164), e164);
      EXPECT_EQ(accepted(spaced), e164);
      EXPECT_EQ(accepted("00" + e164.substr(1)), e164);
      EXPECT_EQ(accepted(national, region), e164) << region << " " << national;
      std::string expected;
      util.GetRegionCodeForNumber(example, &expected);
      EXPECT_EQ(region_name(region_of(e164)), expected);
    }
  }
}

TEST(CallingCodes, AreThoseOfTheLibrary) {
  const PhoneNumberUtil& util = *PhoneNumberUtil::GetInstance();
  EXPECT_EQ(regions_of_calling_code(63), (std::vector<std::string>{"PH"}));
  EXPECT_EQ(regions_of_calling_code(1).front(), "US");
  EXPECT_TRUE(regions_of_calling_code(870).empty());  // satellites
  EXPECT_TRUE(regions_of_calling_code(999).empty());
  std::size_t found = 0;
  for (const std::uint32_t code : calling_codes()) {
    for (const std::string& region : regions_of_calling_code(code)) {
      ++found;
      EXPECT_EQ(util.GetCountryCodeForRegion(region), static_cast<int>(code)) << region;
    }
  }
  EXPECT_EQ(found, regions().size());
}

// What an execution tells of a number's digits (runtime/program) is what the library knows of it.
TEST(CallingCodes, AreToldByTheFirstDigits) {
  std::set<int> codes;
  PhoneNumberUtil::GetInstance()->GetSupportedCallingCodes(&codes);
  EXPECT_GT(codes.size(), 200u);
  for (const int code : codes)
    for (const char* rest : {"", "000000000", "999999999"})
      EXPECT_EQ(program::calling_code("+" + std::to_string(code) + rest), code);
  for (const char* none : {"", "+", "+0", "+0123456", "63917", "+6", "+35", "+3a", "+x"})
    EXPECT_EQ(program::calling_code(none), 0) << none;
}

TEST(Regions, OfNumbersWithoutOne) {
  EXPECT_EQ(region_name(region_of("+639171234567")), "PH");
  EXPECT_EQ(region_of("+639171234567"), ('P' << 8) | 'H');
  EXPECT_EQ(region_name(region_of("+22365012345")), "ML");
  for (const char* number : {"+80012345678", "+870773111632", "+999123456789", "", "+", "639171234567", "+6391712x4567",
                             "+12345678901234567", "+15555550123"}) {
    EXPECT_EQ(region_of(number), 0) << number;
  }
  EXPECT_EQ(region_name(0), "");
}

TEST(Regions, FromManyThreads) {
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([] {
      for (int round = 0; round < 500; ++round) EXPECT_EQ(region_name(region_of("+60123456789")), "MY");
    });
  }
  for (std::thread& thread : threads) thread.join();
}

// With metadata that the build was given (plan/metadata_instead.cpp) as much as with the library's own.
TEST(Metadata, IsTheSameInTheAutomataAndTheLibrary) {
  EXPECT_FALSE(metadata().version.empty());
  EXPECT_FALSE(metadata().origin.empty());
  EXPECT_EQ(library_checksum().value(), metadata().checksum);
  EXPECT_NE(metadata_line().find(metadata().version), std::string::npos);
}

TEST(Mask, HidesAtLeastThreeDigits) {
  EXPECT_EQ(mask("+639171234567"), "+63917•••4567");
  EXPECT_EQ(mask("+60123456789"), "+601•••6789");
  std::string number = "+";
  for (int digits = 1; digits <= 64; ++digits) {
    number += '7';
    const std::string masked = mask(number);
    EXPECT_GE(digits - std::ranges::count(masked, '7'), std::min(digits, 3)) << masked;
  }
  EXPECT_EQ(mask("\x1b[31m; DROP TABLE"), "•••");
}

}  // namespace
}  // namespace flow::numbers
