#include <algorithm>
#include <deque>

#include "base/limits.h"
#include "compiler/check/graph.h"
#include "compiler/check/graph_reports.h"
#include "runtime/program/text.h"

namespace flow::check {
namespace {

struct Arrow {
  std::size_t from = 0;
  std::size_t to = 0;
  Exit exit;
};

// By step: its arrows to steps.
std::vector<std::vector<Arrow>> arrows_of(const Flow& flow, bool with_jumps) {
  std::vector<std::vector<Arrow>> result(flow.steps.size());
  for (std::size_t i = 0; i < flow.steps.size(); ++i) {
    for (const Exit& exit : exits(flow, flow.steps[i])) {
      if (exit.to && (with_jumps || !exit.jump)) result[i].push_back({i, index(*exit.to), exit});
    }
  }
  return result;
}

// Tarjan's groups, without recursion: a flow may be a chain of thousands of steps. Numbers by step.
class Groups {
 public:
  explicit Groups(const std::vector<std::vector<Arrow>>& arrows)
      : arrows_(arrows), order_(arrows.size(), 0), low_(arrows.size(), 0), group_(arrows.size(), 0) {
    for (std::size_t i = 0; i < arrows.size(); ++i) {
      if (order_[i] == 0) visit(i);
    }
  }
  std::size_t count() const { return groups_; }
  std::size_t of(std::size_t step) const { return group_[step] - 1; }

 private:
  struct Visit {
    std::size_t step;
    std::size_t next;
  };

  void enter(std::size_t step) {
    order_[step] = low_[step] = ++clock_;
    open_.push_back(step);
    calls_.push_back({step, 0});
  }

  void visit(std::size_t root) {
    enter(root);
    while (!calls_.empty()) {
      auto& [step, next] = calls_.back();
      if (next < arrows_[step].size()) {
        const std::size_t to = arrows_[step][next++].to;
        if (order_[to] == 0)
          enter(to);
        else if (group_[to] == 0)
          low_[step] = std::min(low_[step], order_[to]);
        continue;
      }
      const std::size_t done = step;
      calls_.pop_back();
      if (low_[done] == order_[done]) close(done);
      if (!calls_.empty()) low_[calls_.back().step] = std::min(low_[calls_.back().step], low_[done]);
    }
  }

  void close(std::size_t root) {
    ++groups_;
    for (std::size_t step = 0;;) {
      step = open_.back();
      open_.pop_back();
      group_[step] = groups_;
      if (step == root) break;
    }
  }

  const std::vector<std::vector<Arrow>>& arrows_;
  std::vector<std::size_t> order_;
  std::vector<std::size_t> low_;
  std::vector<std::size_t> group_;  // from 1; 0: still open
  std::vector<std::size_t> open_;
  std::vector<Visit> calls_;
  std::size_t clock_ = 0;
  std::size_t groups_ = 0;
};

// Shortest ways from a step back to it. One for all groups of a flow: what a search touches is as it was afterwards.
class Cycles {
 public:
  Cycles(const std::vector<std::vector<Arrow>>& arrows, const Groups& groups)
      : arrows_(arrows), groups_(groups), came_(arrows.size(), nullptr) {}

  // Inside the group of `start`; empty when there is none.
  std::vector<Arrow> shortest(std::size_t start) {
    const std::vector<Arrow> cycle = search(start);
    for (const std::size_t step : reached_) came_[step] = nullptr;
    reached_.clear();
    return cycle;
  }

 private:
  std::vector<Arrow> search(std::size_t start) {
    std::deque<std::size_t> open = {start};
    while (!open.empty()) {
      const std::size_t at = open.front();
      open.pop_front();
      for (const Arrow& arrow : arrows_[at]) {
        if (groups_.of(arrow.to) != groups_.of(start) || came_[arrow.to] != nullptr) continue;
        came_[arrow.to] = &arrow;
        reached_.push_back(arrow.to);
        if (arrow.to == start) return way_to(start);
        open.push_back(arrow.to);
      }
    }
    return {};
  }

  std::vector<Arrow> way_to(std::size_t start) const {
    std::vector<Arrow> cycle;
    for (std::size_t step = start; cycle.empty() || step != start; step = came_[step]->from)
      cycle.push_back(*came_[step]);
    std::reverse(cycle.begin(), cycle.end());
    return cycle;
  }

