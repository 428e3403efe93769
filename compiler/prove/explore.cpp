#include "compiler/prove/explore.h"

#include <algorithm>
#include <bit>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "base/check.h"
#include "base/limits.h"
#include "compiler/check/graph.h"
#include "compiler/check/prices.h"
#include "compiler/check/replies.h"
#include "compiler/prove/pool.h"
#include "runtime/program/text.h"

namespace flow::prove {
namespace {

using check::Handler;
using check::index;
using check::Send;
using check::StepId;
using check::Target;

constexpr std::uint32_t kNone = UINT32_MAX;
constexpr std::int64_t kNoWindow = -1;  // before every other: no way that is in one replaces one that is in none
constexpr auto kMessagesMax = static_cast<std::int64_t>(limits::kMessagesPerExecutionMax);

// Of the jumps that were taken: jump and count, by jump.
using Counters = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

// The count of one jump; an entry is made when there is none.
std::uint32_t& count_of(Counters& counters, check::JumpId jump) {
  const auto id = static_cast<std::uint32_t>(index(jump));
  const auto place = std::lower_bound(counters.begin(), counters.end(), std::pair{id, std::uint32_t{0}});
  if (place != counters.end() && place->first == id) return place->second;
  return counters.insert(place, {id, 0})->second;
}

struct Node {
  int fired = 0;              // popcount of mask: these three rise along every arrow, in this order
  std::uint64_t counted = 0;  // the sum of the counters
  std::uint32_t rank = 0;
  std::uint32_t step = 0;
  std::uint32_t counters = 0;        // in the pool
  std::uint64_t mask = 0;            // handlers fired
  std::uint32_t late_delivered = 0;  // messages that may still be reported delivered, read after their step was left
  std::uint32_t late_read = 0;
  std::uint32_t values = 0;  // in the pool

  friend auto operator<=>(const Node&, const Node&) = default;
};

struct Label {
  Move move;
  std::int64_t earliest = 0;
  std::int64_t latest = 0;
  std::int64_t count = 0;
  std::int64_t since = kNoWindow;  // the first message of the window, at least
  std::int64_t messages = 0;
  bool assumed = false;  // rests on data that is unknown
  std::uint32_t parent = kNone;
  std::uint32_t start = 0;  // of the first label: which of the starts
};

class Explorer {
 public:
  Explorer(const check::Workspace& workspace, const check::Flow& flow, const Topology& topology,
           const Question& question, const std::vector<Valuation>& starts, std::size_t work)
      : workspace_(workspace), flow_(flow), question_(question), starts_(starts), work_(work), topology_(topology) {
    for (const std::string& region : workspace.allowed_regions) {
      allowed_.insert(check::region_scalar(region.at(0), region.at(1)));
    }
    for (const Handler& handler : flow.handlers) {
      if (handler.kind == Handler::Kind::delivered) ++delivered_handlers_;
      if (handler.kind == Handler::Kind::read) ++read_handlers_;
    }
  }

  Answer run() {
    for (std::size_t i = 0; i < starts_.size(); ++i) {
      Label label;
      label.start = static_cast<std::uint32_t>(i);
      label.move.to = flow_.start;
      Node node;
      node.counters = counters_.number({});
      node.values = values_.number(starts_[i]);
      arrive(node, flow_.start, label);
    }
    while (!open_.empty() && answer_.complete) {
      auto entry = open_.extract(open_.begin());
      for (const std::uint32_t label : entry.mapped()) {
        if (answer_.complete) expand(entry.key(), label);
      }
    }
    answer_.work = work_done();
    if (best_ != kNone) answer_.best = trail(best_);
    if (breach_ != kNone) answer_.breach = trail(breach_);
    if (doubt_ != kNone) answer_.doubt = trail(doubt_);
    return std::move(answer_);
  }

 private:
  // Labels, and what the pools hold in about the same size.
  std::size_t work_done() const { return labels_.size() + (counters_.elements() + values_.elements()) / 4; }

  bool counts() const { return question_.goal == Question::Goal::messages || question_.goal == Question::Goal::cost; }
  bool failing_only() const { return question_.goal == Question::Goal::region; }

