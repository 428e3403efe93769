#include <algorithm>

#include "compiler/check/graph.h"
#include "compiler/check/graph_reports.h"
#include "compiler/check/replies.h"

namespace flow::check {
namespace {

using Kind = Handler::Kind;

std::vector<StepId> steps_of(const Flow& flow, const Target& target) {
  std::vector<StepId> result;
  for (const Exit& exit : exits_of_target(flow, target)) {
    if (exit.to) result.push_back(*exit.to);
  }
  return result;
}

// Does an execution that enters one of these steps wait somewhere?
class Rest {
 public:
  explicit Rest(const Flow& flow) : flow_(flow), rests_(flow.steps.size(), false) {
    std::vector<std::vector<std::size_t>> before(flow.steps.size());
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < flow.steps.size(); ++i) {
      for (const Exit& exit : unnamed_exits(flow, flow.steps[i])) {
        if (exit.to) before[index(*exit.to)].push_back(i);
      }
      if (rests(flow.steps[i])) open.push_back(i);
    }
    while (!open.empty()) {
      const std::size_t at = open.back();
      open.pop_back();
      if (rests_[at]) continue;
      rests_[at] = true;
      open.insert(open.end(), before[at].begin(), before[at].end());
    }
  }
  bool after(const Target& target) const {
    const std::vector<StepId> steps = steps_of(flow_, target);
    return std::any_of(steps.begin(), steps.end(), [&](StepId step) { return rests_.at(index(step)); });
  }

 private:
  const Flow& flow_;
  std::vector<bool> rests_;  // by step
};

// Can a message of this step be reported `kind` after its step was left, with the flow waiting elsewhere?
bool may_come_late(const Workspace& workspace, const Rest& rest, const Send& send, Kind kind) {
  const ChannelKind channel = workspace.channels.at(index(send.channel)).kind;
  if (kind == Kind::read && !program::reports_read(channel)) return false;
  // An `unread` arm is taken after delivered, a milestone's arm after the milestone.
  const Milestone reported = kind == Kind::read ? Milestone::read : Milestone::delivered;
  return rest.after(send.failed) || (send.undelivered && rest.after(send.undelivered->target)) ||
         (send.unread && kind == Kind::read && rest.after(send.unread->target)) ||
         (send.milestone < reported && rest.after(send.reached));
}

// Why the handler's event cannot come; empty when it can.
std::string silence(const Workspace& workspace, const Flow& flow, const Rest& rest, const Handler& handler,
                    const std::vector<bool>& reached) {
  const bool by_receipt = handler.kind == Kind::delivered || handler.kind == Kind::read;
  bool waits = false;
  bool late = false;
  for (std::size_t i = 0; i < flow.steps.size(); ++i) {
    if (!reached[i] || !rests(flow.steps[i])) continue;
    waits = true;
    const auto* send = std::get_if<Send>(&flow.steps[i].body);
    late = late || (send != nullptr && by_receipt && may_come_late(workspace, rest, *send, handler.kind));
  }
  if (!waits) return "the flow never waits for anything";
  if (!by_receipt || late) return {};
  return handler.kind == Kind::read ? "no message can be read after its step was left, while the flow goes on"
                                    : "no message can be delivered after its step was left, while the flow goes on";
}

bool same_event(const Handler& a, const Handler& b) {
  return a.kind == b.kind && a.signal == b.signal && a.matches == b.matches;
}

}  // namespace

void report_idle_handlers(const Workspace& workspace, const Flow& flow, diagnostics::Sink& sink) {
  const std::vector<bool> reached = reachable(flow, entries(flow));
  const Rest rest(flow);
  for (std::size_t i = 0; i < flow.handlers.size(); ++i) {
    const Handler& handler = flow.handlers[i];
    const auto end = flow.handlers.begin() + static_cast<std::ptrdiff_t>(i);
    // An earlier handler of the same event that ends the flow leaves nothing for this one.
    const auto earlier = std::find_if(flow.handlers.begin(), end, [&](const Handler& other) {
      return same_event(other, handler) && !rest.after(other.target);
    });
    if (earlier != end) {
      sink.report(diagnostics::Code::handler_never_fires, handler.span, "`{}` can never fire", handler_text(handler))
          .also(earlier->span, "the same event fires this one first, and the flow does not wait again")
          .hint("delete one of them");
      continue;
    }
    const std::string reason = silence(workspace, flow, rest, handler, reached);
    if (reason.empty()) continue;
    sink.report(diagnostics::Code::handler_never_fires, handler.span, "`{}` can never fire", handler_text(handler))
        .label(reason)
        .hint("delete it");
  }
}

}  // namespace flow::check
