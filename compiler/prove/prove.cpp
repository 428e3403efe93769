#include "compiler/prove/prove.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/check.h"
#include "base/limits.h"
#include "compiler/check/graph.h"
#include "compiler/check/prices.h"
#include "compiler/prove/explore.h"
#include "compiler/prove/message_limits.h"
#include "compiler/prove/starts.h"
#include "compiler/prove/topology.h"
#include "compiler/prove/witness.h"
#include "runtime/program/json.h"
#include "runtime/program/money.h"
#include "runtime/program/text.h"

namespace flow::prove {
namespace {

using check::ChannelKind;
using check::Guarantee;
using check::index;
using check::Send;
using diagnostics::Code;
using Goal = Question::Goal;

// What one exploration, and the search for a witness after it, found.
struct Finding {
  Bound bound;
  std::optional<Witness> breach;   // replayable
  std::vector<std::string> doubt;  // the way that could not be ruled out
  bool may_breach = false;
};

class Prover {
 public:
  Prover(const check::Workspace& workspace, const check::Flow& flow, const Children& children)
      : workspace_(workspace), flow_(flow), topology_(flow), starts_(abstract_starts(workspace, flow, false)) {
    for (const check::Step& step : flow.steps) {
      const std::string* name = check::started_flow(step);
      const auto known = name == nullptr ? children.end() : children.find(*name);
      if (known != children.end()) children_.emplace(known->first, known->second);
    }
  }

  // Of the flows that this one starts.
  const Children& children() const { return children_; }

  Finding find(Question question) {
    question.children = &children_;
    const Schedule schedule = schedule_of(question);
    const bool priced = question.goal == Goal::cost;
    const Answer answer =
        ask(question, priced ? abstract_starts(workspace_, flow_, true) : starts_, limits::kProofLabelsMax);
    Finding finding;
    finding.bound.complete = answer.complete;
    finding.bound.at_most = answer.complete ? limited(question, answer.upper) : coarse(question);
    finding.may_breach = finding.bound.at_most > question.threshold;
    if (answer.doubt) finding.doubt = describe(workspace_, flow_, *answer.doubt, schedule);
    take(question, answer, schedule, finding);
    const bool open = !finding.bound.exact() && !(finding.breach && question.goal == Goal::region);
    if (answer.complete && open) search(question, schedule, finding);
    return finding;
  }

 private:
  // Within what is left of the work for this flow.
  Answer ask(const Question& question, const std::vector<Valuation>& starts, std::size_t work) {
    Answer answer = explore(workspace_, flow_, topology_, question, starts, std::min(work, work_left_));
    work_left_ -= std::min(work_left_, answer.work);
    return answer;
  }

  static Schedule schedule_of(const Question& question) {
    return question.goal == Goal::messages || question.goal == Goal::cost ? Schedule::earliest : Schedule::latest;
  }

  // The limit is of one execution: what others send is beside it.
  std::int64_t limited(const Question& question, std::int64_t value) const {
    const auto most = static_cast<std::int64_t>(limits::kMessagesPerExecutionMax);
    return question.goal == Goal::messages && children_.empty() ? std::min(value, most) : value;
  }

  const Reach* started(const check::Step& step) const {
    const std::string* name = check::started_flow(step);
    const auto found = name == nullptr ? children_.end() : children_.find(*name);
    return found == children_.end() ? nullptr : &found->second;
  }

  static std::int64_t messages_of(const Reach& child, const Question& question) {
    if (!question.channel) return child.messages;
    const auto kind = child.channel_messages.find(*question.channel);
    return kind == child.channel_messages.end() ? 0 : kind->second;
  }

  // How much later than this flow's own last send, or end, that of another may be.
  std::int64_t of_others(const Question& question) const {
    std::int64_t most = 0;
    for (const auto& [name, child] : children_) {
      if (question.goal == Goal::last_send) most = std::max({most, child.last_send_ms, child.last_send_of_all_ms});
      if (question.goal == Goal::end) most = std::max({most, child.end_ms, child.end_of_all_ms});
    }
    return most;
  }