  // What stays and what changes on the way from one node to the next.
  struct Step {
    Node node;
    Move move;
    bool assumed = false;
  };

  Trail trail(std::uint32_t last) const {
    Trail result;
    for (std::uint32_t at = last; at != kNone; at = labels_[at].parent) {
      result.moves.push_back(labels_[at].move);
      if (labels_[at].parent == kNone) result.start = starts_[labels_[at].start];
    }
    std::reverse(result.moves.begin(), result.moves.end());
    return result;
  }

  // A value of the question that an execution reaches at this label.
  void note(std::int64_t value, std::uint32_t label) {
    const bool assumed = labels_[label].assumed;
    answer_.upper = std::max(answer_.upper, value);
    if (!assumed && (value > answer_.lower || best_ == kNone)) {
      answer_.lower = value;
      best_ = label;
    }
    if (value <= question_.threshold) return;
    if (!assumed && breach_ == kNone) breach_ = label;
    if (doubt_ == kNone) doubt_ = label;
  }

  std::optional<std::uint32_t> add_label(const Label& label) {
    if (work_done() >= work_) {
      answer_.complete = false;
      return std::nullopt;
    }
    labels_.push_back(label);
    return static_cast<std::uint32_t>(labels_.size() - 1);
  }

  // The worse in the sense of the question.
  std::int64_t weight(const Label& label) const { return counts() ? label.count : label.latest; }

  bool dominates(const Label& a, const Label& b) const {
    return a.move.sent == b.move.sent && a.earliest <= b.earliest && a.since <= b.since && weight(a) >= weight(b) &&
           a.assumed <= b.assumed;
  }

  // The label enters `step`; whether a send's message goes out is decided here.
  void arrive(Node node, StepId step, Label label) {
    node.step = static_cast<std::uint32_t>(index(step));
    node.rank = topology_.rank(step);
    if (failing_only() && step == question_.step) return;
    const check::StepBody& body = flow_.steps[node.step].body;
    // How long it rests there, the clock says: nothing is concluded from that.
    if (const auto* wait = std::get_if<check::Wait>(&body)) label.assumed = label.assumed || wait->until.has_value();
    const auto* send = std::get_if<Send>(&body);
    if (const Reach* child = started(node)) return start(node, label, *child);
    if (send == nullptr) return insert(node, label);
    const std::optional<bool> goes = goes_out(*send, node);
    if (goes.value_or(true)) {
      Label sent = label;
      sent.move.sent = true;
      // Past the engine's own limit nothing is sent; nothing is concluded from that.
      sent.assumed = label.assumed || !goes || label.messages >= kMessagesMax;
      ++sent.messages;
      begin_window(node, sent);
      count(*send, node, sent);
      insert(node, sent);
    }
    if (!goes.value_or(false)) {
      label.assumed = label.assumed || !goes;
      insert(node, label);
    }
  }

  bool windowed() const { return question_.window_ms != 0; }
  bool is_counted(const Node& node) const { return question_.counted.empty() || question_.counted[node.step]; }

  // Any message may be the first of the window that has most.
  void begin_window(const Node& node, const Label& sent) {
    if (!windowed() || sent.since != kNoWindow || !is_counted(node)) return;
    Label first = sent;
    first.since = 0;
    first.count = 1;
    insert(node, first);
  }

  // What the question asks of a message that goes out.
  void count(const Send& send, const Node& node, Label& label) const {
    const check::ChannelKind kind = workspace_.channels.at(index(send.channel)).kind;
    if (question_.goal != Question::Goal::cost) {
      const bool asked = (!question_.channel || *question_.channel == kind) && is_counted(node);
      if (asked && (!windowed() || label.since != kNoWindow)) ++label.count;
      return;
    }
    const check::Price* price = check::find_price(workspace_, kind, send.purpose);
    FLOW_CHECK(price != nullptr, "a message without a price");
    const Value region = program::takes_numbers(kind) ? region_of(send.to, values_[node.values]) : Value::none();
    std::int64_t one = 0;
    if (region.is_unknown()) {
      const check::PriceRange range = check::price_range(workspace_, *price);
      one = range.most;
      label.assumed = label.assumed || range.least != range.most;
    } else {
      one = check::price_for(*price, region.is_present() ? program::region_text(region.scalar) : "").value_or(0);
    }
    label.count += one * send.sms_parts;
  }

