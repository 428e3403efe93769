// Priority lists and workflows: whatever stands in a file is in the flow, in the side file or refused, and what nobody
// knows is told.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "compiler/import/format.h"
#include "tests/support/run_program.h"

namespace flow::importing {
namespace {

namespace fs = std::filesystem;

// All that an import leaves behind.
struct Outcome {
  bool refused = false;
  std::string report;
  std::string flows;
  std::string kept;  // flows, their side files, the workspace
};

Outcome outcome_of(const Json& json) {
  for (const Format* format : formats()) {
    if (!format->recognises(json)) continue;
    const Imported imported = format->read(json, {.flow_name = "sample"});
    Outcome out{imported.report.failed(), imported.report.text(), {}, {}};
    for (const ImportedFlow& flow : imported.flows) {
      out.flows += sketch(flow.flow);
      out.kept += to_json(flow.layout).dump(-1, ' ', false, Json::error_handler_t::replace);
    }
    out.kept += out.flows;
    if (!imported.workspace.empty()) out.kept += write(imported.workspace).value_or("");
    return out;
  }
  return {true, {}, {}, {}};
}

// Calls with the pointer of each value of `json`.
void each(const Json& json, const std::string& pointer,
          const std::function<void(const std::string&, const Json&)>& call) {
  call(pointer, json);
  if (json.is_object())
    for (const auto& [name, value] : json.items()) each(value, at(pointer, name), call);
  if (json.is_array())
    for (std::size_t i = 0; i < json.size(); ++i) each(json[i], at(pointer, i), call);
}

void each_sample(const std::function<void(const std::string&, const Json&)>& call) {
  std::size_t samples = 0;
  for (const auto& one : fs::directory_iterator(fs::path(FLOW_SOURCE_DIR) / "tests/importing/samples")) {
    if (one.path().extension() != ".json") continue;
    const auto json = read_json(testing_support::read_file(one.path().string()));
    ASSERT_TRUE(json) << one.path();
    ASSERT_FALSE(outcome_of(*json).refused) << one.path();
    call(one.path().filename().string(), *json);
    ++samples;
  }
  EXPECT_GT(samples, 10U);
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(NothingLost, AMemberThatNobodyKnowsIsToldAndKept) {
  std::size_t tried = 0;
  each_sample([&](const std::string& sample, const Json& json) {
    const Outcome before = outcome_of(json);
    each(json, "", [&](const std::string& pointer, const Json& value) {
      if (!value.is_object()) return;
      Json changed = json;
      changed[Json::json_pointer(pointer)]["zzmark"] = "MARKVAL77";
      const Outcome outcome = outcome_of(changed);
      ++tried;
      if (outcome.refused) return;
      EXPECT_TRUE(has(outcome.kept, "MARKVAL77")) << sample << " " << pointer;
      // The settings of an `extern` are told with it, and what lies in something that is told as a whole is told, too.
      bool told = has(outcome.flows, "MARKVAL77") || outcome.report != before.report;
      for (std::string up = pointer; !up.empty() && !told; up.erase(up.rfind('/'))) told = has(before.report, up + ":");
      EXPECT_TRUE(told) << sample << " " << pointer << "\n" << outcome.report;
    });
  });
  EXPECT_GT(tried, 60U);
}

TEST(NothingLost, AValueThatChangesIsSeenSomewhere) {
  std::size_t tried = 0;
  each_sample([&](const std::string& sample, const Json& json) {
    const Outcome before = outcome_of(json);
    each(json, "", [&](const std::string& pointer, const Json& value) {
      // No code is written anywhere, and the report says so.
      if (value.is_structured() || pointer == "/code") return;
      for (const Json& other : {Json("Other77"), Json(7654321), Json(true), Json(nullptr)}) {
        Json changed = json;
        changed[Json::json_pointer(pointer)] = other;
        if (changed == json) continue;
        const Outcome outcome = outcome_of(changed);
        ++tried;
        EXPECT_TRUE(outcome.refused || outcome.kept != before.kept) << sample << " " << pointer << " " << other;
      }
    });
  });
  EXPECT_GT(tried, 400U);
}

}  // namespace
}  // namespace flow::importing
