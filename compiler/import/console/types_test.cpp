// Every component of the catalogue has a type of node, and docs/formats/console.md lists it.
#include "compiler/import/console/types.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>

#include <fmt/format.h>

#include "compiler/import/console/kinds.h"

namespace flow::importing::console {
namespace {

std::string table() {
  std::string out = "| Node | Component |\n| --- | --- |\n";
  for (const auto& component : catalogue::components())
    out += fmt::format("| `{}` | `{}` |\n", node_type(component), component.pattern);
  for (const auto& entry : catalogue::header_entries()) {
    if (entry.after != "=> TARGET") continue;
    out += fmt::format("| `{}` | `{} {}` |\n", node_type(entry.id), entry.pattern, entry.after);
  }
  return out + fmt::format("| `{}` | `end …` behind an arrow |\n", kEndType);
}

TEST(Types, EveryComponentHasOneAndThePageListsIt) {
  const std::string path = std::string(FLOW_SOURCE_DIR) + "/docs/formats/console.md";
  std::ifstream in(path, std::ios::binary);
  const std::string page((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  const std::string begin = "<!-- table: node types -->\n";
  const std::size_t from = page.find(begin);
  const std::size_t to = page.find("<!-- end -->", from);
  ASSERT_NE(to, std::string::npos);
  const std::string whole = page.substr(0, from + begin.size()) + table() + page.substr(to);
  if (std::getenv("FLOW_UPDATE_GOLDEN") != nullptr) std::ofstream(path, std::ios::binary) << whole;
  EXPECT_EQ(page.substr(from + begin.size(), to - from - begin.size()), table());
}

TEST(Types, AreNamesWithoutSigns) {
  std::set<std::string> seen;
  for (const auto& component : catalogue::components()) {
    const std::string type = node_type(component);
    EXPECT_FALSE(type.empty()) << component.pattern;
    EXPECT_EQ(type.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"), std::string::npos);
    seen.insert(type);
  }
  EXPECT_TRUE(seen.contains("SendWhatsAppMessage"));
  EXPECT_GT(seen.size(), 35U);
}

TEST(Types, OfTriggersGoBothWays) {
  for (const auto& entry : catalogue::header_entries()) {
    if (!entry.pattern.starts_with("trigger ")) continue;
    const std::string_view rest = entry.pattern.substr(8);
    const std::string_view word = rest.substr(0, rest.find(' '));
    EXPECT_EQ(trigger_of(trigger_type(word)), word);
  }
  EXPECT_EQ(trigger_type("nothing"), "");
  EXPECT_EQ(trigger_of("TriggeredByMoon"), "");
}

TEST(Types, EightCharactersAreOfTheName) {
  EXPECT_EQ(eight_characters("menu", 0), eight_characters("menu", 0));
  std::set<std::string> seen;
  for (unsigned i = 0; i < 20'000; ++i) {
    const std::string eight = eight_characters(fmt::format("step_{}", i), 0);
    EXPECT_EQ(eight.size(), 8U);
    EXPECT_TRUE(seen.insert(eight).second) << i;
  }
  EXPECT_NE(eight_characters("menu", 0), eight_characters("menu", 1));
}

TEST(Kinds, AreRecognisedHoweverTheyAreWritten) {
  for (const char* type : {"SendWhatsAppMessage", "SendWhatsAppMessageNode", "send-a-whatsapp-message-node",
                           "SENDWHATSAPPMESSAGE", "send_whatsapp_message"}) {
    ASSERT_NE(find_kind(type), nullptr) << type;
    EXPECT_EQ(find_kind(type)->channel, "whatsapp");
  }
  EXPECT_EQ(find_kind("start-node")->id, KindId::start);
  EXPECT_EQ(find_kind(""), nullptr);
  EXPECT_EQ(find_kind("node"), nullptr);
  EXPECT_EQ(find_kind("nodenode"), nullptr);
  EXPECT_EQ(find_kind("SendFax"), nullptr);
}

}  // namespace
}  // namespace flow::importing::console