  // What the flow that the step starts does at most; null: it starts none.
  const Reach* started(const Node& node) const {
    if (question_.children == nullptr) return nullptr;
    const std::string* flow = check::started_flow(flow_.steps[node.step]);
    const auto found = flow == nullptr ? question_.children->end() : question_.children->find(*flow);
    return found == question_.children->end() ? nullptr : &found->second;
  }

  // Another flow counts with the most that it does, whatever it is started with: a bound, and no execution.
  void start(const Node& node, Label label, const Reach& child) {
    const auto* call = std::get_if<check::Operation>(&flow_.steps[node.step].body);
    if (question_.goal == Question::Goal::messages) {
      const auto kind =
          question_.channel ? child.channel_messages.find(*question_.channel) : child.channel_messages.end();
      const std::int64_t of_kind = kind == child.channel_messages.end() ? 0 : kind->second;
      label.move.others = question_.channel ? of_kind : child.messages;
      label.count += label.move.others;
      label.assumed = label.assumed || label.move.others > 0;
    }
    const std::int64_t cost = question_.goal == Question::Goal::cost ? child.cost.value_or(0) : 0;
    label.count += cost;
    label.assumed = label.assumed || cost > 0;
    const bool counts = label.move.others > 0 || cost > 0;
    insert(node, label);
    if (counts) note_beside(label, label.count);
    // What is called ends with its caller's wait; what is launched, by this flow or by the other, lives on.
    const bool lives_on = question_.launched && (call == nullptr || child.launches);
    if (call == nullptr && !question_.launched) return;
    const std::int64_t wait = call != nullptr && call->late ? call->late->after_ms : INT64_MAX;
    if (question_.goal == Question::Goal::last_send && child.messages > 0) {
      const std::int64_t last = std::max(std::min(child.last_send_ms, wait), lives_on ? child.last_send_of_all_ms : 0);
      note_beside(label, label.latest + last);
      add_arrival(node, {label.earliest, label.latest + last});
    }
    if (question_.goal == Question::Goal::end && lives_on) note_beside(label, label.latest + child.end_of_all_ms);
  }

  // A value that rests on what another flow does at most.
  void note_beside(Label label, std::int64_t value) {
    label.assumed = true;
    if (const auto number = add_label(label)) note(value, *number);
  }

  void add_arrival(const Node& node, Arrival arrival) {
    const auto [send, first] = answer_.sends.try_emplace(StepId{node.step}, arrival);
    if (first) return;
    send->second.earliest_ms = std::min(send->second.earliest_ms, arrival.earliest_ms);
    send->second.latest_ms = std::max(send->second.latest_ms, arrival.latest_ms);
  }

  std::optional<bool> goes_out(const Send& send, const Node& node) const {
    // Which of the numbers of a region may be sent to is nothing that a proof tells apart.
    const std::optional<bool> anybody = workspace_.allowed_recipients.empty() ? std::optional(true) : std::nullopt;
    if (workspace_.all_regions) return anybody;
    const Value region = region_of(send.to, values_[node.values]);
    if (region.is_unknown()) return std::nullopt;
    if (!region.is_present() || !allowed_.contains(region.scalar)) return false;
    return anybody;
  }

  void insert(const Node& node, const Label& label) {
    std::vector<std::uint32_t>& here = open_[node];
    const auto better = [&](std::uint32_t other) { return dominates(labels_[other], label); };
    if (std::any_of(here.begin(), here.end(), better)) return;
    const auto number = add_label(label);
    if (!number) return;
    std::erase_if(here, [&](std::uint32_t other) { return dominates(label, labels_[other]); });
    here.push_back(*number);
    if (!label.move.sent) return;
    if (counts()) note(label.count, *number);
    if (question_.goal == Question::Goal::last_send) {
      note(label.latest, *number);
      add_arrival(node, {label.earliest, label.latest});
    }
  }