  const std::vector<std::vector<Arrow>>& arrows_;
  const Groups& groups_;
  std::vector<const Arrow*> came_;  // by step: the arrow by which the search got there
  std::vector<std::size_t> reached_;
};

std::string way(const Flow& flow, const Arrow& arrow) {
  const std::string& from = flow.steps[arrow.from].name;
  const std::string& to = flow.steps[arrow.to].name;
  const auto* wait = std::get_if<Wait>(&flow.steps[arrow.from].body);
  if (wait != nullptr && !wait->until)
    return fmt::format("`{}` waits {} => `{}`", from, program::duration_text(wait->ms), to);
  return arrow.exit.arm.empty() ? fmt::format("`{}` => `{}`", from, to)
                                : fmt::format("`{}`: {} => `{}`", from, arrow.exit.arm, to);
}

// By group: does an arrow lead out of it, or an arm to an end?
std::vector<bool> leads_out(const Flow& flow, const Groups& groups) {
  std::vector<bool> result(groups.count(), false);
  for (std::size_t i = 0; i < flow.steps.size(); ++i) {
    for (const Exit& exit : unnamed_exits(flow, flow.steps[i])) {
      if (!exit.to || groups.of(index(*exit.to)) != groups.of(i)) result[groups.of(i)] = true;
    }
  }
  return result;
}

void report_cycle(const Flow& flow, const std::vector<Arrow>& cycle, bool ends, diagnostics::Sink& sink) {
  // The arrow that closes the circle: the one that leads to the step written first.
  const auto closing = std::min_element(cycle.begin(), cycle.end(), [&](const Arrow& a, const Arrow& b) {
    return flow.steps[a.to].span.begin < flow.steps[b.to].span.begin;
  });
  const std::string& to = flow.steps[closing->to].name;
  auto report = sink.report(diagnostics::Code::unbounded_cycle, closing->exit.span,
                            "the step `{}` leads {}to itself without a bound", to, cycle.size() == 1 ? "" : "back ");
  report.label(ends ? "this arrow closes the cycle" : "this arrow closes the cycle, and nothing leads out of it");
  report.also(flow.steps[closing->to].span, "it begins here");
  std::vector<Arrow> ordered = cycle;
  std::rotate(ordered.begin(), ordered.begin() + (closing - cycle.begin()) + 1, ordered.end());
  // A long way is cut in its middle: where it begins and how it comes back is what tells.
  const std::size_t shown = limits::kProofLinesMax / 2;
  for (std::size_t i = 0; i < ordered.size(); ++i) {
    if (ordered.size() > 2 * shown && i == shown) {
      report.step(fmt::format("… {} steps more …", ordered.size() - 2 * shown));
      i = ordered.size() - shown;
    }
    report.step(way(flow, ordered[i]));
  }
  report.hint(fmt::format("say how often, and what comes then: `=> jump {} max 3 else …`", to));
}

// Jump J is used in a step when one of the step's exits is J's arrow.
std::vector<std::vector<std::size_t>> users_of_jumps(const Flow& flow) {
  std::vector<std::vector<std::size_t>> users(flow.jumps.size());
  for (std::size_t i = 0; i < flow.steps.size(); ++i) {
    for (const Exit& exit : unnamed_exits(flow, flow.steps[i])) {
      if (exit.jump) users[index(*exit.jump)].push_back(i);
    }
  }
  return users;
}

}  // namespace

bool report_cycles(const Flow& flow, diagnostics::Sink& sink) {
  const auto arrows = arrows_of(flow, false);
  const Groups groups(arrows);
  const std::vector<bool> ends = leads_out(flow, groups);
  std::vector<bool> done(groups.count(), false);
  bool free = true;
  Cycles cycles(arrows, groups);
  for (std::size_t i = 0; i < flow.steps.size(); ++i) {
    if (done[groups.of(i)]) continue;
    const std::vector<Arrow> cycle = cycles.shortest(i);
    if (cycle.empty()) continue;
    done[groups.of(i)] = true;
    free = false;
    report_cycle(flow, cycle, ends[groups.of(i)], sink);
  }
  return free;
}

void report_idle_jumps(const Flow& flow, diagnostics::Sink& sink) {
  const auto users = users_of_jumps(flow);
  const auto arrows = arrows_of(flow, true);
  const Groups groups(arrows);
  for (std::size_t i = 0; i < flow.jumps.size(); ++i) {
    const Jump& jump = flow.jumps[i];
    // The jump leads from its users to its step, so they are on a cycle when they are of one group.
    const bool on_cycle = std::any_of(users[i].begin(), users[i].end(),
                                      [&](std::size_t user) { return groups.of(user) == groups.of(index(jump.step)); });
    if (on_cycle) continue;
    const std::string& to = step_of(flow, jump.step).name;
    sink.report(diagnostics::Code::jump_without_cycle, jump.span, "this jump to `{}` happens once at most", to)
        .label(fmt::format("`{}` never leads back here", to))
        .hint(fmt::format("write `=> {}`", to));
  }
}

void report_jump_bounds(const Flow& flow, diagnostics::Sink& sink) {
  for (const Jump& jump : flow.jumps) {
    const std::string& to = step_of(flow, jump.step).name;
    if (jump.max == 0) {
      sink.report(diagnostics::Code::jump_bound, jump.span, "this jump to `{}` is never taken", to)
          .label("`max 0`")
          .hint("write how often it may be taken, from 1, or only what stands after `else`");
    } else if (jump.max > limits::kJumpMax) {
      sink.report(diagnostics::Code::jump_bound, jump.span, "this jump counts up to {}", jump.max)
          .label(fmt::format("the most is {}", limits::kJumpMax))
          .hint("no person waits for a thousandth try; write a smaller number");
    }
  }
}

}  // namespace flow::check
