#include "compiler/import/layout.h"

#include <gtest/gtest.h>

namespace flow::importing {
namespace {

TEST(Layout, IsReadAsItWasWritten) {
  Layout layout;
  layout.format = "studio";
  layout.properties = {{"flags", {{"allow_concurrent_calls", true}}}};
  layout.steps["greet"] = {"Greet them", Position{-12.5, 300}, {{"colour", "red"}}};
  layout.steps["other"] = {"", std::nullopt, Json::object()};
  const Json json = to_json(layout);
  const Layout read = read_layout(json).value();
  EXPECT_EQ(to_json(read), json);
  EXPECT_EQ(read.steps.at("greet").position, (Position{-12.5, 300}));
  EXPECT_EQ(read.steps.at("greet").id, "Greet them");
}

TEST(Layout, RefusesWhatIsNone) {
  const auto error = [](const char* text) { return read_layout(Json::parse(text)).error().message; };
  EXPECT_EQ(error("[]"), "a layout is a JSON object");
  EXPECT_EQ(error("{}"), "`/version` is missing, and 1 is known");
  EXPECT_EQ(error(R"({"version": 2})"), "`/version` is 2, and 1 is known");
  EXPECT_EQ(error(R"({"version": 1, "steps": 7})"), "`/steps` is no object");
  EXPECT_EQ(error(R"({"version": 1, "steps": {"a/b": 7}})"), "`/steps/a~1b` is no object");
  EXPECT_EQ(error(R"({"version": 1, "steps": {"a": {"position": {"x": "1", "y": 2}}}})"),
            "`/steps/a/position` needs the numbers `x` and `y`");
}

}  // namespace
}  // namespace flow::importing
