#include "runtime/http/url.h"

#include <gtest/gtest.h>

namespace flow::http {
namespace {

TEST(Url, Parts) {
  struct Case {
    const char* text;
    const char* host;
    int port;
    const char* target;
    const char* authority;
  };
  for (const Case& each :
       {Case{"http://a", "a", 80, "/", "a"}, Case{"HTTPS://A.Example", "a.example", 443, "/", "a.example"},
        Case{"http://a:8080/b?c=d#e", "a", 8080, "/b?c=d", "a:8080"}, Case{"http://a?b", "a", 80, "/?b", "a"},
        Case{"http://a#b", "a", 80, "/", "a"}, Case{"http://a/b#c/d?e", "a", 80, "/b", "a"},
        Case{"http://a/?b://c@d", "a", 80, "/?b://c@d", "a"}, Case{"http://[::1]:9/x", "::1", 9, "/x", "[::1]:9"},
        Case{"https://[FE80::1]", "fe80::1", 443, "/", "[fe80::1]"}, Case{"http://a:65535", "a", 65535, "/", "a:65535"},
        Case{"http://a_b-c.", "a_b-c.", 80, "/", "a_b-c."}}) {
    const auto url = parse_url(each.text);
    ASSERT_TRUE(url) << each.text;
    EXPECT_EQ(url->host, each.host) << each.text;
    EXPECT_EQ(url->port, each.port) << each.text;
    EXPECT_EQ(url->target, each.target) << each.text;
    EXPECT_EQ(url->authority, each.authority) << each.text;
  }
}

TEST(Url, WhatIsNone) {
  for (const std::string& text : {std::string(),
                                  std::string("a"),
                                  std::string("//a"),
                                  std::string("http:/a"),
                                  std::string("http://"),
                                  std::string("http:///a"),
                                  std::string("ftp://a"),
                                  std::string("http://a:"),
                                  std::string("http://a:0"),
                                  std::string("http://a:65536"),
                                  std::string("http://a:80x"),
                                  std::string("http://a:+80"),
                                  std::string("http://a:-1"),
                                  std::string("http://user@a/"),
                                  std::string("http://user:word@a/"),
                                  std::string("http://good\\@a/"),
                                  std::string("http://a b/"),
                                  std::string("http://a/b c"),
                                  std::string("http://a/\r\nX: y"),
                                  std::string("http://a/\0b", 11),
                                  std::string("http://a/\x7f"),
                                  std::string("http://\xc3\xa4/"),
                                  std::string("http://[::1"),
                                  std::string("http://[::1]x"),
                                  std::string("http://[]"),
                                  std::string("http://[a"),
                                  std::string("http://[x]"),
                                  std::string("http://::1/"),
                                  std::string("http://.a"),
                                  std::string("http://a%2fb/"),
                                  "http://" + std::string(254, 'a') + "/",
                                  "http://a/" + std::string(8192, 'b')}) {
    EXPECT_FALSE(parse_url(text)) << text.substr(0, 60);
  }
}

TEST(Url, References) {
  const auto base = parse_url("https://a.example:8443/b/c/d;p?q");
  ASSERT_TRUE(base);
  struct Case {
    const char* reference;
    const char* means;
  };
  // Those of RFC 3986, section 5.4, that a Location may be.
  for (const Case& each :
       {Case{"http://g/x", "http://g/x"}, Case{"//g", "https://g"}, Case{"g", "https://a.example:8443/b/c/g"},
        Case{"./g/", "https://a.example:8443/b/c/g/"}, Case{"/g", "https://a.example:8443/g"},
        Case{"?y", "https://a.example:8443/b/c/d;p?y"}, Case{"g?y#s", "https://a.example:8443/b/c/g?y"},
        Case{"", "https://a.example:8443/b/c/d;p?q"}, Case{".", "https://a.example:8443/b/c/"},
        Case{"..", "https://a.example:8443/b/"}, Case{"../g", "https://a.example:8443/b/g"},
        Case{"../../../g", "https://a.example:8443/g"}, Case{"/./g/../h", "https://a.example:8443/h"},
        Case{"g/x?y=../z", "https://a.example:8443/b/c/g/x?y=../z"}, Case{"x/y:z", "https://a.example:8443/b/c/x/y:z"},
        Case{"mailto:a@b", "mailto:a@b"}}) {
    EXPECT_EQ(resolve(*base, each.reference), each.means) << each.reference;
  }
}

}  // namespace
}  // namespace flow::http
