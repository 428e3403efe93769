// The arms of a step that waits for an answer, looked up and one after the other.
#include "compiler/check/replies.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace flow::check {
namespace {

using Kind = AwaitReply::Match::Kind;

AwaitReply::Arm arm(std::vector<AwaitReply::Match> matches) {
  return {std::move(matches), {}, {}};
}

AwaitReply step() {
  AwaitReply result;
  result.arms = {arm({{Kind::text, "Yes", {}}, {Kind::text, "  JA ", {}}}),
                 arm({{Kind::containing, "human", {}}}),
                 arm({{Kind::pattern, "[0-9]+", {}}, {Kind::text, "yes", {}}}),
                 arm({{Kind::text, "a HUMAN", {}}}),
                 arm({{Kind::kind, "", program::ReplyKind::location}}),
                 arm({{Kind::text, "Äpfel", {}}}),
                 arm({{Kind::pattern, "[0-9]+", {}}})};
  return result;
}

TEST(ArmIndex, FindsTheArmThatIsTheFirstToMatch) {
  const AwaitReply body = step();
  const ArmIndex index(body);
  for (const char* text : {"yes", " YES ", "ja", "a human", "some human!", "12", "äpfel ", "", "no"}) {
    for (std::size_t kind = 0; kind < program::kReplyKinds; ++kind) {
      const SampleReply reply{text, static_cast<program::ReplyKind>(kind)};
      const auto first =
          std::find_if(body.arms.begin(), body.arms.end(), [&](const auto& one) { return matches(one, reply); });
      EXPECT_EQ(index.arm_for(reply), static_cast<std::size_t>(first - body.arms.begin())) << text;
    }
  }
}

TEST(ArmIndex, KnowsArmsThatNeverMatch) {
  const AwaitReply body = step();
  const ArmIndex index(body);
  const bool may[] = {true, true, true, false, true, true, false, true};
  for (std::size_t i = 0; i <= body.arms.size(); ++i) {
    EXPECT_EQ(index.sample_for(i).has_value(), may[i]) << i;
    if (i < body.arms.size()) EXPECT_EQ(index.may_match(i), may[i]) << i;
  }
}

}  // namespace
}  // namespace flow::check
