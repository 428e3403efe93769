// Flows that start each other, with everything in between real: compiler, bundle, flowd, a kill at every place.
#include <chrono>
#include <map>
#include <string>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/operations/stage.h"

namespace flow::operations_stage {
namespace {

using nlohmann::json;

constexpr const char* kInputs = R"({"customer":"+639171234567"})";

class FlowdChildren : public testing::Test {
 protected:
  FlowdChildren() {
    stage_.write("workspace.flow", "edition 1\n\nallow regions all\n");
    stage_.write("caller.flow", R"(flow caller "Starts another in each of the three ways"

trigger manual
purpose transaction
expires 1h

input customer: phone

start => check

check: call flow child(customer: customer, note: "called") as v {
  good => look
  done, failed, expired, late after 50s => end failed "no good end"
}

look: branch {
  v.count == 7 => also
  else => end failed "another output"
}

also: launch flow child(customer: customer) => over

over: forward to child(customer: customer, note: "forwarded")
)");
    stage_.write("child.flow", R"(flow child "Is started"

trigger call
purpose transaction
expires 1h

input customer: phone
input note: text(..20)?

output count: number
outcome good

start => pause

pause: wait 50ms => count_it

count_it: set { count = 7 } => which

which: branch {
  note ?? "" == "called" => end good
  customer == "+639170000000" => end failed "nobody's"
  else => end
}
)");
  }

  // Callers of flow `child`, by its executions that have ended, when there are so many (20 s at most). A list may show
  // one that ends meanwhile twice.
  std::map<std::string, std::string> children(std::size_t at_least) {
    std::map<std::string, std::string> ended;
    for (int tries = 0; tries < 400 && ended.size() < at_least; ++tries) {
      if (tries > 0) std::this_thread::sleep_for(std::chrono::milliseconds(50));
      const json page = json::parse(stage_.call("GET", "/v1/executions?flow=child&limit=200").body, nullptr, false);
      for (const json& one : page.value("executions", json::array()))
        if (one.contains("end")) ended[one.value("execution", "")] = one.value("caller", "");
    }
    return ended;
  }

  Stage stage_;
};

TEST_F(FlowdChildren, EachIsStartedAndKnowsItsCaller) {
  ASSERT_TRUE(stage_.launch()) << stage_.log();
  ASSERT_LT(stage_.deploy("caller").status, 300) << stage_.log();
  const std::string id = stage_.start("caller", kInputs);
  const json view = stage_.ended(id);
  EXPECT_EQ(view.value("end", ""), "done") << view.dump(2) << stage_.log();
  const std::string timeline = timeline_text(view);
  EXPECT_TRUE(
      timeline.starts_with("started entered(check) timer_set(late) asked(call flow child) began_other(child) "
                           "answered(good) entered(look) entered(also)"))
      << timeline;
  const auto all = children(3);
  ASSERT_EQ(all.size(), 3U);
  for (const auto& [child, caller] : all) EXPECT_EQ(caller, id);
  // Nobody else starts it.
  EXPECT_EQ(stage_.call("POST", "/v1/flows/child/executions", fmt::format(R"({{"inputs":{}}})", kInputs)).status / 100,
            4);
  EXPECT_EQ(stage_.stop(), 0);
}

TEST_F(FlowdChildren, AKillNeitherLosesNorDoublesOne) {
  ASSERT_TRUE(stage_.launch()) << stage_.log();
  ASSERT_LT(stage_.deploy("caller").status, 300);
  stage_.kill();
  int number = 0;
  for (const char* place : {"before_commit", "after_commit", "before_provider_write", "after_provider_write",
                            "after_provider_read", "before_acknowledge"}) {
    for (const int nth : {1, 3}) {
      SCOPED_TRACE(fmt::format("{} {}", place, nth));
      const std::string key = fmt::format("order-{}", number++);
      // What the last kill left is taken up at once, and may reach the place before anybody is served.
      if (stage_.launch(fmt::format("{}:{}", place, nth))) (void)stage_.start("caller", kInputs, key);
      // A place that is not reached so often is a kill at some other moment.
      if (!stage_.died()) stage_.kill();
      ASSERT_TRUE(stage_.launch()) << stage_.log();
      const std::string id = stage_.start("caller", kInputs, key);
      EXPECT_EQ(stage_.ended(id).value("end", ""), "done") << stage_.log();
      std::map<std::string, int> by_caller;
      for (const auto& [child, caller] : children(static_cast<std::size_t>(3 * number))) ++by_caller[caller];
      EXPECT_EQ(by_caller[id], 3);
      EXPECT_EQ(by_caller.size(), static_cast<std::size_t>(number));
      stage_.kill();
      if (HasFailure()) return;
    }
  }
  // Nor is one begun later.
  ASSERT_TRUE(stage_.launch()) << stage_.log();
  stage_.ended(stage_.start("caller", kInputs, "last"));
  EXPECT_EQ(children(static_cast<std::size_t>(3 * number + 3)).size(), static_cast<std::size_t>(3 * number + 3));
}

}  // namespace
}  // namespace flow::operations_stage