  std::int64_t coarse(const Question& question) const {
    if (question.goal == Goal::region) return 1;
    if (question.goal == Goal::messages) {
      return limited(question, topology_.coarse_bound([&](const check::Step& step) -> std::int64_t {
        if (const Reach* child = started(step)) return messages_of(*child, question);
        const auto* send = std::get_if<Send>(&step.body);
        if (send == nullptr) return 0;
        return !question.channel || workspace_.channels.at(index(send->channel)).kind == *question.channel ? 1 : 0;
      }));
    }
    if (question.goal == Goal::cost)
      return topology_.coarse_bound([&](const check::Step& step) { return most_cost(step); });
    const std::int64_t most = topology_.coarse_bound([&](const check::Step& step) -> std::int64_t {
      if (const auto* wait = std::get_if<check::Wait>(&step.body)) return wait->until ? wait->most_ms : wait->ms;
      if (std::holds_alternative<check::Extern>(step.body)) return flow_.expires_ms;
      if (const auto* await = std::get_if<check::AwaitSignal>(&step.body)) return await->silent.after_ms;
      if (const auto* reply = std::get_if<check::AwaitReply>(&step.body)) return reply->silent.after_ms;
      if (const auto* operation = std::get_if<check::Operation>(&step.body))
        return operation->late ? operation->late->after_ms : flow_.expires_ms;
      const auto* send = std::get_if<Send>(&step.body);
      if (send == nullptr) return 0;
      return longest_stay(*send, workspace_.channels.at(index(send->channel)), flow_.expires_ms, true);
    });
    return std::min(most, flow_.expires_ms) + of_others(question);
  }

  std::int64_t most_cost(const check::Step& step) const {
    if (const Reach* child = started(step)) return child->cost.value_or(0);
    const auto* send = std::get_if<Send>(&step.body);
    if (send == nullptr) return 0;
    const ChannelKind kind = workspace_.channels.at(index(send->channel)).kind;
    const check::Price* price = check::find_price(workspace_, kind, send->purpose);
    return price == nullptr ? 0 : check::price_range(workspace_, *price).most * send->sms_parts;
  }

  // What the answer shows by executions that can be replayed.
  void take(const Question& question, const Answer& answer, Schedule schedule, Finding& finding) {
    if (answer.best && (answer.lower > finding.bound.reached || finding.bound.witness.events.empty())) {
      if (auto witness = make_witness(workspace_, flow_, *answer.best, schedule)) {
        finding.bound.reached = std::min(answer.lower, finding.bound.at_most);
        finding.bound.witness = std::move(*witness);
      }
    }
    if (answer.breach && !finding.breach && question.threshold < INT64_MAX) {
      finding.breach = make_witness(workspace_, flow_, *answer.breach, schedule);
    }
  }

  // Tries known inputs, where unknown ones left the result open.
  void search(const Question& question, Schedule schedule, Finding& finding) {
    std::size_t work = limits::kProofLabelsMax;
    for (const Valuation& start : concrete_starts(workspace_, flow_, question.goal == Goal::cost)) {
      const Answer answer = ask(question, {start}, work);
      take(question, answer, schedule, finding);
      work -= std::min(work, answer.work);
      const bool found = question.goal == Goal::region && finding.breach;
      if (work == 0 || finding.bound.exact() || found) return;
    }
  }

