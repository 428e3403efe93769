#include "runtime/ingress/routes.h"

#include <gtest/gtest.h>

#include <set>

#include "runtime/ingress/exposition.h"

namespace flow::ingress {
namespace {

TEST(Routes, MatchSegmentsAndDecodeThem) {
  const Match found = match("POST", "/v1/executions/abc/signals/a%2Fb");
  ASSERT_NE(found.route, nullptr);
  EXPECT_EQ(found.route->operation, Operation::signal_execution);
  EXPECT_EQ(found.parameters, (std::vector<std::string>{"abc", "a/b"}));
  EXPECT_EQ(match("POST", "/v1/flows/x/executions:batch").route->operation, Operation::start_batch);
  EXPECT_EQ(match("GET", "/v1/executions/").route, nullptr);
  EXPECT_EQ(match("GET", "").route, nullptr);
  EXPECT_EQ(match("GET", "v1/bundles").route, nullptr);
}

TEST(Routes, NamesAreUniqueAndEachRouteMatchesItself) {
  std::set<std::string_view> names;
  for (const Route& route : routes()) {
    EXPECT_TRUE(names.insert(route.name).second) << route.name;
    EXPECT_EQ(match(route.method, route.pattern).route, &route) << route.pattern;
  }
}

TEST(Exposition, GroupsAndEscapes) {
  const auto text = expose({{"b", "B\nb", core::MetricKind::gauge, {}, 1.5},
                            {"a", "A", core::MetricKind::counter, {{"x", "1\\\n\""}}, 2},
                            {"b", "B\nb", core::MetricKind::gauge, {{"y", "z"}}, 0}});
  EXPECT_EQ(text,
            "# HELP a A\n# TYPE a counter\na{x=\"1\\\\\\n\\\"\"} 2\n"
            "# HELP b B\\nb\n# TYPE b gauge\nb 1.5\nb{y=\"z\"} 0\n");
}

TEST(Exposition, AHistogramHasCumulativeBucketsSumAndCount) {
  core::MetricSet metrics;
  core::Histogram& histogram = metrics.histogram("flow_commit_seconds", "Commits", {{"shard", "0"}});
  for (const double seconds : {0.0, 0.0001, 0.003, 61.0}) histogram.observe(seconds);
  const std::string text = expose(metrics.samples());
  EXPECT_TRUE(text.starts_with("# HELP flow_commit_seconds Commits\n# TYPE flow_commit_seconds histogram\n")) << text;
  EXPECT_NE(text.find("flow_commit_seconds_bucket{shard=\"0\",le=\"0.0001\"} 2\n"), std::string::npos) << text;
  EXPECT_NE(text.find("flow_commit_seconds_bucket{shard=\"0\",le=\"0.0025\"} 2\n"), std::string::npos) << text;
  EXPECT_NE(text.find("flow_commit_seconds_bucket{shard=\"0\",le=\"0.005\"} 3\n"), std::string::npos) << text;
  EXPECT_NE(text.find("flow_commit_seconds_bucket{shard=\"0\",le=\"60\"} 3\n"), std::string::npos) << text;
  EXPECT_NE(text.find("flow_commit_seconds_bucket{shard=\"0\",le=\"+Inf\"} 4\n"), std::string::npos) << text;
  EXPECT_NE(text.find("flow_commit_seconds_sum{shard=\"0\"} 61.0031\n"), std::string::npos) << text;
  EXPECT_TRUE(text.ends_with("flow_commit_seconds_count{shard=\"0\"} 4\n")) << text;
}

}  // namespace
}  // namespace flow::ingress
