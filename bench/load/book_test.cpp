#include "bench/load/book.h"

#include <gtest/gtest.h>

namespace flow::load {
namespace {

const Numbers kNumbers = {"+1201", 7, 2'000'000, 3};

Book book_until(Until until) {
  Book book(kNumbers, Channel::sms);
  book.begin_phase(until, 0);
  return book;
}

TEST(Book, AnExecutionIsOverWhenAllCameInAnyOrder) {
  Book book = book_until(Until::ended);
  const auto first = book.open(0, 0);
  ASSERT_EQ(first, 0U);
  EXPECT_EQ(book.requested("+12012000000", Channel::sms, 10), 0U);
  book.called_back(0, 20);
  EXPECT_EQ(book.outstanding(), 1U) << "the receipt came before the answer to the start";
  book.accepted(0, 201, 30);
  EXPECT_EQ(book.outstanding(), 0U);
  EXPECT_EQ(book.counts().finished, 1U);
  EXPECT_EQ(book.end.max(), 30);
  EXPECT_EQ(book.request.max(), 10);
}

TEST(Book, CountsWhatIsLostRepeatedAndUnexpected) {
  Book book = book_until(Until::ended);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(book.open(0, 0));
  }
  for (const std::uint64_t accepted : {0, 1}) book.accepted(accepted, 201, 1);
  book.refused(2, 503, "7", "busy", 1);
  EXPECT_TRUE(book.requested("12012000000", Channel::sms, 2));
  EXPECT_TRUE(book.requested("+12012000000", Channel::sms, 3));
  EXPECT_TRUE(book.requested("+12012000000", Channel::viber, 3));
  EXPECT_TRUE(book.requested("+12012000002", Channel::sms, 3)) << "its start was refused";
  EXPECT_FALSE(book.requested("+12012000003", Channel::sms, 3)) << "beyond the numbers";
  EXPECT_FALSE(book.requested("+639171234567", Channel::sms, 3));
  EXPECT_FALSE(book.requested("+1201200000x", Channel::sms, 3));
  book.close_phase();
  EXPECT_EQ(book.counts().lost, 1U);
  EXPECT_EQ(book.counts().repeated, 1U);
  EXPECT_EQ(book.counts().fallbacks, 1U);
  EXPECT_EQ(book.counts().unexpected, 4U);
  EXPECT_EQ(book.counts().unfinished, 1U);
  EXPECT_EQ(book.counts().overloaded, 1U);
  EXPECT_EQ(book.counts().retry_after, 1U);
  EXPECT_EQ(book.counts().retry_after_s_max, 7);
}

TEST(Book, NumbersComeRoundWhenTheirExecutionsAreOver) {
  Book book = book_until(Until::sent);
  for (std::uint64_t i = 0; i < 7; ++i) {
    ASSERT_EQ(book.open(0, 0), i);
    book.accepted(i, 201, 1);
    std::string number;
    kNumbers.append(number, i);
    EXPECT_EQ(book.requested(number, Channel::sms, 2), i) << number;
  }
  EXPECT_EQ(book.counts().repeated, 0U);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(book.open(0, 3));
  }
  EXPECT_FALSE(book.open(0, 3)) << "each number is taken";
}

TEST(Book, SecondsShowWhatHappenedInThem) {
  Book book = book_until(Until::accepted);
  ASSERT_TRUE(book.open(0, 500'000'000));
  book.accepted(0, 201, 1'500'000'000);
  ASSERT_EQ(book.seconds().size(), 2U);
  EXPECT_EQ(book.seconds()[0].offered, 1U);
  EXPECT_EQ(book.seconds()[1].accepted, 1U);
  EXPECT_EQ(book.seconds()[1].finished, 1U);
  EXPECT_EQ(book.seconds()[1].accept_ns_max, 1'500'000'000);
}

}  // namespace
}  // namespace flow::load