  const check::Workspace& workspace_;
  const check::Flow& flow_;
  const Topology topology_;
  const std::vector<Valuation> starts_;
  Children children_;
  std::size_t work_left_ = limits::kProofWorkMax;
};

std::set<ChannelKind> kinds_of(const check::Workspace& workspace, const check::Flow& flow, const Children& children) {
  std::set<ChannelKind> result;
  for (const auto& [name, child] : children)
    for (const auto& [kind, messages] : child.channel_messages) result.insert(kind);
  for (const check::Step& step : flow.steps) {
    const auto* send = std::get_if<Send>(&step.body);
    if (send != nullptr) result.insert(workspace.channels.at(index(send->channel)).kind);
  }
  return result;
}

Question question_of(const Guarantee& guarantee) {
  Question question;
  switch (guarantee.kind) {
    case Guarantee::Kind::messages:
      question.goal = Goal::messages;
      question.channel = guarantee.channel;
      question.threshold = guarantee.limit;
      break;
    case Guarantee::Kind::last_send:
      question.goal = Goal::last_send;
      question.threshold = guarantee.limit;
      break;
    case Guarantee::Kind::end:
      question.goal = Goal::end;
      question.threshold = guarantee.limit;
      break;
    case Guarantee::Kind::no_double_charge:
      break;
    case Guarantee::Kind::cost:
      question.goal = Goal::cost;
      question.threshold = guarantee.limit;
      break;
    case Guarantee::Kind::every_region_reaches:
      question.goal = Goal::region;
      question.step = guarantee.step;
      question.threshold = 0;
      break;
  }
  return question;
}

void report_broken(const check::Flow& flow, const Guarantee& guarantee, const Finding& finding,
                   diagnostics::Sink& sink) {
  const std::string most = amount_text(guarantee, finding.bound.at_most);
  const std::string bound = finding.bound.exact() ? most : fmt::format("{} at most", most);
  const Witness& witness = *finding.breach;
  const Event& last = witness.events.back();
  const bool expired = last.kind == program::EventKind::timer && last.timer == program::Timer::expires;
  switch (guarantee.kind) {
    case Guarantee::Kind::messages: {
      const std::string kind = guarantee.channel ? fmt::format("{} ", program::to_string(*guarantee.channel)) : "";
      sink.report(Code::too_many_messages, guarantee.span, "`{}` can send more than {} {}message{}", flow.name,
                  guarantee.limit, kind, guarantee.limit == 1 ? "" : "s")
          .label(fmt::format("it can send {}", bound))
          .path(witness.lines)
          .hint("take a send out of this path, or raise the guarantee");
      return;
    }
    case Guarantee::Kind::last_send:
      sink.report(Code::send_too_late, guarantee.span, "`{}` can send later than {} after its start", flow.name,
                  program::duration_text(guarantee.limit))
          .label(fmt::format("the last send can be as late as {}", bound))
          .path(witness.lines)
          .hint("shorten the waits on this path, or raise the guarantee");
      return;
    case Guarantee::Kind::end:
      sink.report(Code::end_too_late, guarantee.span, "`{}` can end later than {} after its start", flow.name,
                  program::duration_text(guarantee.limit))
          .label(fmt::format("the end can be as late as {}", bound))
          .path(witness.lines)
          .hint(expired ? "make `expires` shorter, or raise the guarantee"
                        : "shorten the waits on this path, or raise the guarantee");
      return;
    case Guarantee::Kind::cost:
      sink.report(Code::cost_too_high, guarantee.span, "`{}` can cost more than {}", flow.name,
                  amount_text(guarantee, guarantee.limit))
          .label(fmt::format("it can cost {}", bound))
          .path(witness.lines)
          .hint("take a send out of this path or shorten its text, or raise the guarantee");
      return;
    case Guarantee::Kind::no_double_charge:
      return;
    case Guarantee::Kind::every_region_reaches:
      sink.report(Code::step_not_reached, guarantee.span, "`{}` can end without `{}` although no message got through",
                  flow.name, check::step_of(flow, guarantee.step).name)
          .label("the path below ends without it")
          .path(witness.lines)
          .hint(expired ? "make `expires` longer, or what comes before the step shorter"
                        : fmt::format("lead the last arrow of this path to `{}`",
                                      check::step_of(flow, guarantee.step).name));
      return;
  }
}

void report_unknown(const check::Flow& flow, const Guarantee& guarantee, const Finding& finding,
                    diagnostics::Sink& sink) {
  auto report = sink.report(Code::guarantee_not_proven, guarantee.span, "`{}` could not be proven for `{}`",
                            guarantee_text(flow, guarantee), flow.name);
  if (guarantee.kind != Guarantee::Kind::every_region_reaches) {
    report.label(fmt::format("the bound that was found is {}", amount_text(guarantee, finding.bound.at_most)));
  }
  if (!finding.bound.complete) {
    report.hint(fmt::format("the flow has more than {} ways; lower the maxima of its jumps, or raise the guarantee",
                            limits::kProofLabelsMax));
    return;
  }
  report.path(finding.doubt);
  if (std::ranges::any_of(flow.steps, [](const check::Step& step) { return check::started_flow(step) != nullptr; })) {
    const bool region = guarantee.kind == Guarantee::Kind::every_region_reaches;
    report.hint(
        region
            ? "that a called flow comes to an end of its own does not prove that nothing got through before: "
              "lead that arm to the step as well"
            : "the flows that it starts count with the most that they do: guarantees of their own, or raise this one");
    return;
  }
  report.hint(
      "no inputs were found that take this path, but it could not be ruled out either: make its conditions "
      "plainer, or raise the guarantee");
}

GuaranteeResult judge(Prover& prover, const check::Flow& flow, std::size_t place, diagnostics::Sink& sink) {
  const Guarantee& guarantee = flow.guarantees[place];
  // The checks have refused whatever leaves a window.
  if (guarantee.kind == Guarantee::Kind::no_double_charge) return {place, Verdict::proven, {}};
  Finding finding = prover.find(question_of(guarantee));
  GuaranteeResult result{place, Verdict::proven, {}};
  if (!finding.may_breach) return result;
  if (finding.breach) {
    report_broken(flow, guarantee, finding, sink);
    result.verdict = Verdict::broken;
    result.witness = std::move(*finding.breach);
  } else {
    report_unknown(flow, guarantee, finding, sink);
    result.verdict = Verdict::unknown;
    result.witness.lines = std::move(finding.doubt);
  }
  return result;
}

// Of a flow whose own messages have prices.
GuaranteeResult without_price(const check::Flow& flow, std::size_t place, diagnostics::Sink& sink) {
  const Guarantee& guarantee = flow.guarantees[place];
  sink.report(Code::guarantee_not_proven, guarantee.span, "`{}` could not be proven for `{}`",
              guarantee_text(flow, guarantee), flow.name)
      .label("a flow that it starts sends a message without a price")
      .hint("`price CHANNEL { … }` in workspace.flow");
  return {place, Verdict::unknown, {}};
}

// Past the limit every send is `failed`, which no author means.
void report_message_limit(const check::Flow& flow, const Bound& messages, diagnostics::Sink& sink) {
  if (!messages.exact() || messages.at_most < static_cast<std::int64_t>(limits::kMessagesPerExecutionMax)) return;
  sink.report(Code::message_limit, flow.span, "one execution of `{}` can send {} messages", flow.name, messages.at_most)
      .label("from then on every send of it is `failed`")
      .hint("lower the `max` of its jumps");
}

Reach reach_of(Prover& prover, const check::Flow& flow, const Certificate& certificate) {
  Reach reach;
  reach.messages = certificate.messages.at_most;
  for (const auto& [kind, bound] : certificate.channel_messages) reach.channel_messages.emplace(kind, bound.at_most);
  if (certificate.cost) reach.cost = certificate.cost->at_most;
  Question question;
  question.goal = Goal::end;
  reach.end_of_all_ms = prover.find(question).bound.at_most;
  reach.last_send_ms = reach.last_send_of_all_ms = certificate.last_send_ms.at_most;
  for (const check::Step& step : flow.steps) {
    const std::string* name = check::started_flow(step);
    if (name == nullptr) continue;
    const auto child = prover.children().find(*name);
    const bool lives_on = child != prover.children().end() && child->second.launches;
    reach.launches = reach.launches || std::holds_alternative<check::Launch>(step.body) || lives_on;
  }
  reach.end_ms = std::min(reach.end_of_all_ms, flow.expires_ms);
  if (!reach.launches) return reach;
  question.goal = Goal::last_send;
  question.launched = false;
  reach.last_send_ms = prover.find(question).bound.at_most;
  return reach;
}

}  // namespace

std::string amount_text(const Guarantee& guarantee, std::int64_t amount) {
  const bool time = guarantee.kind == Guarantee::Kind::last_send || guarantee.kind == Guarantee::Kind::end;
  if (guarantee.kind == Guarantee::Kind::cost) return program::money_text(amount, guarantee.currency);
  return time ? program::duration_text(amount) : fmt::format("{}", amount);
}

std::string guarantee_text(const check::Flow& flow, const Guarantee& guarantee) {
  switch (guarantee.kind) {
    case Guarantee::Kind::messages: {
      const std::string kind = guarantee.channel ? fmt::format("{} ", program::to_string(*guarantee.channel)) : "";
      return fmt::format("{}messages <= {}", kind, guarantee.limit);
    }
    case Guarantee::Kind::last_send:
      return fmt::format("last send within {}", program::duration_text(guarantee.limit));
    case Guarantee::Kind::end:
      return fmt::format("end within {}", program::duration_text(guarantee.limit));
    case Guarantee::Kind::cost:
      return fmt::format("cost <= {}", program::money_text(guarantee.limit, guarantee.currency));
    case Guarantee::Kind::no_double_charge:
      return "no double charge";
    case Guarantee::Kind::every_region_reaches:
      break;
  }
  return fmt::format("every region reaches {}", check::step_of(flow, guarantee.step).name);
}

Certificate prove(const check::Workspace& workspace, const check::Flow& flow, diagnostics::Sink& sink,
                  const Children& children, bool started) {
  Prover prover(workspace, flow, children);
  Certificate certificate;
  certificate.flow = flow.name;
  Question question;
  question.goal = Goal::messages;
  certificate.messages = prover.find(question).bound;
  report_message_limit(flow, certificate.messages, sink);
  report_over_limits(workspace, flow, certificate.messages.at_most, sink);
  for (const ChannelKind kind : kinds_of(workspace, flow, prover.children())) {
    question.channel = kind;
    certificate.channel_messages.emplace(kind, prover.find(question).bound);
  }
  question = {};
  question.goal = Goal::last_send;
  certificate.last_send_ms = prover.find(question).bound;
  const bool priced = std::ranges::all_of(
      prover.children(), [](const auto& child) { return child.second.messages == 0 || child.second.cost; });
  if (workspace.currency != 0 && priced && check::is_priced(workspace, flow)) {
    question.goal = Goal::cost;
    certificate.cost = prover.find(question).bound;
    certificate.currency = workspace.currency;
  }
  for (std::size_t i = 0; i < flow.guarantees.size(); ++i) {
    const bool unpriced = flow.guarantees[i].kind == Guarantee::Kind::cost && !priced;
    certificate.guarantees.push_back(unpriced ? without_price(flow, i, sink) : judge(prover, flow, i, sink));
  }
  if (started) certificate.reach = reach_of(prover, flow, certificate);
  certificate.assumptions = {
      "timers fire at their deadline, and events carry the time at which they were accepted",
      "a channel reports only what its kind can report",
      "no number leaves its range and no text becomes too long: either would end the execution",
      "a repeat of a message by the provider or after a crash is not counted",
  };
  if (certificate.cost) certificate.assumptions.emplace_back("a message costs what the workspace's prices say");
  return certificate;
}

std::vector<Certificate> prove_all(const check::Workspace& workspace, diagnostics::Sink& sink) {
  const std::size_t flows = workspace.flows.size();
  std::map<std::string_view, std::size_t> places;
  for (std::size_t i = 0; i < flows; ++i) places.emplace(workspace.flows[i]->name, i);
  std::vector<std::vector<std::size_t>> starters(flows);
  std::vector<std::size_t> waits(flows, 0);  // for so many of those that it starts
  for (std::size_t i = 0; i < flows; ++i) {
    for (const check::Step& step : workspace.flows[i]->steps) {
      const std::string* name = check::started_flow(step);
      const auto place = name == nullptr ? places.end() : places.find(*name);
      if (place == places.end()) continue;
      starters[place->second].push_back(i);
      ++waits[i];
    }
  }
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < flows; ++i)
    if (waits[i] == 0) order.push_back(i);
  std::vector<Certificate> certificates(flows);
  Children children;
  for (std::size_t done = 0; done < order.size(); ++done) {
    const std::size_t i = order[done];
    certificates[i] = prove(workspace, *workspace.flows[i], sink, children, !starters[i].empty());
    if (certificates[i].reach) children.emplace(workspace.flows[i]->name, *certificates[i].reach);
    for (const std::size_t starter : starters[i])
      if (--waits[starter] == 0) order.push_back(starter);
  }
  FLOW_CHECK(order.size() == flows, "{} of {} flows could be proven: some start each other", order.size(), flows);
  return certificates;
}

Children children_of(const std::vector<Certificate>& certificates) {
  Children children;
  for (const Certificate& certificate : certificates)
    if (certificate.reach) children.emplace(certificate.flow, *certificate.reach);
  return children;
}

}  // namespace flow::prove
