#include "compiler/import/studio/arrows.h"

#include <algorithm>
#include <deque>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/limits.h"

namespace flow::importing::studio {
namespace {

using Entries = std::map<std::size_t, std::size_t>;

// Which arms lead back to a step that is on its way to them: in a walk depth first, arms in order.
class Circles {
 public:
  Circles(const std::vector<Step>& steps, const Entries& entries) : steps_(steps), entries_(entries) {}

  std::set<std::pair<std::size_t, std::size_t>> run(const Target& start) {
    state_.assign(steps_.size(), 0);
    if (const auto first = step_of(start)) walk(*first);
    for (std::size_t i = 0; i < steps_.size(); ++i) walk(i);
    return std::move(back_);
  }

  // How many widgets a way round has at least that begins at `from` and comes back by `to`.
  std::size_t length(std::size_t from, std::size_t to) const {
    std::map<std::size_t, std::size_t> seen = {{from, widgets(from)}};
    std::deque<std::size_t> open = {from};
    std::size_t deepest = 1;
    while (!open.empty() && seen.size() < kLookedAt) {
      const std::size_t step = open.front();
      open.pop_front();
      deepest = std::max<std::size_t>(seen[step], 1);
      if (step == to) return deepest;
      for (const Arm& arm : steps_[step].arms) {
        const auto next = step_of(arm.to);
        if (next && seen.emplace(*next, seen[step] + widgets(*next)).second) open.push_back(*next);
      }
    }
    return deepest;
  }

  std::optional<std::size_t> step_of(const Target& target) const {
    if (target.kind == Target::Kind::end) return std::nullopt;
    if (target.kind == Target::Kind::step) return target.index;
    const auto found = entries_.find(target.index);
    return found == entries_.end() ? std::nullopt : std::optional(found->second);
  }

 private:
  static constexpr std::size_t kLookedAt = 200;  // steps; a longer way counts as the least that it can be

  // A step that the import added is none of Studio's.
  std::size_t widgets(std::size_t step) const { return steps_[step].state ? 1 : 0; }

  void walk(std::size_t first) {
    if (state_[first] != 0) return;
    std::vector<std::pair<std::size_t, std::size_t>> open = {{first, 0}};
    state_[first] = 1;
    while (!open.empty()) {
      auto& [step, arm] = open.back();
      if (arm == steps_[step].arms.size()) {
        state_[step] = 2;
        open.pop_back();
        continue;
      }
      const std::size_t this_arm = arm++;
      const auto next = step_of(steps_[step].arms[this_arm].to);
      if (!next) continue;
      if (state_[*next] == 1) back_.emplace(step, this_arm);
      if (state_[*next] != 0) continue;
      state_[*next] = 1;
      open.emplace_back(*next, 0);
    }
  }

  const std::vector<Step>& steps_;
  const Entries& entries_;
  std::vector<char> state_;
  std::set<std::pair<std::size_t, std::size_t>> back_;
};

bool is_silent(const std::string& label) {
  return label.starts_with("silent after ");
}

// What the header takes: outcomes that lead nowhere in two steps or more; of silences the commonest.
Otherwise shared_outcomes(const std::vector<Step>& steps) {
  std::map<std::string, int> counts;
  for (const Step& step : steps) {
    for (const Arm& arm : step.arms)
      if (arm.unwired) ++counts[arm.label];
  }
  Otherwise out;
  std::string silence;
  for (const auto& [label, count] : counts) {
    if (count < 2) continue;
    if (is_silent(label)) {
      if (silence.empty() || counts[silence] < count) silence = label;
    } else if (!label.starts_with("late after 29d")) {
      out.outcomes.push_back(label);
    }
  }
  if (!silence.empty()) out.outcomes.push_back(silence);
  return out;
}

class Drawer {
 public:
  Drawer(const std::vector<Step>& steps, const Circles& circles, const Definition& definition, Report& report)
      : steps_(steps), circles_(circles), definition_(definition), report_(report) {}

