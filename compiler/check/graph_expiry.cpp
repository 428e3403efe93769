#include <algorithm>
#include <functional>
#include <limits>
#include <queue>
#include <utility>

#include "compiler/check/graph.h"
#include "compiler/check/graph_reports.h"
#include "runtime/program/text.h"

namespace flow::check {
namespace {

constexpr std::int64_t kNotReached = std::numeric_limits<std::int64_t>::max();

// Why an arrow takes its time: what report_after_expiry names.
bool too_late(std::int64_t entered, std::int64_t after_ms, std::int64_t expires_ms) {
  // What is due at the instant of `expires` comes after it.
  return after_ms > 0 && after_ms >= expires_ms - entered;
}

// By step: the least time from the start to entering it; kNotReached when nothing leads there before `expires`.
class Earliest {
 public:
  explicit Earliest(const Flow& flow) : flow_(flow), at_(flow.steps.size(), kNotReached) {
    reach(flow.start, 0);
    settle();
    // An event can come at once when the flow rests for the first time.
    std::int64_t first_rest = kNotReached;
    for (std::size_t i = 0; i < flow.steps.size(); ++i) {
      if (rests(flow.steps[i])) first_rest = std::min(first_rest, at_[i]);
    }
    if (first_rest == kNotReached) return;
    for (const Handler& handler : flow.handlers) {
      for (const Exit& exit : exits_of_target(flow, handler.target)) {
        if (exit.to) reach(*exit.to, first_rest);
      }
    }
    settle();
  }
  std::int64_t operator[](std::size_t step) const { return at_[step]; }

 private:
  void reach(StepId step, std::int64_t ms) {
    if (ms >= at_.at(index(step))) return;
    at_[index(step)] = ms;
    open_.emplace(ms, index(step));
  }
  void settle() {
    while (!open_.empty()) {
      const auto [ms, step] = open_.top();
      open_.pop();
      if (ms > at_[step]) continue;
      for (const Exit& exit : unnamed_exits(flow_, flow_.steps[step])) {
        if (exit.to && !too_late(ms, exit.after_ms, flow_.expires_ms)) reach(*exit.to, ms + exit.after_ms);
      }
    }
  }

  using Open = std::pair<std::int64_t, std::size_t>;
  const Flow& flow_;
  std::vector<std::int64_t> at_;
  std::priority_queue<Open, std::vector<Open>, std::greater<>> open_;
};

void report(const Flow& flow, const Step& step, std::int64_t entered, const Exit& exit, diagnostics::Sink& sink) {
  const bool wait = std::holds_alternative<Wait>(step.body);
  const std::string what = wait ? fmt::format("the wait `{}`", step.name) : fmt::format("`{}`", exit.arm);
  sink.report(diagnostics::Code::after_expiry, wait ? step.span : exit.arm_span,
              "{} cannot end before the flow has expired", what)
      .label(fmt::format("{} after the start at the earliest", program::duration_text(entered + exit.after_ms)))
      .hint(fmt::format("the flow expires after {}: make this shorter, or `expires` longer",
                        program::duration_text(flow.expires_ms)));
}

}  // namespace

void report_after_expiry(const Flow& flow, diagnostics::Sink& sink) {
  const Earliest earliest(flow);
  for (std::size_t i = 0; i < flow.steps.size(); ++i) {
    if (earliest[i] == kNotReached) continue;
    const auto late = [&](const Exit& exit) { return too_late(earliest[i], exit.after_ms, flow.expires_ms); };
    if (std::ranges::none_of(unnamed_exits(flow, flow.steps[i]), late)) continue;
    std::string reported;
    for (const Exit& exit : exits(flow, flow.steps[i])) {
      if (!late(exit)) continue;
      // A jump and its `else` are one arm.
      const std::string key = exit.arm + " ";
      if (reported == key) continue;
      reported = key;
      report(flow, flow.steps[i], earliest[i], exit, sink);
    }
  }
}

bool report_graph(const Workspace& workspace, const Flow& flow, diagnostics::Sink& sink) {
  report_unreachable(flow, sink);
  const bool free = report_cycles(flow, sink);
  report_jump_bounds(flow, sink);
  report_idle_jumps(flow, sink);
  report_idle_handlers(workspace, flow, sink);
  report_after_expiry(flow, sink);
  report_idle_steps(flow, sink);
  report_lost_assignments(flow, sink);
  report_early_fallbacks(flow, sink);
  report_repeated_messages(flow, sink);
  return free;
}

}  // namespace flow::check
