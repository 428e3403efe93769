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

// The key, time and body of the example in the vendor's own libraries (github.com/sendgrid/sendgrid-nodejs).
TEST(Signature, OfTheProvidersExample) {
  const PublicKey key(
      "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/"
      "7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc"
      "6wEA3F+g==");
  EXPECT_FALSE(
      key.verifies("MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluL"
                   "tEZtM=",
                   "1600112502", "[]"));
}

}  // namespace
}  // namespace flow::crypto