  DraftStep draw(std::size_t index, const std::set<std::pair<std::size_t, std::size_t>>& back,
                 const Otherwise& otherwise) {
    const Step& step = steps_[index];
    DraftStep out;
    out.name = step.name;
    out.pointer = step.pointer;
    out.entry.comments = step.comments;
    out.entry.head = step.head;
    out.entry.block = step.settings;
    out.entry.has_block = !step.settings.empty() || !step.arrow;
    if (step.state) {
      out.id = definition_.states[*step.state].name;
      out.position = definition_.states[*step.state].position;
    }
    std::map<std::string, std::size_t> places;  // by target: an arm that others may join
    for (std::size_t a = 0; a < step.arms.size(); ++a) {
      const Arm& arm = step.arms[a];
      const auto next = circles_.step_of(arm.to);
      const bool jump = back.contains({index, a});
      if (next && !step.aside) out.leads_to.push_back(steps_[*next].name);
      const std::string target = arrow(next, jump ? bound(*next, index) : 0, out, step);
      if (step.arrow) {
        out.entry.arrow = target;
        continue;
      }
      const auto& shared = otherwise.outcomes;
      if (arm.unwired && std::find(shared.begin(), shared.end(), arm.label) != shared.end()) continue;
      const auto place = places.find(target);
      if (arm.outcome && place != places.end()) {
        out.entry.block[place->second].head += ", " + arm.label;
        continue;
      }
      DraftEntry entry = line(arm.label, target);
      entry.trailing_comment = arm.comment;
      if (arm.outcome) places.emplace(target, out.entry.block.size());
      out.entry.block.push_back(std::move(entry));
    }
    return out;
  }

  std::size_t jumps() const { return jumps_; }

 private:
  // How often Studio goes round at most: it ends an execution after 1000 steps, or after the same one 10 times.
  std::size_t bound(std::size_t to, std::size_t from) const {
    if (to == from) return kSameStepMax - 1;
    return std::max<std::size_t>(1, std::min<std::size_t>(kStepsMax / circles_.length(to, from), limits::kJumpMax));
  }

  std::string arrow(std::optional<std::size_t> next, std::size_t most, DraftStep& out, const Step& step) {
    if (!next) return "end";
    const std::string& name = steps_[*next].name;
    if (most == 0) return name;
    ++jumps_;
    report_.add(
        {NoteKind::changed, step.pointer, out.name,
         fmt::format("the way back to `{}` has a bound, as often as Studio goes round before it ends an execution",
                     name),
         "write how often it is meant to go round"});
    return fmt::format("jump {} max {} else end failed \"too many steps\"", name, most);
  }

  static constexpr std::size_t kStepsMax = 1000;
  static constexpr std::size_t kSameStepMax = 10;

  const std::vector<Step>& steps_;
  const Circles& circles_;
  const Definition& definition_;
  Report& report_;
  std::size_t jumps_ = 0;
};

}  // namespace

Otherwise draw_arrows(std::vector<Step> steps, const Entries& entries, const Target& start,
                      const Definition& definition, Report& report, DraftFlow& flow) {
  Circles circles(steps, entries);
  const auto back = circles.run(start);
  Otherwise otherwise = shared_outcomes(steps);
  Drawer drawer(steps, circles, definition, report);
  const auto first = circles.step_of(start);
  flow.start = first ? steps[*first].name : "end";
  flow.steps.reserve(steps.size());
  for (std::size_t i = 0; i < steps.size(); ++i) flow.steps.push_back(drawer.draw(i, back, otherwise));
  if (drawer.jumps() > 0) {
    flow.comments.push_back(
        "Each way back has a bound: as often as Studio goes round before it ends an execution, at its");
    flow.comments.push_back("1000th step or when one step comes 10 times in a row. Write how often it is meant.");
  }
  order_steps(flow);
  return otherwise;
}

}  // namespace flow::importing::studio