  // The flow ends, or goes on, by this move.
  void go(std::uint32_t from, Step step, const Target& target) {
    const Label& parent = labels_[from];
    Label label;
    label.move = step.move;
    label.move.from = StepId{step.node.step};
    label.parent = from;
    label.count = parent.count;
    label.messages = parent.messages;
    label.assumed = parent.assumed || step.assumed;
    const std::int64_t cap = step.move.by_timer ? flow_.expires_ms - 1 : flow_.expires_ms;
    label.earliest = parent.earliest + step.move.least_ms;
    if (label.earliest > cap) return;  // it has expired before
    label.latest = std::min(cap, parent.latest + step.move.most_ms);
    if (parent.since != kNoWindow) label.since = parent.since + step.move.least_ms;
    if (windowed() && label.since >= question_.window_ms) return;  // what comes is of a later one
    const std::optional<StepId> to = follow(target, step.node);
    label.move.to = to;
    if (to)
      arrive(step.node, *to, label);
    else
      at_end(label);
  }

  void at_end(const Label& label) {
    if (!failing_only() && question_.goal != Question::Goal::end) return;
    if (const auto number = add_label(label)) note(failing_only() ? 1 : label.latest, *number);
  }

  // The step that a target means now; its jumps are counted.
  std::optional<StepId> follow(const Target& target, Node& node) {
    const Target* at = &target;
    while (at->kind == Target::Kind::jump) {
      const check::Jump& jump = flow_.jumps.at(index(at->jump));
      Counters counters = counters_[node.counters];
      std::uint32_t& taken = count_of(counters, at->jump);
      if (taken < jump.max) {
        ++taken;
        node.counters = counters_.number(counters);
        ++node.counted;
        return jump.step;
      }
      at = &jump.otherwise;
    }
    if (at->kind != Target::Kind::step) return std::nullopt;
    return at->step;
  }

  void expand(const Node& node, std::uint32_t label) {
    // More than the most is not asked for; what other flows send is beside it.
    const bool counts_all = question_.children == nullptr || question_.children->empty();
    if (question_.goal == Question::Goal::messages && counts_all && labels_[label].count >= kMessagesMax) return;
    std::visit([&](const auto& body) { leave(node, label, body); }, flow_.steps[node.step].body);
  }

  static Move move(Way way, std::uint32_t which = 0) {
    Move result;
    result.way = way;
    result.which = which;
    return result;
  }

  void leave(const Node& node, std::uint32_t label, const check::RecognizeRegion& body) {
    const Value region = region_of(body.number, values_[node.values]);
    const auto take = [&](std::uint32_t which, const Target& target, const Value& into) {
      Step step{node, move(Way::arm, which), region.is_unknown()};
      if (body.into) set(step.node, *body.into, into);
      go(label, step, target);
    };
    const auto otherwise = static_cast<std::uint32_t>(body.arms.size());
    for (std::uint32_t i = 0; i < otherwise; ++i) {
      const auto& names = body.arms[i].regions;
      if (region.is_unknown()) {
        const bool one = names.size() == 1;
        take(i, body.arms[i].target, one ? Value::known(check::region_scalar(names[0][0], names[0][1])) : Value{});
        continue;
      }
      const bool named = region.is_present() && std::any_of(names.begin(), names.end(), [&](const std::string& name) {
                           return check::region_scalar(name[0], name[1]) == region.scalar;
                         });
      if (named) return take(i, body.arms[i].target, region);
    }
    take(otherwise, body.otherwise, region);
  }

  // A region has one calling code. A number of no region may have any, and one of the regions that the flow does not
  // name has none that it names.
  void leave(const Node& node, std::uint32_t label, const check::RecognizeCallingCode& body) {
    const Value region = region_of(body.number, values_[node.values]);
    const bool unknown = !region.is_present();
    const auto take = [&](std::uint32_t which, const Target& target, const Value& into) {
      Step step{node, move(Way::arm, which), unknown};
      if (body.into) set(step.node, *body.into, into);
      go(label, step, target);
    };
    const auto otherwise = static_cast<std::uint32_t>(body.arms.size());
    for (std::uint32_t i = 0; i < otherwise; ++i) {
      const auto& codes = body.arms[i].codes;
      const auto number = [](const check::RecognizeCallingCode::Code& code) {
        return Value::known(std::int64_t{code.code} * limits::kNumberScale);
      };
      if (unknown) {
        take(i, body.arms[i].target, codes.size() == 1 ? number(codes[0]) : Value{});
        continue;
      }
      for (const auto& code : codes)
        for (const std::string& name : code.regions)
          if (check::region_scalar(name[0], name[1]) == region.scalar)
            return take(i, body.arms[i].target, number(code));
    }
    take(otherwise, body.otherwise, Value{});
  }

