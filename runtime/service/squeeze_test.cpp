#include "runtime/service/squeeze.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace flow::service {
namespace {

constexpr std::string_view kText = "Your one-time password is: ";

std::string image(int number) {
  return std::to_string(number * 7919) + std::string(kText) + std::to_string(number * 104'729) +
         " Please do not share this password with anyone to protect your account." + std::to_string(number);
}

TEST(Squeeze, KeepsWhatAllShareOnce) {
  Dictionary dictionary;
  dictionary.learn(1, image(1));
  EXPECT_FALSE(dictionary.ready());
  dictionary.learn(1, image(1));
  EXPECT_FALSE(dictionary.ready()) << "one person's images say nothing of what is common";
  dictionary.learn(2, image(2));
  ASSERT_TRUE(dictionary.ready());
  for (int i = 1; i < 100; ++i) {
    std::string small;
    ASSERT_TRUE(dictionary.squeeze(image(i), small));
    EXPECT_LT(small.size(), 50U);
    std::string back;
    ASSERT_TRUE(dictionary.unsqueeze(small, back));
    EXPECT_EQ(back, image(i));
  }
}

TEST(Squeeze, HoldsNothingOfOnePerson) {
  Dictionary dictionary;
  dictionary.learn(1, "+639171234567 " + std::string(kText) + "482913");
  dictionary.learn(2, "+60123456789 " + std::string(kText) + "771204");
  ASSERT_TRUE(dictionary.ready());
  std::string small;
  EXPECT_FALSE(dictionary.squeeze("+639171234567482913", small)) << "none of it is in the dictionary";
}

TEST(Squeeze, GivesUpWhereNothingIsShared) {
  Dictionary dictionary;
  for (std::uint64_t party = 1; party < 9; ++party)
    dictionary.learn(party, std::string(30, static_cast<char>('a' + party)));
  EXPECT_FALSE(dictionary.ready());
}

TEST(Squeeze, AnyBytesComeBackAndAnyBytesAreSurvived) {
  std::mt19937 random(7);
  Dictionary dictionary;
  dictionary.learn(1, image(1));
  dictionary.learn(2, image(2));
  for (int round = 0; round < 2000; ++round) {
    std::string bytes = image(round);
    for (int i = 0; i < round % 20; ++i) bytes[random() % bytes.size()] = static_cast<char>(random());
    if (round % 3 == 0) bytes = bytes.substr(random() % bytes.size());
    std::string small;
    std::string back;
    if (dictionary.squeeze(bytes, small)) {
      ASSERT_TRUE(dictionary.unsqueeze(small, back));
      EXPECT_EQ(back, bytes);
    }
    (void)dictionary.unsqueeze(bytes, back);
  }
}

TEST(Squeeze, AFlowsTextsMakeADictionaryThatNeverChanges) {
  const std::vector<std::string> texts = {"PH", "Your one-time password is: ", "sms", " minutes. Do not share it."};
  const Dictionary dictionary(texts);
  ASSERT_TRUE(dictionary.ready());
  const std::string state = "head Your one-time password is: 482913 10 minutes. Do not share it.";
  std::string small;
  ASSERT_TRUE(dictionary.squeeze(state, small));
  // These bytes are in stores: a release that makes or reads others cannot read what is there.
  EXPECT_EQ(small, std::string("\x05head \x1B\x00\x09"
                               "482913 10\x1A\x00\x00",
                               21));
  std::string back;
  ASSERT_TRUE(Dictionary(texts).unsqueeze(small, back));
  EXPECT_EQ(back, state);
  EXPECT_FALSE(Dictionary(std::vector<std::string>{"short", "PH"}).ready());
}

TEST(Squeeze, WhatShallStayPlainDoes) {
  const std::vector<std::string> texts = {"Your one-time password is: "};
  const Dictionary dictionary(texts);
  const std::string state = "Your one-time password is: 482913, " + texts[0];
  std::string small;
  ASSERT_TRUE(dictionary.squeeze(state, small, 10));
  EXPECT_TRUE(Dictionary::plain_begin(small).starts_with(state.substr(0, 10)));
  std::string back;
  ASSERT_TRUE(dictionary.unsqueeze(small, back));
  EXPECT_EQ(back, state);
  EXPECT_EQ(Dictionary::plain_begin("\x7F short"), "");
  EXPECT_EQ(Dictionary::plain_begin(""), "");
}

TEST(Squeeze, ManyMatchesDoNotFillTheMemory) {
  const Dictionary dictionary(std::vector<std::string>{std::string(8000, 'x')});
  std::string bytes;
  for (int i = 0; i < 100'000; ++i)
    bytes += std::string("\x00\xC0\x3E\x00", 3) + (i == 0 ? '\0' : '\xFF') + (i == 0 ? "" : "\x7C");
  std::string out;
  EXPECT_FALSE(dictionary.unsqueeze(bytes, out));
  EXPECT_LT(out.size(), std::size_t{32} << 20);
}

}  // namespace
}  // namespace flow::service
