// The automata against libphonenumber itself, with the same metadata: every answer, to the letter.
#include <gtest/gtest.h>

#include <thread>

#include "numbers/agreement_test.h"
#include "numbers/automaton.h"
#include "numbers/classifier.h"
#include "numbers/numbers.h"
#include "tests/support/long_run.h"
#include "tests/support/sanitized.h"

namespace flow::numbers {
namespace {

using testing::NumberSource;
using testing::PhoneNumber;
using testing::PhoneNumberUtil;

// What the library says, in our words. The number as E.164 text, so that nothing hides in a parsed form.
NumberDescription by_library(const std::string& number) {
  const PhoneNumberUtil& util = *PhoneNumberUtil::GetInstance();
  NumberDescription made;
  PhoneNumber parsed;
  if (util.Parse(number, "ZZ", &parsed) != PhoneNumberUtil::NO_PARSING_ERROR) return made;
  made.parsed = true;
  made.calling_code = static_cast<std::uint16_t>(parsed.country_code());
  std::string text;
  util.GetRegionCodeForNumber(parsed, &text);
  if (text.size() == 2 && text != "ZZ") made.region = static_cast<std::uint16_t>((text[0] << 8) | text[1]);
  made.type = static_cast<NumberType>(util.GetNumberType(parsed));
  EXPECT_EQ(util.IsValidNumber(parsed), made.valid()) << number;
  made.possibility = static_cast<Possibility>(util.IsPossibleNumberWithReason(parsed));
  text.clear();
  util.GetNationalSignificantNumber(parsed, &text);
  made.national.append(text);
  return made;
}

std::string shown(const NumberDescription& number) {
  return fmt::format("parsed {}, +{}, {}, type {}, possibility {}, {}", number.parsed, number.calling_code,
                     region_name(number.region), static_cast<int>(number.type), static_cast<int>(number.possibility),
                     number.national.view());
}

// 0 when all answers agree.
struct Tally {
  std::size_t asked = 0;
  std::size_t valid = 0;
  std::size_t rewritten = 0;
  std::size_t differences = 0;
};

Tally compare(std::uint32_t seed, std::size_t count) {
  NumberSource source(seed);
  Tally tally;
  for (; tally.asked < count && tally.differences < 10; ++tally.asked) {
    const std::string number = source.next();
    const NumberDescription expected = by_library(number);
    const auto described = describe(number);
    const std::string got = described ? shown(*described) : "nothing";
    if (got != shown(expected) || region_of(number) != expected.region) {
      ++tally.differences;
      ADD_FAILURE() << number << " (seed " << seed << "): the library says " << shown(expected) << "; the automaton "
                    << got << ", and as region " << region_name(region_of(number));
    }
    tally.valid += expected.valid() ? 1 : 0;
    const std::size_t digits = 1 + calling_code_digits(expected.calling_code) + expected.national.view().size();
    tally.rewritten += expected.parsed && number.size() != digits ? 1 : 0;
  }
  return tally;
}

// A sanitizer makes it seven times slower, and says what it has to say sooner.
constexpr std::size_t kUsual = testing_support::kSanitized ? 100'000 : 1'000'000;

// A million numbers, ten in the long run; each thread has its own seed.
TEST(Agreement, WithTheLibraryOnEveryAnswer) {
  const std::size_t threads = std::max(1U, std::min(4U, std::thread::hardware_concurrency()));
  const std::size_t each = (testing_support::long_run() ? 10'000'000 : kUsual) / threads + 1;
  const std::uint32_t seed = std::random_device()();
  std::vector<Tally> tallies(threads);
  std::vector<std::thread> running;
  for (std::uint32_t i = 0; i < threads; ++i) running.emplace_back([&, i] { tallies[i] = compare(seed + i, each); });
  for (std::thread& thread : running) thread.join();
  Tally sum;
  for (const Tally& tally : tallies) {
    sum.asked += tally.asked;
    sum.valid += tally.valid;
    sum.rewritten += tally.rewritten;
    sum.differences += tally.differences;
  }
  EXPECT_EQ(sum.differences, 0U);
  EXPECT_GT(sum.valid, sum.asked / 10);
  EXPECT_GT(sum.rewritten, sum.asked / 100) << "national prefixes are to be met";
  RecordProperty("asked", std::to_string(sum.asked));
}

// Every text of one to five digits: what is shorter than any number, and every calling code with a little behind it.
TEST(Agreement, OnWhateverIsShort) {
  for (int digits = 1; digits <= 4; ++digits) {
    const int end = digits == 1 ? 10 : digits == 2 ? 100 : digits == 3 ? 1000 : 10'000;
    for (int value = 0; value < end; ++value) {
      const std::string number = fmt::format("+{:0{}}", value, digits);
      const auto described = describe(number);
      ASSERT_TRUE(described) << number;
      ASSERT_EQ(shown(*described), shown(by_library(number))) << number;
      ASSERT_EQ(region_of(number), described->region) << number;
    }
  }
}

TEST(Agreement, WithTheLibraryOnExamplesOfEveryRegionAndType) {
  NumberSource source(1);
  EXPECT_GT(source.examples().size(), 1'300U);
  for (const std::string& number : source.examples()) {
    const auto described = describe(number);
    ASSERT_TRUE(described && described->valid()) << number;
    EXPECT_EQ(shown(*described), shown(by_library(number))) << number;
  }
}

TEST(Describe, LeavesWhatIsNotE164ToTheLibrary) {
  for (const char* text : {"", "+", "639171234567", "00639171234567", "+63 917 123 4567", "+6391712x4567",
                           "+63917123456x", "x63917123456", "+6391712345678901",
                           "\xef\xbc\x8b"
                           "639171234567",
                           "+639171234567;ext=5",
                           "+6\xd9\xa3"
                           "9171234567",
                           "+-3917123456", "++6391712345", "+:391712345", "+/391712345"}) {
    EXPECT_FALSE(describe(text)) << text;
    EXPECT_EQ(region_of(text), 0) << text;
  }
  EXPECT_FALSE(
      describe(std::string_view("+63917\0"
                                "1234567",
                                14)));
}

// Every byte at every place of numbers of every length.
TEST(Describe, SeesEveryByteThatIsNoDigit) {
  for (std::size_t digits = 1; digits <= 15; ++digits) {
    const std::string number = "+" + std::string(digits, '6');
    for (std::size_t place = 0; place < number.size(); ++place) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string changed = number;
        changed[place] = static_cast<char>(byte);
        const bool is_e164 = place == 0 ? byte == '+' : byte >= '0' && byte <= '9';
        ASSERT_EQ(describe(changed).has_value(), is_e164) << digits << " digits, byte " << byte << " at " << place;
      }
    }
  }
}

}  // namespace
}  // namespace flow::numbers