  void leave(const Node& written, std::uint32_t label, const check::Branch& body) {
    Node node = body.at_now ? at_unknown_time(written) : written;
    if (body.first) set(node, body.first->variable, evaluate(body.first->value, values_[node.values]));
    bool assumed = false;
    for (std::uint32_t i = 0; i < body.arms.size(); ++i) {
      const std::optional<bool> holds = truth(evaluate(body.arms[i].condition, values_[node.values]));
      if (holds && !*holds) continue;
      assumed = assumed || !holds;
      go(label, {node, move(Way::arm, i), assumed}, body.arms[i].target);
      if (holds) return;
    }
    go(label, {node, move(Way::arm, static_cast<std::uint32_t>(body.arms.size())), assumed}, body.otherwise);
  }

  // A draw may come out as any arm. Which one a key takes is known when the key is.
  void leave(const Node& node, std::uint32_t label, const check::Random& body) {
    const Value key = body.draws ? Value{} : evaluate(body.key, values_[node.values]);
    const bool known = key.is_present() && body.key.type.kind != check::ValueType::phone;
    std::int64_t below = 0;
    for (std::uint32_t i = 0; i < body.arms.size(); ++i) {
      below += body.arms[i].share;
      if (known && bucket(flow_, StepId{node.step}, key.text) >= below) continue;
      go(label, {node, move(Way::arm, i), !known && !body.draws}, body.arms[i].target);
      if (known) return;
    }
  }

  void leave(const Node& node, std::uint32_t label, const check::Set& body) {
    Step step{node, move(Way::arm), false};
    for (const check::Set::Assignment& assignment : body.assignments) {
      set(step.node, assignment.variable, evaluate(assignment.value, values_[step.node.values]));
    }
    go(label, step, body.target);
  }

  void leave(const Node& node, std::uint32_t label, const check::JumpStep& body) {
    Target target;
    target.kind = Target::Kind::jump;
    target.jump = body.jump;
    go(label, {node, move(Way::arm), false}, target);
  }

  // The wall clock is not known.
  Node at_unknown_time(const Node& node) {
    Node next = node;
    set(next, *flow_.now, Value{});
    return next;
  }

  void leave_until(const Node& node, std::uint32_t label, const check::Wait& body) {
    Move waited = move(Way::waited);
    waited.most_ms = std::min(body.most_ms, flow_.expires_ms);
    waited.by_timer = true;
    const Node resting = at_unknown_time(node);
    go(label, {resting, waited, true}, body.target);
    if (body.past) go(label, {resting, move(Way::arm, 1), true}, *body.past);
    stay(resting, label, waited.most_ms, [](Node&) {});
  }

  void leave(const Node& node, std::uint32_t label, const check::Wait& body) {
    if (body.until) return leave_until(node, label, body);
    Move waited = move(Way::waited);
    waited.least_ms = waited.most_ms = body.ms;
    waited.by_timer = true;
    go(label, {node, waited, false}, body.target);
    stay(node, label, body.ms, [](Node&) {});
  }

  void leave(const Node& node, std::uint32_t label, const check::AwaitSignal& body) {
    // Handlers of the signal are first.
    bool free = true;
    for (std::size_t i = 0; i < flow_.handlers.size(); ++i) {
      const Handler& handler = flow_.handlers[i];
      free = free && (handler.kind != Handler::Kind::signal || handler.signal != body.signal || fired(node, i));
    }
    if (free) {
      Move received = move(Way::received);
      received.most_ms = body.silent.after_ms;
      go(label, {node, received, false}, body.received);
    }
    Move silent = move(Way::silent);
    silent.least_ms = silent.most_ms = body.silent.after_ms;
    silent.by_timer = true;
    go(label, {node, silent, false}, body.silent.target);
    stay(node, label, body.silent.after_ms, [](Node&) {});
  }

