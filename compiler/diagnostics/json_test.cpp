#include "compiler/diagnostics/json.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace flow::diagnostics {
namespace {

TEST(Json, HoldsWhatTheTextHolds) {
  source::SourceMap sources;
  const auto file = sources.add("a.flow", "x\n\u00e9 y\n");
  Sink sink;
  sink.report(Code::unknown_step, {file, 5, 6}, "no `y`").label("here").also({file, 0, 1}, "x").step("one").hint("h");
  const auto json = nlohmann::json::parse(to_json(sources, sink));
  EXPECT_EQ(json["version"], kJsonVersion);
  EXPECT_EQ(json["errors"], 1);
  const auto& d = json["diagnostics"][0];
  EXPECT_EQ(d["code"], "F0202");
  EXPECT_EQ(d["name"], "unknown_step");
  EXPECT_EQ(d["severity"], "error");
  EXPECT_EQ(d["primary"]["file"], "a.flow");
  EXPECT_EQ(d["primary"]["begin"]["line"], 2);
  EXPECT_EQ(d["primary"]["begin"]["column"], 3);
  EXPECT_EQ(d["primary"]["end"]["offset"], 6);
  EXPECT_EQ(d["secondary"][0]["text"], "x");
  EXPECT_EQ(d["path"][0], "one");
  EXPECT_EQ(d["hint"], "h");
}

TEST(Json, IsADocumentWithoutDiagnosticsAndWithBrokenText) {
  source::SourceMap sources;
  Sink sink;
  EXPECT_EQ(nlohmann::json::parse(to_json(sources, sink))["diagnostics"].size(), 0U);
  sink.report(Code::syntax_error, {source::FileId{3}, 0, 0}, "\xFF");
  const auto json = nlohmann::json::parse(to_json(sources, sink));
  EXPECT_TRUE(json["diagnostics"][0]["primary"].is_null());
  EXPECT_TRUE(json["diagnostics"][0]["hint"].is_null());
}

}  // namespace
}  // namespace flow::diagnostics
