#include "compiler/import/names.h"

#include <gtest/gtest.h>

#include "base/limits.h"

namespace flow::importing {
namespace {

TEST(Names, TellWhatTheyLack) {
  EXPECT_TRUE(has_letters("Send 2"));
  EXPECT_FALSE(has_letters("发送短信 2"));
  EXPECT_FALSE(has_letters(""));
  EXPECT_TRUE(loses_letters("发送SMS"));
  EXPECT_TRUE(loses_letters("Übung"));
  EXPECT_FALSE(loses_letters("Send 2"));
}

TEST(Names, OfStepsAreReadable) {
  Names names;
  EXPECT_EQ(names.step("send_sms_1", "step"), "send_sms_1");
  EXPECT_EQ(names.step("Send WhatsApp, 2nd", "step"), "send_whats_app_2nd");
  EXPECT_EQ(names.step("send whats app 2nd", "step"), "send_whats_app_2nd_2");
  EXPECT_EQ(names.step("SendMessage", "step"), "SendMessage");
  EXPECT_EQ(names.step("2 ways", "step"), "step_2_ways");
  EXPECT_EQ(names.step("Übung \"7\"", "step"), "bung_7");
  EXPECT_EQ(names.step("日本", "step"), "step");
  EXPECT_EQ(names.step("", "step"), "step_2");
  EXPECT_EQ(names.step("end", "step"), "end_2");
  EXPECT_EQ(names.step("Contains", "step"), "Contains");
  EXPECT_EQ(names.step("contains", "step"), "contains_2");
}

TEST(Names, OfVariablesAreCamelCase) {
  Names names;
  names.reserve("orderId");
  EXPECT_EQ(names.variable("order.id", "value"), "orderId_2");
  EXPECT_EQ(names.variable("order_id", "value"), "order_id");
  EXPECT_EQ(names.variable("First Name", "value"), "firstName");
}

TEST(Names, NeverPassTheLimitAndAreNeverGivenOutTwice) {
  Names names;
  std::set<std::string> seen;
  const std::string hostile[] = {std::string(1000, 'x'), "\x01\xFF\"}{", "a b", "a-b", "a.b", "or", "next"};
  for (int i = 0; i < 500; ++i) {
    for (const std::string& label : hostile) {
      const std::string name = i % 2 == 0 ? names.step(label, "step") : names.variable(label, "value");
      EXPECT_TRUE(is_name(name)) << name;
      EXPECT_LE(name.size(), limits::kNameCharsMax);
      EXPECT_TRUE(seen.insert(name).second) << name;
    }
  }
}

TEST(Names, AreTakenFromTheEndsOfAddresses) {
  EXPECT_EQ(last_word("https://x.example/get-case?v=2"), "get-case");
  EXPECT_EQ(last_word("https://x.example/a/b//#top"), "b");
  EXPECT_EQ(last_word("/orders"), "orders");
  EXPECT_EQ(last_word(""), "");
}

}  // namespace
}  // namespace flow::importing