  // Whether a handler may be first for what stands for the arm.
  bool for_handler(const Node& node, const check::AwaitReply& body, std::size_t arm) const {
    const auto sample = check::sample_for(body, arm);
    for (std::size_t i = 0; i < flow_.handlers.size(); ++i) {
      const Handler& handler = flow_.handlers[i];
      if (handler.kind != Handler::Kind::reply || fired(node, i)) continue;
      if (!sample || check::matches(handler, *sample)) return true;
    }
    return false;
  }

  void leave(const Node& node, std::uint32_t label, const check::AwaitReply& body) {
    for (std::uint32_t i = 0; i <= body.arms.size() && !failing_only(); ++i) {
      Step step{node, move(Way::replied, i), for_handler(node, body, i)};
      step.move.most_ms = body.silent.after_ms;
      for (const auto& take : body.takes) set(step.node, take.variable, Value{});
      go(label, step, i < body.arms.size() ? body.arms[i].target : body.otherwise);
    }
    Move silent = move(Way::silent);
    silent.least_ms = silent.most_ms = body.silent.after_ms;
    silent.by_timer = true;
    go(label, {node, silent, false}, body.silent.target);
    stay(node, label, body.silent.after_ms, [](Node&) {});
  }

  // Nothing is known of it: it may report each of its events, at any time or never.
  void leave(const Node& node, std::uint32_t label, const check::Extern& body) {
    for (std::uint32_t i = 0; i < body.arms.size(); ++i) {
      if (body.arms[i].events.empty()) continue;
      Move foreign = move(Way::foreign, i);
      foreign.most_ms = flow_.expires_ms;
      Step step{node, foreign, false};
      if (body.into) set(step.node, *body.into, Value{});
      go(label, step, body.arms[i].target);
    }
    stay(node, label, flow_.expires_ms, [](Node&) {});
  }

  void leave(const Node& node, std::uint32_t label, const check::Launch& body) {
    go(label, {node, move(Way::arm), false}, body.target);
  }

  void leave(const Node& node, std::uint32_t label, const check::Operation& body) {
    const std::int64_t most = body.late ? body.late->after_ms : flow_.expires_ms;
    const Reach* child = started(node);
    for (std::uint32_t i = 0; i < body.arms.size(); ++i) {
      // That the other flow came to its end may mean that a message of it got through.
      const bool through =
          failing_only() && program::takes_values(body.arms[i].outcome) && child != nullptr && child->messages > 0;
      Step step{node, move(Way::answered, i), through};
      step.move.most_ms = most;
      if (program::takes_values(body.arms[i].outcome)) {
        for (const auto& read : body.reads) set(step.node, read.variable, Value{});
      }
      go(label, step, body.arms[i].target);
    }
    if (body.late) {
      Step step{node, move(Way::late), false};
      step.move.least_ms = step.move.most_ms = most;
      step.move.by_timer = true;
      go(label, step, body.late->target);
    }
    stay(node, label, most, [](Node&) {});
  }

  void leave(const Node& node, std::uint32_t label, const Send& body) {
    if (!labels_[label].move.sent) return go(label, {node, move(Way::not_sent), false}, body.failed);
    const check::Channel& channel = workspace_.channels.at(index(body.channel));
    for (const Leave& way : leaves(body, channel, flow_.expires_ms)) {
      if (failing_only() && way.way != Way::failed && way.way != Way::undelivered) continue;
      Step step{node, move(way.way), false};
      step.move.least_ms = way.least_ms;
      step.move.most_ms = way.most_ms;
      step.move.by_timer = way.by_timer;
      left(step.node, body, channel, way.way);
      go(label, step, *way.target);
    }
    stay(node, label, longest_stay(body, channel, flow_.expires_ms, !failing_only()),
         [&](Node& next) { left(next, body, channel, Way::handler); });
  }

  // What may happen while the step rests: a handler fires, or the flow expires.
  template <typename Left>
  void stay(const Node& node, std::uint32_t label, std::int64_t most_ms, const Left& left_message) {
    if (failing_only() || question_.goal == Question::Goal::end) expire(node, label, most_ms);
    if (failing_only()) return;
    for (std::uint32_t i = 0; i < flow_.handlers.size(); ++i) {
      bool assumed = false;
      if (!may_fire(node, i, assumed)) continue;
      Step step{node, move(Way::handler, i), assumed};
      step.move.most_ms = most_ms;
      left_message(step.node);
      fire(step.node, i);
      go(label, step, flow_.handlers[i].target);
    }
  }

