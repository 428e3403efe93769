#include "compiler/prove/message_limits.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "compiler/check/graph.h"
#include "compiler/prove/explore.h"
#include "compiler/prove/starts.h"
#include "compiler/prove/topology.h"
#include "compiler/prove/witness.h"

namespace flow::prove {
namespace {

using check::Expr;
using check::Send;

// Of one execution it is always the same.
bool is_fixed(const check::Flow& flow, const Expr& expr) {
  if (expr.kind == check::ExprKind::variable &&
      flow.variables.at(check::index(expr.variable)).role == program::FieldRole::variable)
    return false;
  return std::all_of(expr.children.begin(), expr.children.end(),
                     [&](const Expr& child) { return is_fixed(flow, child); });
}

// The sends that a limit counts, by whom they go to: by the steps' numbers.
std::vector<std::vector<bool>> groups(const check::Flow& flow, const check::Limit& limit) {
  std::vector<std::pair<const Expr*, std::vector<bool>>> found;
  for (std::size_t i = 0; i < flow.steps.size(); ++i) {
    const auto* send = std::get_if<Send>(&flow.steps[i].body);
    if (send == nullptr || !limit.concerns(send->purpose) || !is_fixed(flow, send->to)) continue;
    auto same = std::find_if(found.begin(), found.end(),
                             [&](const auto& group) { return check::same_expr(*group.first, send->to); });
    if (same == found.end()) same = found.insert(found.end(), {&send->to, std::vector<bool>(flow.steps.size(), false)});
    same->second[i] = true;
  }
  std::vector<std::vector<bool>> result;
  for (auto& group : found) result.push_back(std::move(group.second));
  return result;
}

struct Breach {
  check::StepId step{};  // whose message is over the limit
  Witness witness;
};

class Search {
 public:
  Search(const check::Workspace& workspace, const check::Flow& flow)
      : workspace_(workspace), flow_(flow), topology_(flow) {}

  std::optional<Breach> breach(const Question& question) {
    const Answer answer = ask(question, abstract_starts(workspace_, flow_, false));
    if (auto found = shown_by(answer)) return found;
    if (!answer.doubt) return std::nullopt;
    for (const Valuation& start : concrete_starts(workspace_, flow_, false)) {
      if (auto found = shown_by(ask(question, {start}))) return found;
      if (work_left_ == 0) break;
    }
    return std::nullopt;
  }

 private:
  Answer ask(const Question& question, const std::vector<Valuation>& starts) {
    Answer answer = explore(workspace_, flow_, topology_, question, starts, work_left_);
    work_left_ -= std::min(work_left_, answer.work);
    return answer;
  }

  std::optional<Breach> shown_by(const Answer& answer) const {
    if (!answer.breach || answer.breach->moves.empty() || !answer.breach->moves.back().to) return std::nullopt;
    auto witness = make_witness(workspace_, flow_, *answer.breach, Schedule::earliest);
    if (!witness) return std::nullopt;
    return Breach{*answer.breach->moves.back().to, std::move(*witness)};
  }

  const check::Workspace& workspace_;
  const check::Flow& flow_;
  const Topology topology_;
  std::size_t work_left_ = limits::kProofLabelsMax;  // for all limits of the flow
};

}  // namespace

void report_over_limits(const check::Workspace& workspace, const check::Flow& flow, std::int64_t most_messages,
                        diagnostics::Sink& sink) {
  std::optional<Search> search;
  for (const check::Limit& limit : workspace.limits) {
    if (most_messages <= static_cast<std::int64_t>(limit.messages)) continue;
    if (!search) search.emplace(workspace, flow);
    for (std::vector<bool>& counted : groups(flow, limit)) {
      Question question;
      question.goal = Question::Goal::messages;
      question.counted = std::move(counted);
      question.window_ms = limit.within_ms;
      question.threshold = static_cast<std::int64_t>(limit.messages);
      const auto breach = search->breach(question);
      if (!breach) continue;
      sink.report(diagnostics::Code::over_limit, check::step_of(flow, breach->step).span,
                  "`{}` can send its recipient more than the {} message{} that a limit lets through", flow.name,
                  limit.messages, limit.messages == 1 ? "" : "s")
          .label("over the limit: not sent, and `failed`")
          .also(limit.span, "the limit, which counts all flows together")
          .path(breach->witness.lines)
          .hint("send less on this path, or let the limit allow more");
      break;
    }
  }
}

}  // namespace flow::prove
