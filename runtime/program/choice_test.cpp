#include "runtime/program/choice.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>

#include "numbers/numbers.h"
#include "runtime/program/frame.h"

namespace flow::program {
namespace {

std::int64_t choose(const TextChoice& choice, const std::string& text) {
  const FlowTextChoice table = choice.table();
  const FlowText given{text.data(), text.size()};
  return flow_text_choice(&table, &given);
}

TextChoice made_of(const std::vector<std::string>& texts) {
  std::vector<FlowText> views;
  for (const std::string& text : texts) views.push_back({text.data(), text.size()});
  return TextChoice(views);
}

TEST(TextChoice, FindsEachAndNothingElse) {
  const std::vector<std::string> texts = {
      "yes", "no", "", "maybe", std::string("a\0b", 3), "été", "yes ", "Yes", std::string(70'000, 'x')};
  const TextChoice choice = made_of(texts);
  for (std::size_t i = 0; i < texts.size(); ++i) EXPECT_EQ(choose(choice, texts[i]), static_cast<std::int64_t>(i));
  for (const std::string& other : {std::string("y"), std::string("YES"), std::string("a"), std::string(70'001, 'x'),
                                   std::string(69'999, 'x'), std::string(70'000, 'y')})
    EXPECT_EQ(choose(choice, other), -1) << other.substr(0, 20);
}

TEST(TextChoice, OfOne) {
  const std::vector<std::string> texts = {"only"};
  EXPECT_EQ(choose(made_of(texts), "only"), 0);
  EXPECT_EQ(choose(made_of(texts), "onlx"), -1);
  EXPECT_EQ(choose(made_of(texts), ""), -1);
}

TEST(TextChoice, OfManyIsSmall) {
  std::mt19937_64 random(7);
  for (const std::size_t count : {2U, 3U, 17U, 100U, 5000U}) {
    std::set<std::string> different;
    while (different.size() < count) different.insert(std::to_string(random() % (4 * count)));
    const std::vector<std::string> texts(different.begin(), different.end());
    const TextChoice choice = made_of(texts);
    EXPECT_LE(choice.slots().size(), 16 * count);
    for (std::size_t i = 0; i < count; ++i) EXPECT_EQ(choose(choice, texts[i]), static_cast<std::int64_t>(i));
    for (std::size_t i = 0; i < 4 * count; ++i) {
      const std::string text = std::to_string(i);
      EXPECT_EQ(choose(choice, text) >= 0, different.contains(text)) << text;
    }
  }
}

TEST(TextChoice, IsTheSameWhoeverMakesIt) {
  const std::vector<std::string> texts = {"small", "medium", "large", "extra large"};
  const TextChoice one = made_of(texts);
  const TextChoice other = made_of(texts);
  EXPECT_TRUE(std::ranges::equal(one.slots(), other.slots()));
  EXPECT_TRUE(std::ranges::equal(one.buckets(), other.buckets()));
}

std::int64_t of_a_test(std::string_view e164) {
  return e164.starts_with("+49") ? 'P' << 8 | 'H' : 'D' << 8 | 'E';
}

TEST(RegionChoice, IsTheRegionWhereItIsOneOfThem) {
  const std::vector<std::int64_t> regions = {'P' << 8 | 'H', 'M' << 8 | 'Y', 'U' << 8 | 'S', 'K' << 8 | 'Z'};
  const RegionChoice choice(regions);
  const FlowRegionChoice table = choice.table();
  Frame real(numbers::region_of);
  Frame test(of_a_test);
  std::size_t found = 0;
  for (const std::string number :
       {"+639171234567", "+60123456789", "+12015550123", "+12505550199", "+77012345678", "+79161234567", "+4930123456",
        "+63", "+6391712345678901234", "", "639171234567", "+63x171234567", "+999", "+6591234567"}) {
    const FlowText text{number.data(), number.size()};
    const std::int64_t region = numbers::region_of(number);
    const bool named = std::ranges::find(regions, region) != regions.end();
    EXPECT_EQ(flow_region_choice(&real.raw(), &table, &text), named ? region : 0) << number;
    EXPECT_EQ(flow_region_choice(&test.raw(), &table, &text), number.starts_with("+49") ? 'P' << 8 | 'H' : 0) << number;
    found += named ? 1 : 0;
  }
  EXPECT_GE(found, 4U);
}

}  // namespace
}  // namespace flow::program
