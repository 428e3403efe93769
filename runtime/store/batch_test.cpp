#include <gtest/gtest.h>

#include "runtime/store/shard_log.h"

namespace flow::store {
namespace {

ExecutionRecord sample(std::uint8_t name, std::string_view image) {
  ExecutionRecord record;
  record.id.bytes.fill(name);
  record.revision = 300;
  record.bundle = 7;
  record.flow = 70'000;
  record.order = 0xFEDC'BA98'7654'3210;
  record.changed_at_ms = 1'789'000'000'123;
  record.ended_at_ms = name % 2 == 0 ? 1'789'000'000'124 : 0;
  record.party = 0x0123'4567'89AB'CDEF;
  record.key = UINT64_MAX;
  record.image = image;
  return record;
}

void expect_equal(const ExecutionRecord& seen, const ExecutionRecord& expected) {
  EXPECT_EQ(seen.id, expected.id);
  EXPECT_EQ(seen.revision, expected.revision);
  EXPECT_EQ(seen.bundle, expected.bundle);
  EXPECT_EQ(seen.flow, expected.flow);
  EXPECT_EQ(seen.order, expected.order);
  EXPECT_EQ(seen.changed_at_ms, expected.changed_at_ms);
  EXPECT_EQ(seen.ended_at_ms, expected.ended_at_ms);
  EXPECT_EQ(seen.party, expected.party);
  EXPECT_EQ(seen.key, expected.key);
  EXPECT_EQ(seen.image, expected.image);
}

TEST(Batch, GivesBackWhatWasAdded) {
  const std::string image(1000, 'i');
  Batch batch;
  EXPECT_TRUE(batch.empty());
  const std::vector<ExecutionRecord> added = {sample(1, image), sample(2, ""), sample(3, "x")};
  for (const ExecutionRecord& record : added) batch.add(record);
  EXPECT_EQ(batch.size(), 3U);
  const Result<Batch> read = Batch::from_bytes(batch.bytes());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->size(), 3U);
  std::size_t at = 0;
  ASSERT_TRUE(read->each([&](const ExecutionRecord& record) -> Status {
    expect_equal(record, added.at(at++));
    return {};
  }));
  EXPECT_EQ(at, 3U);
}

TEST(Batch, StopsAtTheFirstErrorOfWhoReads) {
  Batch batch;
  for (std::uint8_t name = 1; name < 5; ++name) batch.add(sample(name, "i"));
  int seen = 0;
  const Status done = batch.each(
      [&](const ExecutionRecord&) -> Status { return ++seen == 2 ? fail(ErrorCode::internal, "enough") : Status(); });
  EXPECT_FALSE(done);
  EXPECT_EQ(seen, 2);
}

TEST(Batch, EveryCutIsRefusedExceptBetweenRecords) {
  Batch batch;
  batch.add(sample(1, "image"));
  const std::size_t one = batch.bytes().size();
  batch.add(sample(2, "image"));
  for (std::size_t cut = 0; cut <= batch.bytes().size(); ++cut) {
    const bool whole = cut == 0 || cut == one || cut == batch.bytes().size();
    EXPECT_EQ(Batch::from_bytes(batch.bytes().substr(0, cut)).has_value(), whole) << cut;
  }
}

}  // namespace
}  // namespace flow::store
