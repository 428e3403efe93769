// What an export writes is what docs/formats/console.schema.json says; judged by a validator that is not ours.
#include <gtest/gtest.h>

#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <fmt/format.h>

#include "compiler/import/console/envelope.h"
#include "compiler/syntax/text_generator.h"
#include "tests/importing/round_trip.h"

namespace flow::importing {
namespace {

Json graph_of(const std::string& text) {
  return console::unpack((*exported(text))["editor"].get<std::string>()).value();
}

int validate(const std::string& file) {
  const std::string root = FLOW_SOURCE_DIR;
  const int status = std::system(
      fmt::format("python3 {0}/tests/importing/validate.py {0}/docs/formats/console.schema.json {1}", root, file)
          .c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(Schema, HoldsForEveryExport) {
  const std::string file = testing::TempDir() + "console_graphs.jsonl";
  std::ofstream out(file);
  for (const Text& each : texts_of_the_project()) out << graph_of(each.text).dump() << '\n';
  for (std::uint64_t seed = 0; seed < 200; ++seed) out << graph_of(syntax::random_text(seed)).dump() << '\n';
  out.close();
  EXPECT_EQ(validate(file), 0) << "77: python3-jsonschema is missing, which scripts/setup installs";
  std::filesystem::remove(file);
}

TEST(Schema, RefusesWhatIsNone) {
  const Json graph = graph_of("flow f\nstart => a\na: wait 1s => end\n");
  const std::string file = testing::TempDir() + "console_bad.jsonl";
  const auto refused = [&](const Json& json) {
    std::ofstream(file) << json.dump() << '\n';
    return validate(file);
  };
  Json no_position = graph;
  no_position["nodes"][0].erase("position");
  Json typo = graph;
  typo["nodes"][1]["colour"] = "red";
  Json untyped = graph;
  untyped["properties"][0]["values"][0] = "f";
  Json workspace = graph;
  workspace["workspace"] = Json::array();
  EXPECT_EQ(refused(workspace), 1);
  workspace["workspace"] = "edition 1\n";
  EXPECT_EQ(refused(workspace), 0);
  EXPECT_EQ(refused(no_position), 1);
  EXPECT_EQ(refused(typo), 1);
  EXPECT_EQ(refused(untyped), 1);
  EXPECT_EQ(refused(graph), 0);
  std::filesystem::remove(file);
}

}  // namespace
}  // namespace flow::importing
