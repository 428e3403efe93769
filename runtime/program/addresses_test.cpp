#include "runtime/program/addresses.h"

#include <gtest/gtest.h>

#include <string>

namespace flow::program {
namespace {

TEST(Addresses, EmailAddresses) {
  for (const char* good : {"a@b.example", "first.last+tag@mail.shop.example", "x_y@1.example", "o'neil@b-c.example"})
    EXPECT_TRUE(is_email(good)) << good;
  for (const char* bad : {"", "a", "a@", "@b.example", "a@b", "a@b..example", ".a@b.example", "a.@b.example",
                          "a..b@c.example", "a b@c.example", "a@b.example\n", "a@-b.example",
                          "a@b.example, c@d.example", "<a@b.example>", "a@b@c.example", "\xc3\xa4@b.example"})
    EXPECT_FALSE(is_email(bad)) << bad;
  EXPECT_TRUE(is_email(std::string(64, 'a') + "@b.example"));
  EXPECT_FALSE(is_email(std::string(65, 'a') + "@b.example"));
  const std::string tail = ".b.example";
  const auto of_length = [&](std::size_t bytes) {
    std::string host;
    while (host.size() < bytes) host += std::string(host.size() % 60 == 59 ? "." : "c");
    return "a@" + host.substr(0, bytes - 2 - tail.size()) + tail;
  };
  EXPECT_TRUE(is_email(of_length(kEmailBytesMax)));
  EXPECT_FALSE(is_email(of_length(kEmailBytesMax + 1)));
}

TEST(Addresses, Urls) {
  for (const char* good : {"https://shop.example", "http://shop.example/a?b=c&d=%20#e", "https://shop.example:8443/x",
                           "https://localhost/", "https://10.0.0.1/x?y"})
    EXPECT_TRUE(is_url(good)) << good;
  for (const char* bad :
       {"", "shop.example", "ftp://shop.example", "https://", "https:///x", "https://user@shop.example",
        "https://shop.example/a b", "https://shop.example/%2", "https://shop.example/%zz", "https://shop.example:0/",
        "https://shop.example:99999/", "https://shop.example:/", "javascript:alert(1)", "https://shop.example/\"",
        "https://sh\xc3\xb6p.example/", "https://shop.example/\r\nX: y"})
    EXPECT_FALSE(is_url(bad)) << bad;
  const std::string start = "https://shop.example/";
  EXPECT_TRUE(is_url(start + std::string(kUrlBytesMax - start.size(), 'a')));
  EXPECT_FALSE(is_url(start + std::string(kUrlBytesMax - start.size() + 1, 'a')));
}

}  // namespace
}  // namespace flow::program
