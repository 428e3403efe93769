#include "simulator/script.h"

#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace flow::simulator {
namespace {

const config::Environment kEnvironment = [](const std::string& name) {
  return name == "TOKEN" ? std::optional<std::string>("from the environment") : std::nullopt;
};

Message to(Channel channel, const std::string& number) {
  Message message;
  message.channel = channel;
  message.to = number;
  return message;
}

TEST(Script, TheFirstRuleThatFitsDecides) {
  const auto script = parse_script(R"(
    [sms]
    auth_token = "env:TOKEN"
    [viber]
    webhook = "http://127.0.0.1:1/viber"
    [[rules]]
    channel = "viber"
    region = "PH"
    message = 2
    reports = []
    [[rules]]
    number = "+63917*"
    answer = "error"
    code = 1300
    [[rules]]
    number = "+639281234567"
    answer_after = "1m30s"
    reports = [{ status = "failed", after = "500ms", code = 30003, times = 2 }]
  )",
                                   "script.toml", kEnvironment);
  ASSERT_TRUE(script) << fmt::format("{}", fmt::join(script.error(), "\n"));
  EXPECT_EQ(script->accounts.sms_auth_token, "from the environment");
  EXPECT_EQ(script->accounts.viber_webhook, "http://127.0.0.1:1/viber");
  EXPECT_TRUE(script->plan(to(Channel::viber, "+639171234567"), 2).reports.empty());
  EXPECT_EQ(script->plan(to(Channel::viber, "+639171234567"), 1).answer.kind, Answer::Kind::error);
  EXPECT_EQ(script->plan(to(Channel::sms, "+639171234567"), 2).answer.code, 1300);
  const Plan failing = script->plan(to(Channel::sms, "+639281234567"), 1);
  EXPECT_EQ(failing.answer.after_ms, 90'000);
  ASSERT_EQ(failing.reports.size(), 2U);
  EXPECT_EQ(failing.reports[1].status, Status::failed);
  EXPECT_EQ(failing.reports[1].after_ms, 500);
  const Plan usual = script->plan(to(Channel::sms, "+14155550100"), 1);
  ASSERT_EQ(usual.reports.size(), 2U);
  EXPECT_EQ(usual.reports[0].status, Status::sent);
}

TEST(Script, MistakesAreNamedWithTheirPlace) {
  const std::pair<std::string, std::string> cases[] = {
      {"[[rules]]\nchanel = \"sms\"\n", "s:2:1: [[rules]] has no `chanel`; did you mean `channel`?"},
      {"[[rules]]\nchannel = \"smss\"\n",
       "s:2:11: `channel` must be one of whatsapp, viber, sms, messenger, instagram, email; did you mean `sms`?"},
      {"[[rules]]\nanswer = \"error\"\n",
       "s:2:10: `answer = \"error\"` needs `code`, as the provider numbers its errors"},
      {"[[rules]]\nreports = [{ status = \"sent\", after = \"soon\" }]\n",
       "s:2:39: `after` must be a duration such as \"500ms\" or \"1m30s\""},
      {"[[rules]]\nreports = [{ after = \"1s\" }]\n", "s:2:12: a report needs `status`"},
      {"[chances]\nlost = 101\n", "s:2:8: `lost` in [chances] must be a whole number from 0 to 100"},
      {"[sms]\nauth_token = \"env:NOWHERE\"\n", "s:2:14: the environment variable `NOWHERE` is not set"},
      {"rules = 7\n", "s:1:9: `rules` in the script must be a list"},
  };
  for (const auto& [text, problem] : cases) {
    const auto script = parse_script(text, "s", kEnvironment);
    ASSERT_FALSE(script) << text;
    EXPECT_EQ(script.error().front(), problem);
  }
}

TEST(Dice, TheSameSeedGivesTheSamePlans) {
  const auto draw = [](std::uint64_t seed) {
    Dice dice(seed, {});
    std::string text;
    for (int i = 0; i < 200; ++i) {
      const Plan plan = dice.plan(to(static_cast<Channel>(i % 3), "+14155550100"));
      text += fmt::format("{} {} {} ", static_cast<int>(plan.answer.kind), plan.answer.after_ms, plan.answer.code);
      for (const Report& report : plan.reports)
        text += fmt::format("{}@{} ", to_string(report.status), report.after_ms);
    }
    return text;
  };
  EXPECT_EQ(draw(7), draw(7));
  EXPECT_NE(draw(7), draw(8));
}

TEST(Dice, ChancesAreKept) {
  Chances never;
  never.error = never.silence = never.slow = never.undelivered = never.lost = never.repeated = 0;
  Dice good(1, never);
  Chances always = never;
  always.error = 1;
  Dice bad(1, always);
  for (int i = 0; i < 100; ++i) {
    const Plan plan = good.plan(to(Channel::sms, "+14155550100"));
    EXPECT_EQ(plan.answer.kind, Answer::Kind::accept);
    EXPECT_EQ(plan.reports.size(), 2U);
    EXPECT_EQ(bad.plan(to(Channel::viber, "+14155550100")).answer.kind, Answer::Kind::error);
  }
}

}  // namespace
}  // namespace flow::simulator
