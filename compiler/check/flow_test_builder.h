// Checked flows for tests, without a parser: short to write, with a span for everything that has one.
#pragma once

#include <charconv>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "compiler/check/checked.h"

namespace flow::check {

// Targets are written as in the language: "sms", "end", "end failed", "jump sms max 2 else end".
// All steps are named first, the start is the first of them:
//   FlowBuilder b({"viber", "sms"});
//   b.send("viber", ChannelKind::viber, {.failed = "sms", .delivered = "end", .undelivered_ms = 30000, .undelivered =
//   "sms"});
class FlowBuilder {
 public:
  struct Arms {
    std::string failed = "end failed";
    std::string sent = {};  // exactly one of these three
    std::string delivered = {};
    std::string read = {};
    std::int64_t undelivered_ms = 0;
    std::string undelivered = {};
    std::int64_t unread_ms = 0;
    std::string unread = {};
  };

  explicit FlowBuilder(const std::vector<std::string>& steps) : flow_(std::make_unique<Flow>()) {
    flow_->name = "f";
    flow_->purpose = "authentication";
    flow_->expires_ms = 3'600'000;
    flow_->start_span = next_span();
    flow_->variables.push_back({"to", phone_type(), program::FieldRole::input, next_span()});
    for (const std::string& name : steps) {
      ids_.emplace(name, StepId{static_cast<std::uint32_t>(flow_->steps.size())});
      flow_->steps.push_back({name, "", next_span(), JumpStep{}});
    }
    workspace_.all_regions = true;
    add_channel("viber_x", ChannelKind::viber);
    add_channel("waba_x", ChannelKind::whatsapp);
    add_channel("sms_x", ChannelKind::sms);
  }

  FlowBuilder& wait(const std::string& name, std::int64_t ms, const std::string& to) {
    Wait wait;
    wait.ms = ms;
    wait.target = target(to);
    return body(name, "wait", std::move(wait));
  }
  FlowBuilder& set(const std::string& name, const std::string& to) { return body(name, "set", Set{{}, target(to)}); }
  FlowBuilder& jump(const std::string& name, const std::string& text) {
    return body(name, "jump", JumpStep{target(text).jump});
  }
  // Arms with a condition on what nobody knows before the start.
  FlowBuilder& branch(const std::string& name, const std::vector<std::string>& arms, const std::string& otherwise) {
    Branch result;
    for (const std::string& to : arms) {
      Expr condition;
      condition.kind = ExprKind::starts_with;
      condition.type.kind = ValueType::boolean;
      condition.children = {number(), text("+6")};
      result.arms.push_back({std::move(condition), target(to), next_span(), {}});
    }
    result.otherwise = target(otherwise);
    return body(name, "branch", std::move(result));
  }
  using RegionArm = std::pair<std::vector<std::string>, std::string>;
  FlowBuilder& recognize(const std::string& name, const std::vector<RegionArm>& arms, const std::string& otherwise) {
    RecognizeRegion result;
    result.number = number();
    for (const auto& [regions, to] : arms) result.arms.push_back({regions, target(to), next_span()});
    result.otherwise = target(otherwise);
    return body(name, "recognize region", std::move(result));
  }
  FlowBuilder& send(const std::string& name, ChannelKind kind, const Arms& arms) {
    Send result;
    result.channel = ChannelId{static_cast<std::uint32_t>(kind)};
    result.to = number();
    result.body = text("hello");
    result.purpose = "authentication";
    result.failed = target(arms.failed);
    const std::pair<const std::string*, Milestone> milestones[] = {
        {&arms.sent, Milestone::sent}, {&arms.delivered, Milestone::delivered}, {&arms.read, Milestone::read}};
    for (const auto& [to, milestone] : milestones) {
      if (to->empty()) continue;
      result.milestone = milestone;
      result.reached = target(*to);
    }
    if (!arms.undelivered.empty()) {
      result.undelivered = TimedArm{arms.undelivered_ms, target(arms.undelivered), next_span()};
    }
    if (!arms.unread.empty()) result.unread = TimedArm{arms.unread_ms, target(arms.unread), next_span()};
    constexpr const char* kComponents[] = {"send viber", "send whatsapp", "send sms"};
    return body(name, kComponents[static_cast<std::size_t>(kind)], std::move(result));
  }
  FlowBuilder& on(Handler::Kind kind, const std::string& to, const std::string& signal = {}) {
    flow_->handlers.push_back({kind, signal, {}, target(to), next_span()});
    return *this;
  }
  FlowBuilder& expires(std::int64_t ms) {
    flow_->expires_ms = ms;
    return *this;
  }
  FlowBuilder& handover(ChannelKind kind, std::int64_t ms) {
    workspace_.channels[static_cast<std::size_t>(kind)].handover_ms = ms;
    return *this;
  }
  FlowBuilder& allow(const std::vector<std::string>& regions) {
    workspace_.all_regions = false;
    workspace_.allowed_regions = regions;
    return *this;
  }
  FlowBuilder& guarantee(Guarantee::Kind kind, std::int64_t limit, std::optional<ChannelKind> channel = {},
                         const std::string& to = {}) {
    Guarantee result{kind, channel, limit, {}, next_span()};
    if (!to.empty()) result.step = step(to);
    flow_->guarantees.push_back(result);
    return *this;
  }

  const Flow& flow() const { return *flow_; }
  Flow& flow() { return *flow_; }
  const Workspace& workspace() const { return workspace_; }

  StepId step(const std::string& name) const {
    const auto found = ids_.find(name);
    FLOW_CHECK(found != ids_.end(), "no step {}", name);
    return found->second;
  }

 private:
  static Type phone_type() {
    Type type;
    type.kind = ValueType::phone;
    type.personal = true;
    return type;
  }
  static Expr number() {
    Expr expr;
    expr.kind = ExprKind::variable;
    expr.type = phone_type();
    return expr;
  }
  static Expr text(const std::string& value) {
    Expr expr;
    expr.kind = ExprKind::constant;
    expr.type.kind = ValueType::text;
    expr.text = value;
    return expr;
  }
  Span next_span() {
    place_ += 2;
    return {source::FileId{0}, place_, place_ + 1};
  }
  void add_channel(const std::string& name, ChannelKind kind) {
    workspace_.channels.push_back({name, kind, "X", 30'000, 0, {}, next_span()});
  }
  FlowBuilder& body(const std::string& name, const char* component, StepBody body) {
    Step& place = flow_->steps[index(step(name))];
    place.component = component;
    place.body = std::move(body);
    return *this;
  }
  Target target(const std::string& text) {
    std::istringstream words(text);
    std::string word;
    words >> word;
    Target result;
    result.span = next_span();
    if (word == "end") {
      result.kind = words >> word ? Target::Kind::end_failed : Target::Kind::end;
      if (result.kind == Target::Kind::end_failed) result.reason = word;
    } else if (word == "jump") {
      std::string to, max, count, else_word, rest;
      words >> to >> max >> count >> else_word;
      std::getline(words >> std::ws, rest);
      std::uint32_t number = 0;
      std::from_chars(count.data(), count.data() + count.size(), number);
      result.kind = Target::Kind::jump;
      const Target otherwise = target(rest);
      result.jump = JumpId{static_cast<std::uint32_t>(flow_->jumps.size())};
      flow_->jumps.push_back({step(to), number, otherwise, result.span});
    } else {
      result.kind = Target::Kind::step;
      result.step = step(word);
    }
    return result;
  }

  std::unique_ptr<Flow> flow_;
  std::map<std::string, StepId> ids_;
  Workspace workspace_;
  std::uint32_t place_ = 0;
};

}  // namespace flow::check
