// Samples of each shape that canvases have, with what the import makes of them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include "compiler/import/console/console.h"
#include "compiler/import/console/envelope.h"
#include "compiler/import/json.h"

namespace flow::importing {
namespace {

namespace fs = std::filesystem;

std::string contents(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::vector<fs::path> samples() {
  std::vector<fs::path> out;
  for (const auto& entry : fs::directory_iterator(fs::path(FLOW_SOURCE_DIR) / "compiler/import/console/testdata"))
    if (entry.path().extension() == ".json") out.push_back(entry.path());
  std::sort(out.begin(), out.end());
  return out;
}

std::string told(const Imported& imported) {
  std::string out;
  if (imported.report.failed()) return "==== report\n" + imported.report.text();
  for (const ImportedFlow& flow : imported.flows) {
    out += fmt::format("==== {}.flow\n{}", flow.flow.name, write(flow.flow).value());
    out += fmt::format("==== {}.layout.json\n{}\n", flow.flow.name, to_json(flow.layout).dump(1));
  }
  return out + "==== workspace.flow\n" + write(imported.workspace).value() + "==== report\n" + imported.report.text();
}

TEST(Foreign, SamplesBecomeWhatIsWrittenBesideThem) {
  ASSERT_GE(samples().size(), 8U);
  for (const fs::path& path : samples()) {
    const auto json = read_json(contents(path));
    ASSERT_TRUE(json.has_value()) << path << ": " << json.error().message;
    ASSERT_TRUE(console::format().recognises(*json)) << path;
    const std::string is = told(console::format().read(*json, {path.stem().string()}));
    fs::path golden = path;
    golden.replace_extension(".expected");
    if (std::getenv("FLOW_UPDATE_GOLDEN") != nullptr) {
      std::ofstream(golden, std::ios::binary) << is;
      continue;
    }
    EXPECT_EQ(is, contents(golden)) << path;
  }
}

// The same, in the console's envelope.
TEST(Foreign, AnEnvelopeAroundAForeignGraphIsOpened) {
  for (const fs::path& path : samples()) {
    const auto json = read_json(contents(path));
    ASSERT_TRUE(json.has_value());
    const Json envelope = {{"schema", {{"namespace", "External"}, {"version", "1.0"}, {"copyright", "somebody"}}},
                           {"editor", console::pack(*json).value()},
                           {"flow", {{"triggerType", (*json).value("triggerType", "TriggeredManually")}}}};
    const Imported bare = console::format().read(*json, {"imported"});
    const Imported inside = console::format().read(envelope, {"imported"});
    EXPECT_EQ(bare.report.failed(), inside.report.failed()) << path;
    if (bare.report.failed()) continue;
    EXPECT_EQ(write(bare.flows[0].flow).value(), write(inside.flows[0].flow).value()) << path;
  }
}

}  // namespace
}  // namespace flow::importing
