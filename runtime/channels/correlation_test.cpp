#include "runtime/channels/correlation.h"

#include <gtest/gtest.h>

namespace flow::channels {
namespace {

constexpr std::int64_t kNow = 1'795'000'000'000;

crypto::SealingKey key(char fill) {
  return {std::string(1, fill), std::string(crypto::kSealingKeyBytes, fill)};
}

Correlation sample() {
  Correlation correlation;
  for (std::size_t i = 0; i < 16; ++i) correlation.execution.bytes[i] = static_cast<std::uint8_t>(i * 17);
  correlation.message = 999;
  correlation.attempt = 3;
  return correlation;
}

TEST(Correlation, ComesBack) {
  const Correlator correlator({key('a')});
  const std::string token = correlator.make("sms", sample(), kNow);
  EXPECT_EQ(token.size(), 50U);
  EXPECT_EQ(correlator.read("sms", token, kNow), sample());
  EXPECT_EQ(correlator.read("sms", token, kNow + kCorrelationAgeMsMax - 60'000), sample());
  EXPECT_FALSE(correlator.read("sms", token, kNow + kCorrelationAgeMsMax + 60'000));
}

TEST(Correlation, IsBoundToItsChannelAndKey) {
  const Correlator correlator({key('a')});
  const std::string token = correlator.make("sms", sample(), kNow);
  EXPECT_FALSE(correlator.read("sms2", token, kNow));
  EXPECT_FALSE(Correlator({key('b')}).read("sms", token, kNow));
  EXPECT_EQ(Correlator({key('b'), key('a')}).read("sms", token, kNow), sample());
}

TEST(Correlation, EveryChangeIsFound) {
  const Correlator correlator({key('a')});
  const std::string token = correlator.make("sms", sample(), kNow);
  for (std::size_t i = 0; i < token.size(); ++i) {
    for (const char c : std::string_view("AQgw059-_")) {
      std::string changed = token;
      changed[i] = c;
      if (changed != token) EXPECT_FALSE(correlator.read("sms", changed, kNow)) << i << c;
    }
  }
  for (std::size_t size = 0; size < token.size(); ++size) {
    EXPECT_FALSE(correlator.read("sms", std::string_view(token).substr(0, size), kNow));
  }
  EXPECT_FALSE(correlator.read("sms", token + token, kNow));
  EXPECT_FALSE(correlator.read("sms", std::string(100'000, 'A'), kNow));
}

TEST(Correlation, AttemptsAreCappedNotWrapped) {
  const Correlator correlator({key('a')});
  Correlation many = sample();
  many.attempt = 70'000;
  EXPECT_EQ(correlator.read("sms", correlator.make("sms", many, kNow), kNow)->attempt, 65'535U);
}

}  // namespace
}  // namespace flow::channels
