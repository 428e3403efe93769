// Graphs that nobody drew: large, deep, wide, circular. Each is a flow or a clear error; the test's time limit is the
// bound on both.
#include <gtest/gtest.h>

#include <string>

#include <fmt/format.h>

#include "base/limits.h"
#include "compiler/import/console/envelope.h"
#include "tests/importing/round_trip.h"

namespace flow::importing {
namespace {

Json node(const std::string& id, const char* type, Json data = Json::object()) {
  return {{"id", id}, {"type", type}, {"data", std::move(data)}};
}
Json edge(const std::string& from, const std::string& to, const char* port = "") {
  return {{"source", from}, {"target", to}, {"sourceHandle", port}};
}
Json graph() {
  return {{"nodes", Json::array({node("s", "Start")})}, {"edges", Json::array()}};
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t out = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++out;
  return out;
}

TEST(Hostile, ACycleOfThousandsIsBoundedOnce) {
  constexpr int kNodes = 3000;
  Json json = graph();
  json["edges"].push_back(edge("s", "n0"));
  for (int i = 0; i < kNodes; ++i) {
    json["nodes"].push_back(node(fmt::format("n{}", i), "Wait", {{"duration", 1}}));
    json["edges"].push_back(edge(fmt::format("n{}", i), fmt::format("n{}", (i + 1) % kNodes)));
  }
  const Read read = read_console(json);
  ASSERT_FALSE(read.report.failed()) << read.report.text();
  EXPECT_EQ(count(read.text, ": wait 1s"), kNodes);
  EXPECT_EQ(count(read.text, "max 1000"), 1U);
}

TEST(Hostile, AllNodesLeadingToEachOtherAreBounded) {
  constexpr int kNodes = 40;
  Json json = graph();
  json["edges"].push_back(edge("s", "n0"));
  for (int i = 0; i < kNodes; ++i) {
    json["nodes"].push_back(node(fmt::format("n{}", i), "Poll"));
    for (int to = 0; to < kNodes; ++to)
      json["edges"].push_back(edge(fmt::format("n{}", i), fmt::format("n{}", to), fmt::format("to{}", to).c_str()));
  }
  const Read read = read_console(json);
  ASSERT_FALSE(read.report.failed()) << read.report.text().substr(0, 500);
  EXPECT_EQ(count(read.text, "=> jump "), kNodes * (kNodes + 1) / 2);
  EXPECT_EQ(count(read.text, " => "), kNodes * kNodes + 1);
}

TEST(Hostile, ThousandsOfWaysOutAreKept) {
  Json json = graph();
  json["nodes"].push_back(node("a", "ConditionalBranch", {{"branches", Json::array()}}));
  json["edges"].push_back(edge("s", "a"));
  for (int i = 0; i < 2000; ++i) {
    json["nodes"].push_back(node(fmt::format("n{}", i), "Wait", {{"duration", 1}}));
    json["edges"].push_back(edge("a", fmt::format("n{}", i), "same"));
  }
  const Read read = read_console(json);
  ASSERT_FALSE(read.report.failed()) << read.report.text().substr(0, 500);
  EXPECT_EQ(count(read.text, "extern \"ConditionalBranch\""), 1U);
  EXPECT_EQ(count(read.text, "  same"), 2000U);
}

TEST(Hostile, MoreVariablesThanAFlowHasAreAnError) {
  Json json = graph();
  Json values = Json::array();
  for (std::size_t i = 0; i < 2 * limits::kVariablesMax; ++i)
    values.push_back({{"key", fmt::format("v{}", i)}, {"value", "x"}});
  json["nodes"].push_back(node("a", "SetVariables", {{"variables", values}}));
  json["edges"].push_back(edge("s", "a"));
  const Read read = read_console(json);
  ASSERT_TRUE(read.report.failed());
  EXPECT_NE(read.report.text().find("would not compile"), std::string::npos) << read.report.text().substr(0, 500);
}

TEST(Hostile, DeepDataIsLeftOutOrKept) {
  Json deep = "x";
  for (std::size_t i = 0; i + 10 < limits::kImportDepthMax; ++i) deep = Json{{"data", {deep}}};
  Json json = graph();
  json["nodes"].push_back(node("a", "ConditionalBranch", {{"branches", {deep}}, {"deep", deep}}));
  json["edges"].push_back(edge("s", "a"));
  const Read read = read_console(json);
  EXPECT_FALSE(read.report.failed()) << read.report.text().substr(0, 500);
  EXPECT_GE(read.report.of(NoteKind::left_out) + read.report.of(NoteKind::kept), 1U);
}

// Jumps behind the `else` of jumps, in a graph of ours.
TEST(Hostile, AChainOfJumpsIsAnError) {
  Json json =
      console::unpack(
          (*exported("flow f\nstart => jump a max 1 else end\na: wait 1s => end\n"))["editor"].get<std::string>())
          .value();
  std::string last;
  Json jump;
  for (const Json& each : json["nodes"])
    if (each.contains("target") && each["type"] == "JumpToStep") jump = each;
  last = jump["id"];
  std::string step;
  for (const Json& each : json["edges"])
    if (each["source"] == last && each["sourcePort"] == "jump") step = each["target"];
  for (Json& each : json["edges"])
    if (each["source"] == last && each["sourcePort"] == "else") each["target"] = "j0";
  for (int i = 0; i < 5000; ++i) {
    Json next = jump;
    next["id"] = fmt::format("j{}", i);
    json["nodes"].push_back(next);
    json["edges"].push_back({{"source", next["id"]}, {"sourcePort", "jump"}, {"target", step}});
    json["edges"].push_back(
        {{"source", next["id"]}, {"sourcePort", "else"}, {"target", fmt::format("j{}", (i + 1) % 5000)}});
  }
  const Read read = read_console(json);
  ASSERT_TRUE(read.report.failed());
  EXPECT_NE(read.report.text().find("too many jumps, one behind the other"), std::string::npos)
      << read.report.text().substr(0, 500);
}

// What a value says goes into the text as it stands, and comes back as something else when it is no value.
TEST(Hostile, ValuesThatAreTextOfTheLanguageAreErrors) {
  const std::string flow = "flow f\nstart => a\na: set { x = 1 } => end\n";
  const Json json = console::unpack((*exported(flow))["editor"].get<std::string>()).value();
  for (const char* evil : {"1 } => end\nevil: set { y = 1", "1 // comment", "1; y = 2", "1\ny = 2", "1, 2", "x: 1"}) {
    Json mutant = json;
    for (Json& each : mutant["nodes"])
      if (each.value("name", "") == "a")
        each["properties"][0]["equals"]["words"][0] = {{"type", "number"}, {"value", evil}};
    EXPECT_TRUE(read_console(mutant).report.failed()) << evil;
  }
  ASSERT_FALSE(read_console(json).report.failed());
}

TEST(Hostile, AHundredMegabytesAreRefused) {
  const std::string large = "{\"nodes\": [" + std::string(100 << 20, ' ') + "], \"edges\": []}";
  EXPECT_EQ(read_json(large).error().code, ErrorCode::resource_exhausted);
  const std::string bomb = console::to_base64(console::compress(large).value());
  EXPECT_EQ(console::unpack(bomb).error().code, ErrorCode::resource_exhausted);
}

}  // namespace
}  // namespace flow::importing
