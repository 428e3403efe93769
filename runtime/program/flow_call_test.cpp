#include "runtime/program/flow_call.h"

#include <gtest/gtest.h>

namespace flow::program {
namespace {

using Kind = OperationOutcome::Kind;

FieldInfo field(const char* name, ValueType type) {
  FieldInfo info;
  info.name = name;
  info.type = type;
  info.role = FieldRole::variable;
  return info;
}

// Of the caller: `check: call flow verify_number(phone: …) as v`.
FlowInfo caller() {
  FlowInfo info;
  info.name = "onboarding";
  info.fields = {field("v.attempts", ValueType::number), field("v.note", ValueType::text)};
  info.fields[1].chars_max = 5;
  info.steps = {{"check", "call flow"}};
  OperationInfo& site = info.operations.emplace_back();
  site.kind = OperationKind::flow;
  site.target = "verify_number";
  site.arguments = {"input phone", "input name"};
  site.outcomes = {{Kind::failed, 0, {}}, {Kind::ok, 0, {}}, {Kind::named, 0, "verified"}, {Kind::expired, 0, {}}};
  site.reads = {{0, "attempts", false}, {1, "note", true}};
  return info;
}

TEST(FlowCall, InputsAreOneObject) {
  const FlowInfo info = caller();
  const std::vector<std::string> arguments = {"\"+639171234567\"", "null"};
  EXPECT_EQ(inputs_json(info.operations[0], arguments), R"({"phone":"+639171234567","name":null})");
  EXPECT_EQ(input_name("input phone"), "phone");
}

constexpr std::string_view kOutputs = R"({"attempts":"2","note":"ok"})";

TEST(FlowCall, AnEndTakesItsArm) {
  const FlowInfo info = caller();
  const OperationInfo& site = info.operations[0];
  const auto arm = [&](EndKind end, std::string_view outcome, std::string_view outputs = kOutputs) {
    return flow_result(info, site, end, outcome, outputs).event.outcome;
  };
  EXPECT_EQ(arm(EndKind::done, ""), 1);
  EXPECT_EQ(arm(EndKind::outcome, "verified"), 2);
  EXPECT_EQ(arm(EndKind::outcome, "other"), 0);
  EXPECT_EQ(arm(EndKind::expired, ""), 3);
  EXPECT_EQ(arm(EndKind::failed, ""), 0);
  EXPECT_EQ(arm(EndKind::done, "", R"({"note":"ok"})"), 0) << "an output is missing";
  EXPECT_EQ(arm(EndKind::done, "", R"({"attempts":"many"})"), 0) << "an output is of another type";
  EXPECT_EQ(arm(EndKind::done, "", R"({"attempts":"1","note":"too long"})"), 0) << "longer than its type says";
  EXPECT_EQ(arm(EndKind::done, "", R"({"attempts":"1"})"), 1);
  EXPECT_EQ(arm(EndKind::done, "", "\xff no JSON"), 0);
}

TEST(FlowCall, OutputsComeBackAsTheyWere) {
  FlowInfo child;
  child.name = "verify_number";
  child.fields = {field("attempts", ValueType::number), field("note", ValueType::text)};
  child.outputs = {0, 1};
  Frame frame([](std::string_view) { return std::int64_t{0}; });
  frame.reset(child);
  frame.set_scalar(0, 2'500'000);
  frame.set_text(1, "a \"b\"");
  const std::string outputs = outputs_json(child, frame);
  EXPECT_EQ(outputs, R"({"attempts":"2.5","note":"a \"b\""})");
  FlowInfo info = caller();
  info.fields[1].chars_max = 0;
  WrittenEvent event = flow_result(info, info.operations[0], EndKind::outcome, "verified", outputs);
  event.point_to_texts();
  ASSERT_EQ(event.event.value_count, 2u);
  EXPECT_EQ(event.event.values[0].scalar, 2'500'000);
  EXPECT_EQ(std::string(event.event.values[1].text.data, event.event.values[1].text.size), "a \"b\"");
}

}  // namespace
}  // namespace flow::program
