#include "runtime/crypto/jwt.h"

#include <gtest/gtest.h>

#include "runtime/crypto/digest.h"
#include "runtime/crypto/encoding.h"

namespace flow::crypto {
namespace {

std::string token(std::string_view header, std::string_view claims, std::string_view key) {
  const std::string text = base64url(header) + "." + base64url(claims);
  return text + "." + base64url(hmac_sha256(key, text));
}

TEST(Jwt, VerifiesTheKnownToken) {
  // The example token that everybody knows from jwt.io: made by others.
  const auto claims = verify_jwt_hs256(
      "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ."
      "SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c",
      "your-256-bit-secret");
  ASSERT_TRUE(claims) << claims.error().message;
  EXPECT_EQ(*claims, R"({"sub":"1234567890","name":"John Doe","iat":1516239022})");
}

TEST(Jwt, SignedIsVerified) {
  EXPECT_EQ(verify_jwt_hs256(sign_jwt_hs256(R"({"iat":1})", "key"), "key").value(), R"({"iat":1})");
}

TEST(Jwt, RefusesEverythingElse) {
  const std::string good = sign_jwt_hs256(R"({"iat":1})", "key");
  const std::string none = base64url(R"({"alg":"none"})") + "." + base64url(R"({"iat":1})") + ".";
  const std::string cases[] = {
      "",
      ".",
      "..",
      "a.b",
      good + ".x",
      good + "x",
      good.substr(1),
      good + "=",
      none,
      token(R"({"alg":"none"})", R"({"iat":1})", "key"),
      token(R"({"alg":"HS512"})", R"({"iat":1})", "key"),
      token(R"({"alg":["HS256"]})", R"({"iat":1})", "key"),
      token(R"({"alg":"HS256","crit":["b64"]})", R"({"iat":1})", "key"),
      token(R"("HS256")", R"({"iat":1})", "key"),
      token(R"({"alg":"HS256"})", R"([1])", "key"),
      token(R"({"alg":"HS256"})", "{", "key"),
      token(R"({"alg":"HS256"})", R"({"a":)" + std::string(2000, '[') + std::string(2000, ']') + "}", "other"),
      std::string(kJwtBytesMax + 1, 'a'),
  };
  for (const auto& text : cases) {
    const auto claims = verify_jwt_hs256(text, "key");
    ASSERT_FALSE(claims) << text;
    EXPECT_EQ(claims.error().code, ErrorCode::permission_denied);
  }
  EXPECT_FALSE(verify_jwt_hs256(good, "other key"));
}

}  // namespace
}  // namespace flow::crypto
