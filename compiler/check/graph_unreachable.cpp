#include <algorithm>

#include "compiler/check/graph.h"
#include "compiler/check/graph_reports.h"
#include "compiler/diagnostics/suggest.h"

namespace flow::check {
namespace {

std::vector<std::string> names(const Flow& flow, const std::vector<std::size_t>& steps) {
  std::vector<std::string> result;
  for (const std::size_t step : steps) result.push_back(flow.steps[step].name);
  return result;
}

// The steps behind `root` that were not seen before, without it; all are marked.
std::vector<std::size_t> steps_behind(const Flow& flow, std::size_t root, std::vector<bool>& seen) {
  std::vector<std::size_t> open = {root};
  std::vector<std::size_t> found;
  seen[root] = true;
  while (!open.empty()) {
    const std::size_t at = open.back();
    open.pop_back();
    for (const Exit& exit : unnamed_exits(flow, flow.steps[at])) {
      if (!exit.to || seen[index(*exit.to)]) continue;
      seen[index(*exit.to)] = true;
      found.push_back(index(*exit.to));
      open.push_back(index(*exit.to));
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace

void report_unreachable(const Flow& flow, diagnostics::Sink& sink) {
  std::vector<bool> seen = reachable(flow, entries(flow));
  std::vector<std::size_t> incoming(flow.steps.size(), 0);
  for (std::size_t i = 0; i < flow.steps.size(); ++i) {
    if (seen[i]) continue;
    for (const Exit& exit : unnamed_exits(flow, flow.steps[i])) {
      if (exit.to && index(*exit.to) != i && !seen[index(*exit.to)]) ++incoming[index(*exit.to)];
    }
  }
  // First the steps that nothing at all leads to, with what hangs behind them; then what is left are cycles.
  for (const bool roots : {true, false}) {
    for (std::size_t i = 0; i < flow.steps.size(); ++i) {
      if (seen[i] || (roots && incoming[i] > 0)) continue;
      const std::vector<std::size_t> also = steps_behind(flow, i, seen);
      const Step& step = flow.steps[i];
      auto report =
          sink.report(diagnostics::Code::unreachable_step, step.span, "nothing leads to the step `{}`", step.name);
      report.label(roots ? "no arrow ends here" : "only steps behind it lead here");
      report.also(flow.start_span, "the flow starts here");
      report.hint(also.empty()
                      ? "lead an arrow to it, or delete it"
                      : fmt::format("lead an arrow to it, or delete it; {} {} reached only through it",
                                    diagnostics::quoted_list(names(flow, also)), also.size() == 1 ? "is" : "are"));
    }
  }
}

}  // namespace flow::check
