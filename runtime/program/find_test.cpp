#include "runtime/program/find.h"

#include <gtest/gtest.h>

namespace flow::program {
namespace {

TEST(FindEmail, TakesTheFirstOne) {
  EXPECT_EQ(find_email("prefer email ana@example.com, please"), "ana@example.com");
  EXPECT_EQ(find_email("Ana.B+shop@mail.example.com."), "Ana.B+shop@mail.example.com");
  EXPECT_EQ(find_email("<ana@example.com>"), "ana@example.com");
  EXPECT_EQ(find_email("'ana@example.com'"), "ana@example.com");
  EXPECT_EQ(find_email("@ana or b@c or ana@example.com"), "ana@example.com");
  EXPECT_EQ(find_email("\xe4"
                       "ana@example.com\xe4"),
            "ana@example.com");
}

TEST(FindEmail, FindsNoneInWhatIsNone) {
  for (const char* text : {"", "ana", "ana@", "@example.com", "ana @ example.com", "ana@example", "a@b@c", "@@@@@"})
    EXPECT_EQ(find_email(text), "") << text;
}

TEST(FindEmail, HostileTextsCostLittle) {
  EXPECT_EQ(find_email(std::string(1 << 20, '@')), "");
  EXPECT_EQ(find_email(std::string(1 << 20, 'a')), "");
  EXPECT_EQ(find_email(std::string(1 << 18, '.') + "@" + std::string(1 << 18, '.')), "");
}

TEST(FindPhone, ReadsWhatBeginsWithACallingCode) {
  EXPECT_EQ(find_phone("call me at +63 917 123 4567 tonight"), "+639171234567");
  EXPECT_EQ(find_phone("(0060-12-345 6789)."), "+60123456789");
  EXPECT_EQ(find_phone("order 10-4432, then +639171234567, not +60123456789"), "+639171234567");
  EXPECT_EQ(find_phone("+1 or +63917 123 4567"), "+639171234567");
}

TEST(FindPhone, FindsNoneInWhatIsNone) {
  for (const char* text : {"", "+", "00", "0917 123 4567", "639171234567", "+12", "1+1=2", "2000000000000000000000"})
    EXPECT_EQ(find_phone(text), "") << text;
  EXPECT_EQ(find_phone(std::string(1 << 16, '+')), "");
  EXPECT_EQ(find_phone(std::string(1 << 16, '0')), "");
}

}  // namespace
}  // namespace flow::program
