// Flows by hand that start each other.
#include <utility>

#include "runtime/program/intrinsics.h"
#include "runtime/service/testing.h"
#include "runtime/service/testing_one_question.h"

namespace flow::service::testing {

using namespace program;

namespace {

FieldInfo field(const char* name, ValueType type, FieldRole role) {
  FieldInfo info;
  info.name = name;
  info.type = type;
  info.role = role;
  return info;
}

class Starting final : public OneQuestion {
 public:
  Starting(std::string name, std::string other, OperationKind kind) : OneQuestion(std::move(name)) {
    info_.fields = {field("phone", ValueType::phone, FieldRole::input),
                    field("v.attempts", ValueType::number, FieldRole::variable),
                    field("to", ValueType::phone, FieldRole::input)};
    info_.fields[2].optional = true;
    info_.steps = {{"check", kind == OperationKind::flow ? "call flow" : "forward to"}};
    OperationInfo& site = info_.operations.emplace_back();
    site.kind = kind;
    site.target = std::move(other);
    site.arguments = {"input phone"};
    using Kind = OperationOutcome::Kind;
    site.outcomes = {{Kind::failed, 0, {}}};
    if (kind == OperationKind::flow) {
      site.outcomes.insert(site.outcomes.end(),
                           {{Kind::ok, 0, {}}, {Kind::named, 0, "verified"}, {Kind::expired, 0, {}}});
      site.reads = {{1, "attempts", false}};
    }
  }

 private:
  void begin(Frame& frame, const FlowEvent& event) const override {
    FlowFrame* raw = &frame.raw();
    flow_begin(raw, &event);
    frame.clear_effects();
    flow_enter(raw, &event, 0);
    const FlowText& phone = raw->fields[raw->fields[2].present != 0 ? 2 : 0].text;
    const std::string json = "\"" + std::string(phone.data, phone.size) + "\"";
    const FlowText operand{json.data(), json.size()};
    if (info_.operations[0].kind == OperationKind::launch) {
      flow_launch(raw, 0, &operand, 1);
      frame.effects();  // read while what it points to is there
      return finish(raw, EndKind::done, "");
    }
    flow_arm(raw, static_cast<std::int32_t>(Timer::late), event.at_ms + kAnswerWithinMs);
    flow_request(raw, 0, &operand, 1);
    frame.effects();  // read while what it points to is there
  }

  Verdict result(FlowFrame* raw, const FlowEvent& event) const override {
    const std::int64_t outcome = flow_operation_take(raw, &event);
    if (outcome < 0) return Verdict::ignored;
    if (outcome == 1 || outcome == 2) flow_take_values(raw, &event, 0);
    flow_leave(raw);
    const std::string attempts = std::to_string(raw->fields[1].scalar / 1'000'000);
    const std::string_view names[] = {"failed", "done", "verified", "expired"};
    finish(raw, EndKind::failed, std::string(names[outcome]) + " " + attempts);
    return Verdict::changed;
  }
};

class Started final : public Program {
 public:
  explicit Started(std::string name) {
    info_.name = std::move(name);
    info_.title = "by hand";
    info_.purpose = "transaction";
    info_.expires_ms = 10 * kAnswerWithinMs;
    info_.called = true;
    info_.fields = {field("phone", ValueType::phone, FieldRole::input),
                    field("attempts", ValueType::number, FieldRole::variable)};
    info_.outputs = {1};
    info_.steps = {{"pause", "await signal"}};
    info_.signals = {"verify", "stop"};
    info_.outcomes = {"verified"};
    info_.handlers = 2;
  }

  const FlowInfo& info() const override { return info_; }

  Verdict advance(Frame& frame, const FlowEvent& event) const override {
    FlowFrame* raw = &frame.raw();
    switch (static_cast<EventKind>(event.kind)) {
      case EventKind::start:
        flow_begin(raw, &event);
        frame.clear_effects();
        flow_enter(raw, &event, 0);
        return Verdict::changed;
      case EventKind::timer:
        if (flow_timer_take(raw, &event) < 0) return Verdict::ignored;
        flow_leave(raw);
        flow_finish(raw, static_cast<std::int32_t>(EndKind::expired), -1, nullptr);
        return Verdict::changed;
      case EventKind::signal:
        if (raw->resting == kEnded || flow_fire(raw, static_cast<std::uint32_t>(event.signal)) == 0)
          return Verdict::ignored;
        frame.set_scalar(1, 2'000'000);
        flow_leave(raw);
        flow_finish(raw, static_cast<std::int32_t>(event.signal == 0 ? EndKind::outcome : EndKind::done),
                    event.signal == 0 ? 0 : -1, nullptr);
        return Verdict::changed;
      default:
        return Verdict::ignored;
    }
  }

 private:
  FlowInfo info_;
};

}  // namespace

std::shared_ptr<const Program> starting_flow(std::string name, std::string other, OperationKind kind) {
  return std::make_shared<Starting>(std::move(name), std::move(other), kind);
}

std::shared_ptr<const Program> started_flow(std::string name) {
  return std::make_shared<Started>(std::move(name));
}

}  // namespace flow::service::testing
