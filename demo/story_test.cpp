#include "demo/story.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace flow::demo {
namespace {

using nlohmann::json;

TEST(Story, TellsEachEntryOnce) {
  Actor actor;
  actor.label = "PH";
  json view = {
      {"timeline", json::array({{{"at", "2026-11-20T10:00:00.000Z"}, {"kind", "started"}},
                                {{"at", "2026-11-20T10:00:00.000Z"}, {"kind", "entered"}, {"step", "viber_ph"}},
                                {{"at", "2026-11-20T10:00:00.010Z"},
                                 {"kind", "queued"},
                                 {"step", "viber_ph"},
                                 {"channel", "viber_otp"},
                                 {"detail", "+63917•••4567"}}})}};
  const auto first = new_lines(view, actor);
  ASSERT_EQ(first.size(), 2U);
  EXPECT_EQ(first[1].text, "viber_ph: sends on channel viber_otp to +63917•••4567");
  EXPECT_TRUE(new_lines(view, actor).empty());

  view["timeline"].push_back(
      {{"at", "2026-11-20T10:00:01.000Z"}, {"kind", "receipt"}, {"message", 0U}, {"status", "sent"}});
  view["timeline"].push_back(
      {{"at", "2026-11-20T10:00:30.000Z"}, {"kind", "timer_fired"}, {"step", "viber_ph"}, {"status", "undelivered"}});
  view["timeline"].push_back({{"at", "2026-11-20T10:00:31.000Z"}, {"kind", "ended"}, {"status", "done"}});
  const auto second = new_lines(view, actor);
  ASSERT_EQ(second.size(), 3U);
  EXPECT_EQ(second[0].text, "viber_ph: receipt `sent`");
  EXPECT_TRUE(second[1].important);
  EXPECT_TRUE(actor.ended);
  EXPECT_EQ(actor.end, "done");
  EXPECT_EQ(actor.sends, std::vector<std::string>{"viber_ph"});
}

TEST(Story, TimesCountFromTheBeginning) {
  const auto begin = parse_instant("2026-11-20T10:00:00.000Z");
  const auto later = parse_instant("2026-11-20T10:01:02.345Z");
  ASSERT_TRUE(begin && later);
  EXPECT_EQ(*later - *begin, 62'345);
  EXPECT_EQ(render({*later, "MY", "read", false}, *begin, false), "    62.3 s  MY  read");
  EXPECT_FALSE(parse_instant("yesterday").has_value());
  EXPECT_FALSE(parse_instant("2026-11-20T10:00:00").has_value());
}

}  // namespace
}  // namespace flow::demo
