#include "runtime/http/trace_context.h"

#include <gtest/gtest.h>

namespace flow::http {
namespace {

constexpr const char* kGood = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

TEST(TraceContext, AGoodOneIsPassedOn) {
  EXPECT_EQ(read_traceparent(kGood), kGood);
}

TEST(TraceContext, ALaterVersionIsReadAsThisOne) {
  const std::string later = "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  EXPECT_EQ(read_traceparent(later), kGood);
  EXPECT_EQ(read_traceparent(later + "-what-the-future-will-be-like"), kGood);
  EXPECT_EQ(read_traceparent(later + ".what"), std::nullopt);
}

TEST(TraceContext, WhatIsMalformedIsNoTrace) {
  const std::string good = kGood;
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = 'X';
    EXPECT_EQ(read_traceparent(bad), std::nullopt) << bad;
    EXPECT_EQ(read_traceparent(good.substr(0, i)), std::nullopt) << i;
  }
  EXPECT_EQ(read_traceparent(good + "-00"), std::nullopt);
  EXPECT_EQ(read_traceparent("ff" + good.substr(2)), std::nullopt);
  EXPECT_EQ(read_traceparent("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"), std::nullopt);
  EXPECT_EQ(read_traceparent("00-00000000000000000000000000000000-00f067aa0ba902b7-01"), std::nullopt);
  EXPECT_EQ(read_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01"), std::nullopt);
}

}  // namespace
}  // namespace flow::http