  void expire(const Node& node, std::uint32_t label, std::int64_t most_ms) {
    if (labels_[label].latest + most_ms < flow_.expires_ms) return;
    Label end;
    end.move = move(Way::expired);
    end.move.from = StepId{node.step};
    end.move.most_ms = most_ms;
    end.parent = label;
    end.assumed = labels_[label].assumed;
    end.earliest = end.latest = flow_.expires_ms;
    at_end(end);
  }

  bool fired(const Node& node, std::size_t handler) const { return (node.mask >> handler & 1U) != 0; }

  // Is it this handler's turn, and can its event come? Sets `assumed` when another one might have to go first.
  bool may_fire(const Node& node, std::uint32_t which, bool& assumed) const {
    const Handler& handler = flow_.handlers[which];
    if (fired(node, which)) return false;
    if (handler.kind == Handler::Kind::delivered && node.late_delivered == 0) return false;
    if (handler.kind == Handler::Kind::read && node.late_read == 0) return false;
    for (std::uint32_t i = 0; i < which; ++i) {
      if (fired(node, i)) continue;
      const Handler& earlier = flow_.handlers[i];
      if (earlier.kind == handler.kind && earlier.signal == handler.signal && earlier.matches == handler.matches)
        return false;
      if (handler.kind == Handler::Kind::reply && earlier.kind == Handler::Kind::reply) {
        const auto sample = check::sample_for(handler);
        if (!sample || check::matches(earlier, *sample)) assumed = true;
      }
      // A report of read may carry the first word of delivered.
      if (handler.kind == Handler::Kind::read && earlier.kind == Handler::Kind::delivered) assumed = true;
    }
    return true;
  }

  void fire(Node& node, std::uint32_t which) {
    node.mask |= std::uint64_t{1} << which;
    node.fired = std::popcount(node.mask);
    if (flow_.handlers[which].kind == Handler::Kind::delivered) --node.late_delivered;
    if (flow_.handlers[which].kind == Handler::Kind::read) --node.late_read;
    // `forget`
    Valuation values = values_[node.values];
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (flow_.variables[i].role == program::FieldRole::variable) values[i] = Value::none();
    }
    node.values = values_.number(values);
  }

  // The message of a send whose step is left may report more, later.
  void left(Node& node, const Send& send, const check::Channel& channel, Way way) const {
    const bool was_read = way == Way::reached && send.milestone == check::Milestone::read;
    const bool was_delivered = was_read || (way == Way::unread && program::reports_delivered(channel.kind)) ||
                               (way == Way::reached && send.milestone == check::Milestone::delivered);
    if (!was_delivered && node.late_delivered < delivered_handlers_) ++node.late_delivered;
    if (!was_read && program::reports_read(channel.kind) && node.late_read < read_handlers_) ++node.late_read;
  }

  void set(Node& node, check::VariableId variable, const Value& value) {
    Valuation values = values_[node.values];
    values.at(index(variable)) = value;
    node.values = values_.number(values);
  }

  const check::Workspace& workspace_;
  const check::Flow& flow_;
  const Question& question_;
  const std::vector<Valuation>& starts_;
  const std::size_t work_;
  const Topology& topology_;
  std::set<std::int64_t> allowed_;
  std::uint32_t delivered_handlers_ = 0;
  std::uint32_t read_handlers_ = 0;
  Pool<Counters> counters_;
  Pool<Valuation> values_;
  std::map<Node, std::vector<std::uint32_t>> open_;
  std::vector<Label> labels_;
  std::uint32_t best_ = kNone;
  std::uint32_t breach_ = kNone;
  std::uint32_t doubt_ = kNone;
  Answer answer_;
};

}  // namespace

Answer explore(const check::Workspace& workspace, const check::Flow& flow, const Topology& topology,
               const Question& question, const std::vector<Valuation>& starts, std::size_t work) {
  return Explorer(workspace, flow, topology, question, starts, work).run();
}

}  // namespace flow::prove
