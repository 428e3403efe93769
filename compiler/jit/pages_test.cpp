#include "compiler/jit/pages.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstdint>
#include <fstream>
#include <string>

namespace flow::jit {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kLarge = (std::size_t{4} << 20) + 5 * kPage + 1;  // huge pages, and some that are not

// The rights of the mapping that holds the address; empty: there is none.
std::string rights_at(const char* place) {
  const auto address = reinterpret_cast<std::uintptr_t>(place);
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;
    char rights[5] = {};
    if (std::sscanf(line.c_str(), "%lx-%lx %4s", &begin, &end, rights) == 3 && begin <= address && address < end)
      return rights;
  }
  return "";
}

TEST(Pages, HoldWhatWasPutThere) {
  for (const std::size_t bytes : {std::size_t{1}, kPage, kPage + 1, kLarge}) {
    std::string text(bytes, 'x');
    text.back() = 'y';
    const Pages pages = Pages::of(text);
    ASSERT_TRUE(pages.mapped()) << bytes;
    EXPECT_EQ(pages.view(), text);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(pages.begin()) % kPage, 0U);
  }
  EXPECT_FALSE(Pages(0).mapped());
  EXPECT_EQ(Pages().view(), "");
  EXPECT_FALSE(Pages(SIZE_MAX / 2).mapped());
}

TEST(Pages, PartsHaveTheirOwnRights) {
  for (const std::size_t bytes : {4 * kPage, kLarge}) {
    Pages pages(bytes);
    ASSERT_TRUE(pages.mapped());
    ASSERT_TRUE(pages.protect(0, 2 * kPage, PROT_READ | PROT_EXEC));
    ASSERT_TRUE(pages.protect(2 * kPage, bytes, PROT_READ));
    EXPECT_EQ(rights_at(pages.begin()), "r-xp");
    EXPECT_EQ(rights_at(pages.begin() + 2 * kPage), "r--p");
    EXPECT_EQ(rights_at(pages.begin() + bytes - 1), "r--p");
  }
}

TEST(Pages, TheFrontGoesAndTheRestStays) {
  for (const std::size_t bytes : {4 * kPage, kLarge}) {
    Pages pages(bytes);
    ASSERT_TRUE(pages.mapped());
    char* begin = pages.begin();
    begin[3 * kPage] = 'x';
    pages.drop_front(3 * kPage);
    EXPECT_EQ(rights_at(begin), "");
    EXPECT_EQ(rights_at(begin + 2 * kPage), "");
    EXPECT_EQ(begin[3 * kPage], 'x');
    // What others map into the hole is not given back with us.
    void* other = ::mmap(begin, kPage, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    ASSERT_EQ(other, begin);
    pages = Pages();
    EXPECT_EQ(rights_at(begin), "r--p");
    ::munmap(other, kPage);
  }
}

TEST(Pages, MovedOnesAreGivenBackOnce) {
  Pages one = Pages::of("one");
  char* place = one.begin();
  Pages two = std::move(one);
  EXPECT_EQ(two.view(), "one");
  EXPECT_EQ(two.begin(), place);
  two = Pages::of("two");
  EXPECT_EQ(two.view(), "two");
}

}  // namespace
}  // namespace flow::jit
