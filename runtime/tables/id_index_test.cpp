#include "runtime/tables/id_index.h"

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <vector>

#include <gtest/gtest.h>

namespace flow::tables {
namespace {

struct IdOf {
  const std::vector<Id>* ids;
  const Id& operator()(std::uint32_t handle) const { return (*ids)[handle]; }
};

Id some_id(std::mt19937_64& random) {
  Id id{};
  const std::uint64_t halves[2] = {random(), random()};
  std::memcpy(id.data(), halves, sizeof(halves));
  return id;
}

std::set<std::uint32_t> all_of(const IdIndex<IdOf>& index) {
  std::set<std::uint32_t> met;
  std::uint64_t cursor = 0;
  do {
    cursor = index.scan(cursor, [&met](std::uint32_t handle) { EXPECT_TRUE(met.insert(handle).second); });
  } while (cursor != 0);
  return met;
}

TEST(IdIndex, AgreesWithAMap) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  std::vector<Id> ids(20'000);
  for (Id& id : ids) id = some_id(random);
  IdIndex<IdOf> index(IdOf{&ids});
  std::set<std::uint32_t> expected;
  for (const std::size_t reach : {20U, 20'000U, 300U, 20'000U}) {
    for (int i = 0; i < 60'000; ++i) {
      const auto handle = static_cast<std::uint32_t>(random() % reach);
      const bool there = expected.contains(handle);
      switch (random() % 3) {
        case 0:
          ASSERT_EQ(index.insert(ids[handle], handle), !there);
          expected.insert(handle);
          break;
        case 1:
          ASSERT_EQ(index.erase(ids[handle]).value_or(handle + 1), there ? handle : handle + 1);
          expected.erase(handle);
          break;
        default:
          ASSERT_EQ(index.find(ids[handle]).value_or(handle + 1), there ? handle : handle + 1);
          ASSERT_FALSE(index.find(some_id(random)));
      }
      ASSERT_EQ(index.size(), expected.size());
    }
    ASSERT_EQ(all_of(index), expected);
  }
  for (const std::uint32_t handle : expected) ASSERT_EQ(index.erase(ids[handle]), handle);
  EXPECT_EQ(index.size(), 0U);
}

TEST(IdIndex, SlotsThatAreAllAlikeAreNoTrouble) {
  std::mt19937_64 random(1);
  std::vector<Id> ids(30'000);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    ids[i] = some_id(random);
    ids[i][0] = 7;  // one shard's
  }
  IdIndex<IdOf> index(IdOf{&ids});
  for (std::uint32_t i = 0; i < ids.size(); ++i) ASSERT_TRUE(index.insert(ids[i], i));
  for (std::uint32_t i = 0; i < ids.size(); ++i) ASSERT_EQ(index.find(ids[i]), i);
}

// Who stays is met, whatever comes and goes meanwhile.
TEST(IdIndex, AScanSurvivesChanges) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  std::vector<Id> ids(60'000);
  for (Id& id : ids) id = some_id(random);
  for (const bool growing : {true, false}) {
    IdIndex<IdOf> index(IdOf{&ids});
    for (std::uint32_t i = 0; i < (growing ? 5000U : 60'000U); ++i) ASSERT_TRUE(index.insert(ids[i], i));
    std::set<std::uint32_t> met;
    std::uint64_t cursor = 0;
    std::uint32_t next = growing ? 5000 : 60'000;
    do {
      cursor = index.scan(cursor, [&met](std::uint32_t handle) { met.insert(handle); });
      for (int i = 0; i < 3000 && (growing ? next < 60'000 : next > 5000); ++i) {
        if (growing) {
          index.insert(ids[next], next);
          ++next;
        } else {
          --next;
          index.erase(ids[next]);
        }
      }
    } while (cursor != 0);
    for (std::uint32_t i = 0; i < 5000; ++i) ASSERT_TRUE(met.contains(i)) << i;
  }
}

TEST(IdIndex, CostsAtMostEightBytesAnEntryOnAverage) {
  std::mt19937_64 random(1);
  std::vector<Id> ids(400'000);
  for (Id& id : ids) id = some_id(random);
  IdIndex<IdOf> index(IdOf{&ids});
  double sum = 0;
  int samples = 0;
  for (std::uint32_t i = 0; i < ids.size(); ++i) {
    ASSERT_TRUE(index.insert(ids[i], i));
    if (i < 100'000 || i % 10'000 != 0) continue;
    sum += static_cast<double>(index.allocated_bytes()) / (i + 1);
    ++samples;
  }
  EXPECT_LE(sum / samples, 8.0);
  for (std::uint32_t i = 1000; i < ids.size(); ++i) ASSERT_TRUE(index.erase(ids[i]));
  EXPECT_LE(index.allocated_bytes(), 300'000U) << "the room of many is given back";
}

struct KeyOf {
  const std::vector<std::uint64_t>* keys;
  std::uint64_t operator()(std::uint32_t handle) const { return (*keys)[handle]; }
};

TEST(KeyIndex, AgreesWithASet) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  std::vector<std::uint64_t> keys(20'000);
  for (std::uint64_t& key : keys) key = random();
  for (std::size_t i = 1; i < 40; ++i) keys[i] = i << 40 | 0xFFFF'FFFF;
  KeyIndex<KeyOf> index(KeyOf{&keys});
  std::set<std::uint32_t> expected;
  for (const std::size_t reach : {20U, 20'000U, 300U, 20'000U}) {
    for (int i = 0; i < 60'000; ++i) {
      const auto handle = static_cast<std::uint32_t>(random() % reach);
      const bool there = expected.contains(handle);
      if (random() % 2 == 0) {
        ASSERT_EQ(index.insert(keys[handle], handle), !there);
        expected.insert(handle);
      } else {
        ASSERT_EQ(index.erase(keys[handle]), there ? std::optional(handle) : std::nullopt);
        expected.erase(handle);
      }
      const auto other = static_cast<std::uint32_t>(random() % reach);
      ASSERT_EQ(index.find(keys[other]), expected.contains(other) ? std::optional(other) : std::nullopt);
      ASSERT_EQ(index.size(), expected.size());
    }
  }
}

TEST(IdIndex, FilledAtOnceItIsLikeAnyOther) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  for (const std::size_t count : {0U, 1U, 5U, 900U, 3000U, 40'000U, 200'000U}) {
    std::vector<Id> ids(count + 10'000);
    for (Id& id : ids) id = some_id(random);
    std::vector<IdIndex<IdOf>::Hashed> entries;
    for (std::uint32_t i = 0; i < count; ++i) entries.emplace_back(hash_of_name(ids[i]), i);
    std::shuffle(entries.begin(), entries.end(), random);
    IdIndex<IdOf> index(IdOf{&ids});
    index.fill(entries);
    ASSERT_EQ(index.size(), count);
    if (count >= 40'000) ASSERT_LE(index.allocated_bytes(), count * 9);
    ASSERT_EQ(all_of(index).size(), count);
    for (std::uint32_t i = 0; i < count; ++i) ASSERT_EQ(index.find(ids[i]), i);
    for (std::uint32_t i = 0; i < 10'000; ++i) {
      const auto handle = static_cast<std::uint32_t>(count) + i;
      ASSERT_EQ(index.find(ids[handle]), std::nullopt);
      ASSERT_TRUE(index.insert(ids[handle], handle));
    }
    for (std::uint32_t i = 0; i < ids.size(); ++i) ASSERT_EQ(index.erase(ids[i]), i);
    ASSERT_EQ(index.size(), 0U);
  }
}

TEST(IdIndex, FilledWithHashesThatAreAllAlikeItStillHasThem) {
  std::vector<Id> ids;
  std::vector<IdIndex<IdOf>::Hashed> entries;
  std::mt19937_64 random(1);
  while (ids.size() < 3000) {
    const Id id = some_id(random);
    if (hash_of_name(id) >> 61 != 5) continue;  // one part of eight
    entries.emplace_back(hash_of_name(id), static_cast<std::uint32_t>(ids.size()));
    ids.push_back(id);
  }
  IdIndex<IdOf> index(IdOf{&ids});
  index.fill(entries);
  for (std::uint32_t i = 0; i < ids.size(); ++i) ASSERT_EQ(index.find(ids[i]), i);
}

}  // namespace
}  // namespace flow::tables
