#include "runtime/service/loading.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <random>

namespace flow::service {
namespace {

core::ExecutionId id_of_number(std::uint64_t number) {
  core::ExecutionId id;
  const std::uint64_t mixed = number * 0x9E37'79B9'7F4A'7C15;
  std::memcpy(id.bytes.data(), &mixed, sizeof mixed);
  std::memcpy(id.bytes.data() + 8, &number, sizeof number);
  return id;
}

TEST(LoadWindow, GivesTheLastRecordOfEachExecutionInTheirOrder) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  LoadWindow window;
  std::map<core::ExecutionId, std::string> last;
  std::map<core::ExecutionId, std::uint32_t> revisions;
  std::size_t given = 0;
  std::size_t begun = 0;
  const auto take = [&] {
    last.clear();
    std::uint64_t order = 0;
    const Status done = window.take([&](const LoadWindow::Item&) { ++begun; },
                                    [&](const LoadWindow::Item& item) -> Status {
                                      EXPECT_EQ(item.hash, tables::hash_of_name(item.record.id.bytes));
                                      EXPECT_EQ(item.record.revision, revisions[item.record.id]);
                                      EXPECT_TRUE(last.emplace(item.record.id, item.record.image).second);
                                      EXPECT_EQ(last[item.record.id], std::to_string(item.record.order));
                                      EXPECT_GT(item.record.order, order);
                                      order = item.record.order;
                                      ++given;
                                      return {};
                                    });
    ASSERT_TRUE(done);
  };
  for (std::uint64_t i = 1; i <= 50'000; ++i) {
    store::ExecutionRecord record;
    record.id = id_of_number(random() % 700);
    record.revision = ++revisions[record.id];
    record.order = i;
    const std::string image = std::to_string(i);
    record.image = image;
    if (window.add(record)) ASSERT_NO_FATAL_FAILURE(take());
  }
  ASSERT_NO_FATAL_FAILURE(take());
  EXPECT_EQ(given, begun);
  EXPECT_LT(given, 10'000U) << "of 13 windows with 700 executions each";
  ASSERT_NO_FATAL_FAILURE(take());
  EXPECT_TRUE(last.empty());
}

TEST(LoadWindow, IsFullOfFewLargeRecordsToo) {
  LoadWindow window;
  const std::string image(700'000, 'x');
  store::ExecutionRecord record;
  record.image = image;
  record.id = id_of_number(1);
  EXPECT_FALSE(window.add(record));
  record.id = id_of_number(2);
  EXPECT_FALSE(window.add(record));
  record.id = id_of_number(3);
  EXPECT_TRUE(window.add(record));
}

TEST(LoadIndex, FindsWhatIsThereAndGoesOnWithWhatWasTakenOut) {
  LoadIndex index;
  const auto is = [](std::uint32_t wanted) { return [wanted](std::uint32_t handle) { return handle == wanted; }; };
  for (std::uint32_t i = 0; i < 100'000; ++i) {
    const std::uint64_t hash = tables::hash_of_name(std::uint64_t{i / 3});  // three of each
    LoadIndex::Entry& entry = index.at(hash, is(i));
    ASSERT_FALSE(entry.used);
    index.fill(entry, hash, i);
  }
  for (std::uint32_t i = 0; i < 100'000; ++i) {
    LoadIndex::Entry& entry = index.at(tables::hash_of_name(std::uint64_t{i / 3}), is(i));
    ASSERT_TRUE(entry.used);
    ASSERT_EQ(entry.handle, i);
    if (i % 2 == 0) entry.handle = LoadIndex::kNone;
  }
  const auto entries = index.entries();
  EXPECT_EQ(entries.size(), 50'000U);
  for (const auto& [hash, handle] : entries) {
    ASSERT_EQ(handle % 2, 1U);
    ASSERT_EQ(hash, tables::hash_of_name(std::uint64_t{handle / 3}));
  }
}

}  // namespace
}  // namespace flow::service
