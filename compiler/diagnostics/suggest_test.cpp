#include "compiler/diagnostics/suggest.h"

#include <gtest/gtest.h>

namespace flow::diagnostics {
namespace {

const std::vector<std::string> kSteps = {"route", "viber_ph", "whatsapp_ph", "whatsapp_my", "viber_my", "sms"};

TEST(Suggest, FindsSlips) {
  EXPECT_EQ(suggest("smss", kSteps), "sms");
  EXPECT_EQ(suggest("rotue", kSteps), "route");       // swapped
  EXPECT_EQ(suggest("SMS", kSteps), "sms");           // case
  EXPECT_EQ(suggest("viberph", kSteps), "viber_ph");  // underscore
  EXPECT_EQ(suggest("viber-my", kSteps), "viber_my");
  EXPECT_EQ(suggest("otp", {"sms_otp", "greeting"}), "sms_otp");  // a part that only one has
}

TEST(Suggest, StaysSilentWhenNothingIsNear) {
  EXPECT_EQ(suggest("campaign", kSteps), std::nullopt);
  EXPECT_EQ(suggest("viber", kSteps), std::nullopt);  // two have it
  EXPECT_EQ(suggest("a", {"b"}), std::nullopt);
  EXPECT_EQ(suggest("", kSteps), std::nullopt);
  EXPECT_EQ(suggest(std::string(100'000, 'x'), kSteps), std::nullopt);
}

TEST(DidYouMean, ListsFewCandidatesWhenNoneIsNear) {
  EXPECT_EQ(did_you_mean("smss", kSteps), "did you mean `sms`?");
  EXPECT_EQ(did_you_mean("qqq", {"one_name"}), "there is `one_name`");
  EXPECT_EQ(did_you_mean("qqqqq", {"aa", "bb", "cc"}), "there are `aa`, `bb` and `cc`");
  EXPECT_EQ(did_you_mean("qqqqq", {}), "");
}

}  // namespace
}  // namespace flow::diagnostics
