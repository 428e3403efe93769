#include "runtime/crypto/signature.h"

#include <gtest/gtest.h>

namespace flow::crypto {
namespace {

TEST(Signature, OfAnotherKeyTextOrPartIsNone) {
  const PrivateKey key;
  const PublicKey known(key.public_key());
  const std::string signature = key.sign("1600112502", "[{}]\r\n");
  EXPECT_TRUE(known.verifies(signature, "1600112502", "[{}]\r\n"));
  EXPECT_TRUE(known.verifies(signature, "1600112502[{}]\r\n"));
  EXPECT_FALSE(known.verifies(signature, "1600112503", "[{}]\r\n"));
  EXPECT_FALSE(known.verifies(signature, "1600112502", "[{}]"));
  EXPECT_FALSE(PublicKey(PrivateKey().public_key()).verifies(signature, "1600112502", "[{}]\r\n"));
  EXPECT_FALSE(known.verifies("", "1600112502", "[{}]\r\n"));
  EXPECT_FALSE(known.verifies("no base64!", "1600112502", "[{}]\r\n"));
  EXPECT_FALSE(known.verifies(std::string(4000, 'A'), "1600112502", "[{}]\r\n"));
}

TEST(Signature, WhatIsNoKeyVerifiesNothing) {
  const PrivateKey key;
  EXPECT_TRUE(is_public_key(key.public_key()));
  for (const std::string& bad : {std::string(), std::string("x"), std::string("AAAA"), key.public_key() + "AAAA",
                                 key.public_key().substr(4), std::string(5000, 'A')}) {
    EXPECT_FALSE(is_public_key(bad)) << bad;
    EXPECT_FALSE(PublicKey(bad).verifies(key.sign("a"), "a"));
  }
}

// The key, time and body of the example in the provider's own libraries.
TEST(Signature, OfTheProvidersExample) {
  const PublicKey key(
      "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/"
      "7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc"
      "6wEA3F+g==");
  const std::string signature =
      "MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM=";
  const std::string body =
      R"([{"email":"hello@world.com","event":"dropped","reason":"Bounced Address",)"
      R"("sg_event_id":"ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA",)"
      R"("sg_message_id":"LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0",)"
      R"("smtp-id":"<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>","timestamp":1600112492}])"
      "\r\n";
  EXPECT_TRUE(key.verifies(signature, "1600112502", body));
  EXPECT_FALSE(key.verifies(signature, "1600112503", body));
}

}  // namespace
}  // namespace flow::crypto
