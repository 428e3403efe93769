#include "compiler/ir/starts.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace flow::ir {
namespace {

using program::OperationKind;

Flow flow_of(const std::string& name, const std::vector<std::pair<OperationKind, std::string>>& sites) {
  Flow flow;
  flow.info.name = name;
  for (const auto& [kind, target] : sites) {
    program::OperationInfo site;
    site.kind = kind;
    site.target = target;
    flow.info.operations.push_back(site);
  }
  return flow;
}

std::size_t place(const Starts& starts, std::uint32_t flow) {
  return static_cast<std::size_t>(std::ranges::find(starts.order, flow) - starts.order.begin());
}

TEST(Starts, FlowsComeAfterAllThatTheyStart) {
  Module module;
  module.flows = {flow_of("a", {{OperationKind::flow, "b"}, {OperationKind::http, "b"}, {OperationKind::flow, "d"}}),
                  flow_of("b", {{OperationKind::launch, "c"}}), flow_of("c", {}), flow_of("d", {})};
  const Starts starts = starts_of(module);
  ASSERT_EQ(starts.order.size(), 4U);
  EXPECT_LT(place(starts, 2), place(starts, 1));
  EXPECT_LT(place(starts, 1), place(starts, 0));
  EXPECT_LT(place(starts, 3), place(starts, 0));
  const auto& sites = starts.of[0].sites;
  EXPECT_EQ(sites[0].flow, 1U);
  // What `b` launches lives on, also for who calls `b`.
  EXPECT_TRUE(sites[0].starts && sites[0].lives_on);
  EXPECT_FALSE(sites[1].starts || sites[1].lives_on);
  EXPECT_EQ(sites[1].flow, Starts::kNone);
  EXPECT_TRUE(sites[2].starts && !sites[2].lives_on);
  EXPECT_TRUE(starts.of[1].outlived);
  EXPECT_FALSE(starts.of[2].outlived);
}

TEST(Starts, WhatIsAskedOfAFlowIsAskedOfWhatItStarts) {
  Module module;
  module.flows = {flow_of("a", {{OperationKind::flow, "b"}}), flow_of("b", {{OperationKind::launch, "c"}}),
                  flow_of("c", {})};
  using Kind = Guarantee::Kind;
  module.flows[0].guarantees = {{Kind::messages, {}, 3, 0},
                                {Kind::messages, program::ChannelKind::sms, 1, 0},
                                {Kind::no_double_charge, {}, 0, 0},
                                {Kind::reaches, {}, 0, 7}};
  module.flows[1].guarantees = {{Kind::messages, {}, 2, 0}, {Kind::end, {}, 50, 0}};
  const Starts starts = starts_of(module);
  EXPECT_EQ(starts.of[0].asked, module.flows[0].guarantees);
  const std::vector<Guarantee> of_b = {
      {Kind::messages, {}, 2, 0}, {Kind::end, {}, 50, 0}, {Kind::messages, program::ChannelKind::sms, 0, 0}};
  EXPECT_EQ(starts.of[1].asked, of_b);
  const std::vector<Guarantee> of_c = {
      {Kind::messages, {}, 0, 0}, {Kind::end, {}, 0, 0}, {Kind::messages, program::ChannelKind::sms, 0, 0}};
  EXPECT_EQ(starts.of[2].asked, of_c);
}

TEST(Starts, CirclesAreLeftOut) {
  Module module;
  module.flows = {flow_of("a", {{OperationKind::flow, "b"}}), flow_of("b", {{OperationKind::launch, "a"}}),
                  flow_of("c", {{OperationKind::flow, "c"}}), flow_of("d", {{OperationKind::flow, "nowhere"}}),
                  flow_of("e", {{OperationKind::flow, "a"}})};
  const Starts starts = starts_of(module);
  EXPECT_EQ(starts.order, std::vector<std::uint32_t>{3});
  EXPECT_TRUE(starts.of[3].sites[0].starts);
  EXPECT_EQ(starts.of[3].sites[0].flow, Starts::kNone);
}

}  // namespace
}  // namespace flow::ir
