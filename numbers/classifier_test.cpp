#include "numbers/classifier.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "numbers/agreement_test.h"
#include "numbers/numbers.h"

namespace flow::numbers {
namespace {

constexpr std::int64_t scalar(const char (&region)[3]) {
  return std::int64_t{region[0]} << 8 | region[1];
}

std::uint32_t expected(const std::vector<std::int64_t>& regions, std::string_view number) {
  const auto found = std::ranges::find(regions, region_of(number));
  return static_cast<std::uint32_t>(found - regions.begin());
}

TEST(Classifier, TellsTheTutorialsRegionsByThreeDigits) {
  const std::vector<std::int64_t> regions = {scalar("PH"), scalar("MY")};
  const Classifier classifier = make_classifier(regions);
  EXPECT_EQ(classifier.classify("+639171234567"), 0U);
  EXPECT_EQ(classifier.classify("+60123456789"), 1U);
  EXPECT_EQ(classifier.classify("+12015550123"), 2U);
  EXPECT_EQ(classifier.classify("+999123456789"), 2U);
  EXPECT_TRUE(classifier.rows().empty()) << "nothing is to be read behind the third digit";
}

// One digit behind the calling code is no number; two are one of its region, even if no valid one.
TEST(Classifier, CountsDigitsAsTheLibraryDoes) {
  const std::vector<std::int64_t> regions = {scalar("PH"), scalar("MY"), scalar("FI")};
  const Classifier classifier = make_classifier(regions);
  const std::pair<const char*, std::uint32_t> cases[] = {{"", 3},
                                                         {"+", 3},
                                                         {"+6", 3},
                                                         {"+63", 3},
                                                         {"+639", 3},
                                                         {"+6391", 0},
                                                         {"+6012", 1},
                                                         {"+601", 3},
                                                         {"+3581", 3},
                                                         {"63917123456", 3},
                                                         {"+63917123x567", 3},
                                                         {"+639171234567890", 0},
                                                         {"+6391712345678901", 3}};
  for (const auto& [number, index] : cases) {
    EXPECT_EQ(classifier.classify(number), index) << number;
    EXPECT_EQ(expected(regions, number), index) << number;
  }
}

TEST(Classifier, OfAnyRegionsIsRegionOf) {
  const std::uint32_t seed = std::random_device()();
  SCOPED_TRACE(seed);
  testing::NumberSource source(seed);
  const std::vector<std::string> all = regions();
  for (int round = 0; round < 60; ++round) {
    std::vector<std::int64_t> some;
    for (std::size_t count = source.below(round % 3 == 0 ? 250 : 6); count > 0; --count) {
      const std::string& region = all[source.below(all.size())];
      some.push_back(region[0] << 8 | region[1]);
    }
    if (source.below(4) == 0) some.push_back(0);
    if (source.below(4) == 0) some.push_back(scalar("US"));
    if (source.below(4) == 0) some.insert(some.begin(), 'X' << 8 | 'X');
    const Classifier classifier = make_classifier(some);
    for (int i = 0; i < 2'000; ++i) {
      std::string number = source.next();
      if (source.below(50) == 0) number[source.below(number.size())] = static_cast<char>(source.below(256));
      ASSERT_EQ(classifier.classify(number), expected(some, number)) << number;
    }
  }
}

TEST(Classifier, OfNoRegionsSaysAlwaysTheSame) {
  const Classifier classifier = make_classifier({});
  EXPECT_EQ(classifier.classify("+639171234567"), 0U);
  EXPECT_EQ(classifier.classify("nonsense"), 0U);
  EXPECT_TRUE(classifier.rows().empty());
}

// Rows are only for calling codes whose regions are told apart by more than three digits.
TEST(Classifier, IsSmall) {
  const std::int64_t main[] = {scalar("US"), scalar("CA")};
  EXPECT_LT(make_classifier(main).rows().size(), 200U);
  const std::int64_t many[] = {scalar("PH"), scalar("MY"), scalar("ID"), scalar("TH"), scalar("VN"), scalar("SG")};
  EXPECT_TRUE(make_classifier(many).rows().empty());
}

}  // namespace
}  // namespace flow::numbers
