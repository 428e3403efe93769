#include "runtime/store/record.h"

#include <gtest/gtest.h>

#include "runtime/core/random.h"

namespace flow::store {
namespace {

std::vector<Record> one_of_each() {
  ExecutionRecord start;
  start.id.bytes[0] = 7;
  start.id.bytes[15] = 9;
  start.revision = 1;
  start.changed_at_ms = 1'700'000'000'000;
  start.summary = "summary";
  start.image = std::string("\0image", 6);
  start.timeline = {"a", "", "c"};
  start.flow = "otp";
  start.bundle = "b1";
  start.idempotency_key = "k";
  start.fingerprint = "f";
  ExecutionRecord next;
  next.id = start.id;
  next.revision = 2;
  next.ended_at_ms = 5;
  return {BundleRecord{"b1", 1, {"otp", "survey"}, std::string(1000, 'x')}, PublishRecord{"otp", "b1", 2}, start, next};
}

TEST(Record, AreReadBack) {
  const std::vector<Record> records = one_of_each();
  const auto read = decode_batch(12, encode_batch(12, records));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, records);
}

TEST(Record, EveryFlippedBitIsFound) {
  const std::string bytes = encode_batch(12, one_of_each());
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << (at % 8)));
    ASSERT_FALSE(decode_batch(12, damaged)) << "byte " << at;
  }
}

TEST(Record, EveryCutIsFound) {
  const std::string bytes = encode_batch(12, one_of_each());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    ASSERT_FALSE(decode_batch(12, std::string_view(bytes).substr(0, size))) << size;
  }
  EXPECT_FALSE(decode_batch(12, bytes + "x"));
}

TEST(Record, ABatchOfAnotherPlaceIsRefused) {
  const auto read = decode_batch(13, encode_batch(12, one_of_each()));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::data_loss);
}

TEST(Record, NoiseNeverPasses) {
  core::SeededRandom random(3);
  for (int i = 0; i < 2000; ++i) {
    std::string noise(random.below(200), '\0');
    random.fill({reinterpret_cast<std::uint8_t*>(noise.data()), noise.size()});
    if (noise.size() > 4) noise.replace(0, 4, "FLJ1");
    ASSERT_FALSE(decode_batch(0, noise));
  }
}

}  // namespace
}  // namespace flow::store
