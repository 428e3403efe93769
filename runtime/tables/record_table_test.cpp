#include "runtime/tables/record_table.h"

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace flow::tables {
namespace {

using Handle = RecordTable::Handle;

RecordTable::Bytes bytes(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
std::string text(RecordTable::Bytes bytes) {
  return {bytes.begin(), bytes.end()};
}

TEST(RecordTable, KeepsReplacesAndErases) {
  RecordTable table;
  const Handle one = table.put(bytes("one"));
  const Handle none = table.put({});
  EXPECT_EQ(text(table.get(one)), "one");
  EXPECT_EQ(table.get(none).size(), 0U);
  const auto* place = table.get(one).data();
  table.replace(one, bytes("the same"));
  EXPECT_EQ(table.get(one).data(), place) << "the class stays, so the place does";
  table.edit(one)[0] = 'T';
  EXPECT_EQ(text(table.get(one)), "The same");
  table.replace(one, bytes(std::string(40, 'x')));
  EXPECT_EQ(text(table.get(one)), std::string(40, 'x'));
  table.erase(one);
  EXPECT_FALSE(table.contains(one));
  EXPECT_FALSE(table.contains(99));
  EXPECT_EQ(table.put(bytes("again")), one) << "handles are given out again";
}

TEST(RecordTable, TakesItsOwnBytes) {
  RecordTable table;
  const Handle handle = table.put(bytes("0123456789abcdef-and-more"));
  table.replace(handle, table.get(handle).subspan(1));
  EXPECT_EQ(text(table.get(handle)), "123456789abcdef-and-more");
  table.replace(handle, table.get(handle).subspan(16));
  EXPECT_EQ(text(table.get(handle)), "and-more");
  EXPECT_EQ(text(table.get(table.put(table.get(handle)))), "and-more");
}

TEST(RecordTable, TakesRecordsUpToTheLimit) {
  RecordTable table;
  const std::string longest(limits::kRecordBytesMax, 'x');
  const Handle handle = table.put(bytes(longest));
  EXPECT_EQ(text(table.get(handle)), longest);
  EXPECT_GE(table.stats().allocated_bytes, longest.size());
  table.replace(handle, bytes("short"));
  EXPECT_EQ(text(table.get(handle)), "short");
  EXPECT_LT(table.stats().allocated_bytes, longest.size());
  EXPECT_DEATH(table.put(bytes(longest + "x")), "a record of");
}

TEST(RecordTable, CostsAtMostNineBytesMoreAndAChunkAClassAndGivesBack) {
  RecordTable table;
  std::mt19937_64 random(1);
  std::size_t rounded = 0;
  const std::size_t count = 300'000;
  const std::string source(200, 'x');
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t size = 60 + random() % 141;
    rounded += (size + 7) / 8 * 8;
    table.put(bytes(source.substr(0, size)));
  }
  EXPECT_LE(table.stats().allocated_bytes, rounded + 9 * count + (std::size_t{20} << 17));
  for (Handle handle = 0; handle < table.end(); ++handle) table.erase(handle);
  EXPECT_EQ(table.stats().live_bytes, 0U);
  EXPECT_LE(table.stats().allocated_bytes, 9 * count + (std::size_t{1} << 20)) << "the chunks are given back";
}

TEST(RecordTable, FreedPlacesAreTakenAgain) {
  RecordTable table;
  std::vector<Handle> handles;
  for (int i = 0; i < 50'000; ++i) handles.push_back(table.put(bytes(std::string(100, 'x'))));
  const std::size_t before = table.stats().allocated_bytes;
  std::mt19937_64 random(1);
  for (int i = 0; i < 200'000; ++i) {
    Handle& handle = handles[random() % handles.size()];
    table.erase(handle);
    handle = table.put(bytes(std::string(97 + random() % 8, 'y')));
  }
  EXPECT_LE(table.stats().allocated_bytes, before + (std::size_t{1} << 20));
}

void agree(unsigned seed, int operations) {
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  RecordTable table;
  std::map<Handle, std::string> expected;
  std::size_t live = 0;
  const auto some = [&random] {
    const std::size_t kind = random() % 100;
    const std::size_t size = kind == 0 ? random() % 20'000 : kind < 5 ? 1000 + random() % 50 : random() % 300;
    return std::string(size, static_cast<char>('a' + random() % 26));
  };
  bool shrinking = false;
  for (int i = 0; i < operations; ++i) {
    if (random() % 3000 == 0) shrinking = !shrinking;
    auto at = expected.lower_bound(static_cast<Handle>(random() % (table.end() + 1)));
    if (at == expected.end()) at = expected.begin();
    if (expected.empty() || random() % 10 < (shrinking ? 1U : 5U)) {
      const std::string record = some();
      const Handle handle = table.put(bytes(record));
      ASSERT_TRUE(expected.emplace(handle, record).second);
      live += record.size();
    } else if (random() % 2 == 0) {
      live -= at->second.size();
      at->second = some();
      live += at->second.size();
      table.replace(at->first, bytes(at->second));
    } else {
      live -= at->second.size();
      table.erase(at->first);
      expected.erase(at);
    }
    if (!expected.empty() && i % 8 == 0) {
      auto look = expected.lower_bound(static_cast<Handle>(random() % table.end()));
      if (look == expected.end()) look = expected.begin();
      ASSERT_EQ(text(table.get(look->first)), look->second);
    }
    ASSERT_EQ(table.stats().records, expected.size());
    ASSERT_EQ(table.stats().live_bytes, live);
  }
  for (Handle handle = 0; handle < table.end(); ++handle) ASSERT_EQ(table.contains(handle), expected.contains(handle));
  for (const auto& [handle, record] : expected) ASSERT_EQ(text(table.get(handle)), record);
}

TEST(RecordTable, AgreesWithAMap) {
  for (int run = 0; run < 4; ++run) ASSERT_NO_FATAL_FAILURE(agree(std::random_device{}(), 30'000));
}

}  // namespace
}  // namespace flow::tables
