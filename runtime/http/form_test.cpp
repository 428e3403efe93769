#include "runtime/http/form.h"

#include <gtest/gtest.h>

namespace flow::http {
namespace {

TEST(Form, EncodesWhatIsNotUnreserved) {
  EXPECT_EQ(percent_encode("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(percent_encode("+63 &=/%\n"), "%2B63%20%26%3D%2F%25%0A");
  EXPECT_EQ(percent_encode("\xc3\xa9"), "%C3%A9");
}

TEST(Form, DecodesStrictly) {
  EXPECT_EQ(percent_decode("%2b63%20"), "+63 ");
  EXPECT_EQ(percent_decode("a+b"), "a+b");
  EXPECT_EQ(percent_decode("a+b", true), "a b");
  EXPECT_FALSE(percent_decode("%"));
  EXPECT_FALSE(percent_decode("%4"));
  EXPECT_FALSE(percent_decode("%zz"));
}

TEST(Form, FieldsKeepOrderAndRepeats) {
  const auto fields = parse_form("b=1&a=2&b=3&&empty&x=%26");
  ASSERT_TRUE(fields);
  EXPECT_EQ(*fields, (Fields{{"b", "1"}, {"a", "2"}, {"b", "3"}, {"empty", ""}, {"x", "&"}}));
  EXPECT_EQ(find_field(*fields, "b"), "1");
  EXPECT_FALSE(find_field(*fields, "c"));
  EXPECT_EQ(encode_form(*fields), "b=1&a=2&b=3&empty=&x=%26");
}

TEST(Form, RefusesMalformedAndTooMany) {
  EXPECT_FALSE(parse_form("a=%"));
  EXPECT_FALSE(parse_form("%=a"));
  std::string many;
  for (std::size_t i = 0; i < kFormFieldsMax; ++i) many += "a=1&";
  EXPECT_TRUE(parse_form(many));
  EXPECT_FALSE(parse_form(many + "a=1"));
}

}  // namespace
}  // namespace flow::http
