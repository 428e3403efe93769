#include "compiler/test/coverage.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "compiler/check/graph.h"
#include "compiler/check/replies.h"
#include "compiler/test/one_flow.h"

namespace flow::test {
namespace {

using check::Exit;
using check::Flow;
using check::index;
using check::StepId;
using check::Target;

// A way out that is to get a step of its own: a target of the flow, or the arrow of one of its jumps.
struct Place {
  Exit exit;
  std::string name;
};

// A jump gives two: counted, and run out.
void add(std::vector<Place>& places, std::vector<Exit> exits, const std::string& before) {
  bool run_out = false;
  for (Exit& exit : exits) {
    const bool jump = exit.jump.has_value();
    std::string name = before;
    if (!exit.arm.empty()) name += (name.empty() ? "" : ": ") + exit.arm;
    if (jump) name += ", jump";
    if (!jump && run_out) name += ", jump has run out";
    run_out = jump;
    places.push_back({std::move(exit), std::move(name)});
  }
}

std::vector<Place> places_of(const Flow& flow) {
  std::vector<Place> places;
  for (const check::Step& step : flow.steps) {
    // What has one way out is no choice.
    const auto exits = check::exits(flow, step);
    if (exits.size() > 1) add(places, exits, step.name);
  }
  for (const check::Handler& handler : flow.handlers)
    add(places, check::exits_of_target(flow, handler.target, {}), check::handler_text(handler));
  return places;
}

// Names of steps must differ.
std::string unused_prefix(const Flow& flow) {
  std::string prefix = "arm_";
  while (std::ranges::any_of(flow.steps, [&](const check::Step& step) { return step.name.starts_with(prefix); }))
    prefix = "_" + prefix;
  return prefix;
}

}  // namespace

Coverage::Coverage(const check::Workspace& workspace, const Flow& flow) : flow_(flow) {
  auto copy = std::make_unique<Flow>(flow);

  // One arm for what is written once: `otherwise` gives many steps the same.
  std::map<std::tuple<std::uint32_t, std::uint32_t, std::string>, std::size_t> written;
  std::map<std::pair<const Target*, std::optional<check::JumpId>>, StepId> known;
  std::vector<check::Step> steps;
  const std::string prefix = unused_prefix(flow);
  const auto way_of = [&](const Place& place, const Target& target) {
    const Span span = place.exit.span;
    const auto [arm, is_new] = written.emplace(std::tuple(span.begin, span.end, place.exit.arm), arms_.size());
    if (is_new)
      arms_.push_back({place.name, span, 0});
    else
      arms_[arm->second].name = "otherwise " + place.exit.arm;
    check::Step step;
    step.name = fmt::format("{}{}", prefix, steps.size());
    step.component = "set";
    step.span = span;
    step.body = check::Set{{}, target};
    const StepId id{static_cast<std::uint32_t>(flow.steps.size() + steps.size())};
    steps.push_back(std::move(step));
    arm_of_.push_back(arm->second);
    return id;
  };
  for (const Place& place : places_of(*copy)) {
    const auto [way, is_new] = known.try_emplace({place.exit.target, place.exit.jump}, StepId{});
    if (!is_new) continue;
    if (place.exit.jump) {
      check::Jump& jump = copy->jumps.at(index(*place.exit.jump));
      Target target;
      target.kind = Target::Kind::step;
      target.step = jump.step;
      jump.step = way->second = way_of(place, target);
      continue;
    }
    // The exits point into the copy, which is ours to change.
    auto& target = const_cast<Target&>(*place.exit.target);
    const StepId id = way_of(place, target);
    target = {};
    target.kind = Target::Kind::step;
    target.step = id;
    target.span = place.exit.span;
  }
  copy->steps.insert(copy->steps.end(), std::make_move_iterator(steps.begin()), std::make_move_iterator(steps.end()));
  workspace_ = one_flow(workspace, std::move(copy));
}

void Coverage::count(const Outcome& outcome) {
  const std::size_t own = flow_.steps.size();
  for (std::size_t i = own; i < outcome.entered.size(); ++i) arms_.at(arm_of_.at(i - own)).taken += outcome.entered[i];
}

std::size_t Coverage::taken() const {
  return static_cast<std::size_t>(std::ranges::count_if(arms_, [](const Arm& arm) { return arm.taken > 0; }));
}

}  // namespace flow::test
