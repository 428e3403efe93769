#include <gtest/gtest.h>

#include "runtime/config/config.h"

namespace flow::config {
namespace {

std::expected<Config, Problems> parse_text(const std::string& text) {
  return parse(text, "flowd.toml", "/", [](const std::string& name) -> std::optional<std::string> {
    if (name == "UNSET") return std::nullopt;
    return "hush-" + name;
  });
}

const std::string kAll =
    "[secrets]\ncrm_token = \"env:CRM\"\n[functions.save_spot]\ntoken = \"env:SPOT\"\n[functions.open]\n"
    "[models.support_llm]\napi_key = \"env:LLM\"\n[desks.shop_desk]\nurl = \"https://desk.example/in/\"\n"
    "token = \"env:DESK\"\n";

TEST(Bindings, NamesAndWhatStandsBehindThem) {
  const auto config = parse_text(kAll);
  ASSERT_TRUE(config) << config.error()[0];
  const Bindings& bindings = config->bindings;
  EXPECT_EQ(bindings.secrets.at("crm_token").reveal(), "hush-CRM");
  EXPECT_EQ(bindings.functions.at("save_spot").token.reveal(), "hush-SPOT");
  EXPECT_TRUE(bindings.functions.at("open").token.empty());
  EXPECT_EQ(bindings.models.at("support_llm").api_key.reveal(), "hush-LLM");
  EXPECT_EQ(bindings.desks.at("shop_desk").url, "https://desk.example/in");
  EXPECT_EQ(bindings.desks.at("shop_desk").token.reveal(), "hush-DESK");
}

TEST(Bindings, SayWhatIsWrong) {
  const std::pair<const char*, const char*> cases[] = {
      {"[secrets]\na = \"hunter2\"\n", "env:"},
      {"[secrets]\na = \"env:UNSET\"\n", "UNSET"},
      {"[secrets]\na = 5\n", "`a`"},
      {"[functions]\nsave = \"env:A\"\n", "[functions.save]"},
      {"[functions.save]\ntokn = \"env:A\"\n", "`token`"},
      {"[models.m]\nkey = \"env:A\"\n", "[models.m] has no `key`"},
      {"[desks.d]\ntoken = \"env:A\"\n", "`url`"},
      {"[desks.d]\nurl = \"desk\"\n", "url"},
  };
  for (const auto& [text, why] : cases) {
    const auto config = parse_text(text);
    ASSERT_FALSE(config) << text;
    EXPECT_NE(config.error()[0].find(why), std::string::npos) << config.error()[0];
    EXPECT_EQ(config.error()[0].find("hunter2"), std::string::npos) << "perhaps it is the secret itself";
  }
}

TEST(Bindings, MayChangeAndBeAddedButNotGo) {
  const auto running = parse_text(kAll);
  ASSERT_TRUE(running);
  const auto changed = parse_text(kAll + "[desks.other]\nurl = \"https://other.example\"\n");
  ASSERT_TRUE(changed);
  EXPECT_EQ(restart_needed(*running, *changed), Problems());
  EXPECT_EQ(restart_needed(*running, *parse_text("")),
            (Problems{"[secrets] `crm_token` is gone: names are taken away at a restart only",
                      "[functions] `open` is gone: names are taken away at a restart only",
                      "[functions] `save_spot` is gone: names are taken away at a restart only",
                      "[models] `support_llm` is gone: names are taken away at a restart only",
                      "[desks] `shop_desk` is gone: names are taken away at a restart only"}));
}

}  // namespace
}  // namespace flow::config
