// Hostile values, each into each notation; readers of these notations must give the value back and see nothing else.
#include "runtime/program/escape.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace flow::program {
namespace {

const std::vector<std::string>& hostile() {
  static const std::vector<std::string> all = {"",
                                               "plain",
                                               "\"",
                                               "\\",
                                               "\\\"",
                                               "\",\"admin\":true,\"x\":\"",
                                               "</script><script>alert(1)</script>",
                                               "' onmouseover='x",
                                               "a&b=c&d",
                                               "../../etc/passwd",
                                               "..",
                                               ".",
                                               "%2e%2e%2f",
                                               "x/y?z#w",
                                               "a b+c",
                                               "\r\nX-Injected: 1\r\n\r\nbody",
                                               std::string("nul\0nul", 7),
                                               "\x01\x1f\x7f",
                                               "caf\u00e9 \U0001f44b \u2028",
                                               "{{code}}",
                                               "@host:80"};
  return all;
}

template <typename Append>
std::string made(Append append, std::string_view text) {
  std::string out;
  append(out, text);
  return out;
}

std::string unescape_url(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    out += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
    i += 2;
  }
  return out;
}

TEST(Escape, JsonGivesTheValueBack) {
  for (const std::string& text : hostile()) {
    const auto parsed = nlohmann::json::parse("{\"v\":\"" + made(append_json_escaped, text) + "\"}", nullptr, false);
    ASSERT_TRUE(parsed.is_object()) << text;
    EXPECT_EQ(parsed.size(), 1u);
    EXPECT_EQ(parsed["v"], text);
  }
}

// Sixteen bytes are looked at together: whatever a byte is and wherever it stands, it comes out as it does alone.
TEST(Escape, JsonWritesEachByteAsItIsAloneWhereverItStands) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string alone = made(append_json_escaped, std::string(1, static_cast<char>(byte)));
    for (std::size_t size : {1U, 15U, 16U, 17U, 33U}) {
      for (std::size_t place = 0; place < size; ++place) {
        std::string text(size, 'a');
        text[place] = static_cast<char>(byte);
        ASSERT_EQ(made(append_json_escaped, text), std::string(place, 'a') + alone + std::string(size - place - 1, 'a'))
            << byte;
      }
    }
  }
}

TEST(Escape, UrlsHoldNothingThatPartsThem) {
  for (const std::string& text : hostile()) {
    const std::string escaped = made(append_url_escaped, text);
    EXPECT_EQ(escaped.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~%"),
              std::string::npos)
        << text;
    EXPECT_NE(escaped, "..");
    EXPECT_NE(escaped, ".");
    EXPECT_EQ(unescape_url(escaped), text);
  }
}

TEST(Escape, HtmlHoldsNoMarks) {
  for (const std::string& text : hostile()) {
    std::string escaped = made(append_html_escaped, text);
    EXPECT_EQ(escaped.find_first_of("<>\"'"), std::string::npos) << text;
    for (const auto& [entity, character] : std::vector<std::pair<std::string, std::string>>{
             {"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&#39;", "'"}, {"&amp;", "&"}})
      for (std::size_t at = 0; (at = escaped.find(entity, at)) != std::string::npos; at += character.size())
        escaped.replace(at, entity.size(), character);
    EXPECT_EQ(escaped, text);
  }
}

TEST(Escape, HeadersStayOneLine) {
  for (const std::string& text : hostile()) {
    const std::string escaped = made(append_header_escaped, text);
    for (const char c : escaped) EXPECT_FALSE(static_cast<unsigned char>(c) < 0x20 || c == 0x7f) << text;
    EXPECT_EQ(escaped.size(), text.size());
  }
}

TEST(Escape, BytesThatAreNotUtf8AreMended) {
  EXPECT_EQ(made(append_json_escaped,
                 "a\xff\xc3"
                 "b"),
            "a\ufffd\ufffdb");
  EXPECT_EQ(made(append_url_escaped, "\xc0"), "%EF%BF%BD");
  EXPECT_EQ(made(append_html_escaped, "\xed\xa0\x80"), "\ufffd\ufffd\ufffd");
  EXPECT_EQ(made(append_header_escaped, "\xf5"), "\ufffd");
}

}  // namespace
}  // namespace flow::program
