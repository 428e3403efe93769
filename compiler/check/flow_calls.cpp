// Which flow starts which: no circle.
#include <algorithm>
#include <map>

#include "compiler/check/graph.h"
#include "compiler/check/stages.h"

namespace flow::check {
namespace {

struct Start {
  const Step* step = nullptr;
  const Flow* flow = nullptr;  // that it starts
};

class Circles {
 public:
  Circles(const Workspace& workspace, Sink& sink) : workspace_(workspace), sink_(sink) {
    std::map<std::string_view, const Flow*> by_name;
    for (const auto& flow : workspace.flows) by_name.emplace(flow->name, flow.get());
    for (const auto& flow : workspace.flows) {
      for (const Step& step : flow->steps) {
        const std::string* name = started_flow(step);
        if (name == nullptr) continue;
        const auto found = by_name.find(*name);
        if (found != by_name.end()) starts_[flow.get()].push_back({&step, found->second});
      }
    }
  }

  void run() {
    for (const auto& flow : workspace_.flows) visit(flow.get());
  }

 private:
  enum class State : std::uint8_t { fresh, open, done };

  // Depth first, without recursion: workspaces may be long chains.
  void visit(const Flow* first) {
    if (states_[first] != State::fresh) return;
    open(first);
    while (!way_.empty()) {
      auto& [flow, next] = way_.back();
      const auto& starts = starts_[flow];
      if (next == starts.size()) {
        states_[flow] = State::done;
        way_.pop_back();
        continue;
      }
      const Start& start = starts[next++];
      if (states_[start.flow] == State::open)
        report(start);
      else if (states_[start.flow] == State::fresh)
        open(start.flow);
    }
  }

  void open(const Flow* flow) {
    states_[flow] = State::open;
    way_.emplace_back(flow, 0);
  }

  // `last` closes it: it starts a flow of the way.
  void report(const Start& last) {
    const auto from = std::ranges::find(way_, last.flow, [](const auto& place) { return place.first; });
    std::vector<std::string> lines;
    for (auto at = from; at != way_.end(); ++at) {
      const Start& start = starts_[at->first][at->second - 1];
      lines.push_back(fmt::format("`{}`: {} {} `{}`", at->first->name, start.step->name,
                                  start.step->component == "call flow" ? "calls" : "starts", start.flow->name));
    }
    sink_.report(Code::call_cycle, last.step->span, "`{}` would start itself", last.flow->name)
        .label("with this step the circle is closed")
        .path(std::move(lines))
        .hint("take one of these steps out: nothing would bound how many executions there are");
  }

  const Workspace& workspace_;
  Sink& sink_;
  std::map<const Flow*, std::vector<Start>> starts_;
  std::map<const Flow*, State> states_;
  std::vector<std::pair<const Flow*, std::size_t>> way_;  // with how many of its starts were followed
};

}  // namespace

void report_call_cycles(const Workspace& workspace, Sink& sink) {
  Circles(workspace, sink).run();
}

}  // namespace flow::check
