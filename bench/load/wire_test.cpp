#include "bench/load/wire.h"

#include <gtest/gtest.h>

namespace flow::load {
namespace {

constexpr std::string_view kRequest =
    "POST /v1/messages HTTP/1.1\r\nHost: a\r\nAUTHORIZATION:  Basic eA== \r\nContent-Length: 11\r\n\r\nhello world";

// However the bytes come: each beginning is incomplete, the whole is complete, and what follows is left.
TEST(Wire, ReadsAMessageThatComesInPieces) {
  HttpMessage message;
  std::size_t size = 0;
  for (std::size_t cut = 0; cut < kRequest.size(); ++cut) {
    ASSERT_EQ(read_message(kRequest.substr(0, cut), message, size), Reading::incomplete) << cut;
  }
  const std::string two = std::string(kRequest) + "POST /next";
  ASSERT_EQ(read_message(two, message, size), Reading::complete);
  EXPECT_EQ(size, kRequest.size());
  EXPECT_TRUE(message.is_post());
  EXPECT_EQ(message.target(), "/v1/messages");
  EXPECT_EQ(message.field("authorization"), "Basic eA==");
  EXPECT_EQ(message.field("absent"), "");
  EXPECT_EQ(message.body, "hello world");
  EXPECT_FALSE(message.close);
}

TEST(Wire, ReadsAnswers) {
  HttpMessage message;
  std::size_t size = 0;
  ASSERT_EQ(read_message("HTTP/1.1 503 Busy\r\nRetry-After: 2\r\nConnection: Close\r\n\r\n", message, size),
            Reading::complete);
  EXPECT_EQ(message.status(), 503);
  EXPECT_EQ(message.field("retry-after"), "2");
  EXPECT_TRUE(message.close);
  EXPECT_EQ(message.body, "");
  ASSERT_EQ(read_message("HTTP/1.1 204\r\n\r\n", message, size), Reading::complete);
  EXPECT_EQ(message.status(), 204);
  ASSERT_EQ(read_message("nonsense\r\n\r\n", message, size), Reading::complete);
  EXPECT_EQ(message.status(), 0);
}

TEST(Wire, RefusesWhatItCannotFrame) {
  HttpMessage message;
  std::size_t size = 0;
  for (const std::string_view field :
       {"Content-Length: x", "Content-Length: -1", "Content-Length: 99999999999999999999", "Content-Length: 1048577",
        "Transfer-Encoding: chunked"}) {
    EXPECT_EQ(read_message("POST / HTTP/1.1\r\n" + std::string(field) + "\r\n\r\n", message, size), Reading::broken)
        << field;
  }
  EXPECT_EQ(read_message(std::string(kHeadBytesMax + 1, 'x'), message, size), Reading::broken);
}

TEST(Wire, FindsTextsInJson) {
  constexpr std::string_view kJson =
      R"({"text":"say \"to\": \"me\" here","from":"to","ttl":3,"to" : "6012","empty":"","open":"x)";
  EXPECT_EQ(json_text(kJson, "to"), "6012");
  EXPECT_EQ(json_text(kJson, "text"), R"(say \"to\": \"me\" here)");
  EXPECT_EQ(json_text(kJson, "ttl"), "");
  EXPECT_EQ(json_text(kJson, "empty"), "");
  EXPECT_EQ(json_text(kJson, "open"), "");
  EXPECT_EQ(json_text(kJson, "absent"), "");
}

TEST(Wire, FindsFieldsOfForms) {
  constexpr std::string_view kForm = "ATo=no&To=%2B1201&Body=a+b%3d%26&Bad=%4&Worse=%zz";
  EXPECT_EQ(form_field(kForm, "To"), "+1201");
  EXPECT_EQ(form_field(kForm, "Body"), "a b=&");
  EXPECT_EQ(form_field(kForm, "Bad"), std::nullopt);
  EXPECT_EQ(form_field(kForm, "Worse"), std::nullopt);
  EXPECT_EQ(form_field(kForm, "From"), std::nullopt);
}

TEST(Wire, Writes) {
  std::string out;
  append_number(out, 7, 3);
  append_number(out, 12345, 3);
  append_encoded(out, "+a b~");
  append_hex(out, std::string_view("\x00\xff", 2));
  EXPECT_EQ(out, "00712345%2Ba%20b~00ff");
  const auto base64 = [](std::string_view text) {
    std::string written;
    append_base64(written, text);
    written += ' ';
    append_base64url(written, text);
    return written;
  };
  EXPECT_EQ(base64("f"), "Zg== Zg");
  EXPECT_EQ(base64("fo"), "Zm8= Zm8");
  EXPECT_EQ(base64("foo"), "Zm9v Zm9v");
  EXPECT_EQ(base64("\xfb\xff"), "+/8= -_8");
}

}  // namespace
}  // namespace flow::load
