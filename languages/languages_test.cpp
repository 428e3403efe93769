#include "languages/languages.h"

#include <gtest/gtest.h>

#include "base/limits.h"

namespace flow::languages {
namespace {

TEST(Detect, TellsLanguagesOfMessages) {
  EXPECT_EQ(detect("hello, where is my order?"), "en");
  EXPECT_EQ(detect("Di mana pesanan saya? Saya mahu bayar balik"), "ms");
  EXPECT_EQ(detect("Apa kabar, saya mau tanya tentang pesanan saya"), "id");
  EXPECT_EQ(detect("Nasaan ang order ko? Hindi pa dumarating"), "tl");
  EXPECT_EQ(detect("Bonjour, où est ma commande ?"), "fr");
  EXPECT_EQ(detect("你好，我的订单在哪里"), "zh");
  EXPECT_EQ(detect("我的訂單在哪裡？我想退款"), "zh-Hant");
  EXPECT_EQ(detect("שלום, איפה ההזמנה שלי? אני רוצה החזר כספי"), "he");
}

TEST(Detect, IsSilentWhenItIsNotSure) {
  for (const char* text : {"", "hi", "ok", "12345", "+639171234567", "👍", "\xff\xfe\xfd", "   \n"})
    EXPECT_EQ(detect(text), "") << text;
  EXPECT_EQ(detect({}), "");
}

TEST(Detect, LooksAtTheBeginningOnly) {
  std::string longer = "Hello, where is my order, please? I have been waiting for it since Monday.";
  longer.resize(limits::kDetectBytesMax, ' ');
  longer += std::string(1 << 20, '\xe4');
  EXPECT_EQ(detect(longer), "en");
}

}  // namespace
}  // namespace flow::languages
