#include "compiler/import/members.h"

#include <gtest/gtest.h>

namespace flow::importing {
namespace {

TEST(Members, WhatNobodyTakesIsToldAndKept) {
  const Json object = {{"from", 4711}, {"to", "x"}, {"a/b", {1, 2}}, {"time", 5}, {"list", Json::array()}};
  Report report;
  Json kept = Json::object();
  Members members(object, "/flow/0", report, kept);
  EXPECT_EQ(members.word("from"), "4711");
  EXPECT_EQ(members.word("to"), "x");
  EXPECT_EQ(members.word("none"), "");
  EXPECT_EQ(members.take("none"), nullptr);
  members.leave("time", NoteKind::no_effect, "nothing comes of it");
  members.leave("none", NoteKind::no_effect, "is not there");
  EXPECT_FALSE(report.failed());
  EXPECT_EQ(members.word("list"), "");
  EXPECT_TRUE(report.failed());
  members.leave_rest();
  members.leave_rest();  // once
  EXPECT_EQ(kept, (Json{{"/flow/0/a~1b", {1, 2}}, {"/flow/0/time", 5}}));
  ASSERT_EQ(report.notes().size(), 3U);
  EXPECT_EQ(report.notes()[0].pointer, "/flow/0/time");
  EXPECT_EQ(report.notes()[1].message, "a list of 0 elements is neither a text nor a whole number");
  EXPECT_EQ(report.notes()[2].message, "`a/b` is a list of 2 elements: it is in the side file");
  EXPECT_EQ(report.notes()[2].kind, NoteKind::left_out);
}

TEST(Members, WhatIsReadTwiceIsToldOnce) {
  const Json object = {{"flash", false}};
  Report report;
  Json kept = Json::object();
  for (int i = 0; i < 2; ++i) Members(object, "/sms", report, kept).leave_rest();
  EXPECT_EQ(report.notes().size(), 1U);
  Json by_name = Json::object();
  Members(object, "/sms", report, by_name, Members::Keys::names).leave_rest();
  EXPECT_EQ(by_name, (Json{{"flash", false}}));
}

}  // namespace
}  // namespace flow::importing
