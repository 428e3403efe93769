#include "compiler/prove/explore.h"

#include <algorithm>

#include "base/check.h"
#include "base/limits.h"
#include "compiler/check/graph.h"
#include "compiler/check/prices.h"
#include "compiler/prove/explorer.h"
#include "runtime/program/text.h"

namespace flow::prove {
namespace {

// The count of one jump; an entry is made when there is none.
std::uint32_t& count_of(Counters& counters, check::JumpId jump) {
  const auto id = static_cast<std::uint32_t>(index(jump));
  const auto place = std::lower_bound(counters.begin(), counters.end(), std::pair{id, std::uint32_t{0}});
  if (place != counters.end() && place->first == id) return place->second;
  return counters.insert(place, {id, 0})->second;
}

}  // namespace

Answer Explorer::run() {
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

Trail Explorer::trail(std::uint32_t last) const {
  Trail result;
  for (std::uint32_t at = last; at != kNone; at = labels_[at].parent) {
    result.moves.push_back(labels_[at].move);
    if (labels_[at].parent == kNone) result.start = starts_[labels_[at].start];
  }
  std::reverse(result.moves.begin(), result.moves.end());
  return result;
}

void Explorer::note(std::int64_t value, std::uint32_t label) {
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

std::optional<std::uint32_t> Explorer::add_label(const Label& label) {
  if (work_done() >= work_) {
    answer_.complete = false;
    return std::nullopt;
  }
  labels_.push_back(label);
  return static_cast<std::uint32_t>(labels_.size() - 1);
}

bool Explorer::dominates(const Label& a, const Label& b) const {
  return a.move.sent == b.move.sent && a.earliest <= b.earliest && a.since <= b.since && weight(a) >= weight(b) &&
         a.assumed <= b.assumed;
}

void Explorer::arrive(Node node, StepId step, Label label) {
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

void Explorer::begin_window(const Node& node, const Label& sent) {
  if (!windowed() || sent.since != kNoWindow || !is_counted(node)) return;
  Label first = sent;
  first.since = 0;
  first.count = 1;
  insert(node, first);
}

void Explorer::count(const Send& send, const Node& node, Label& label) const {
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

const Reach* Explorer::started(const Node& node) const {
  if (question_.children == nullptr) return nullptr;
  const std::string* flow = check::started_flow(flow_.steps[node.step]);
  const auto found = flow == nullptr ? question_.children->end() : question_.children->find(*flow);
  return found == question_.children->end() ? nullptr : &found->second;
}

void Explorer::start(const Node& node, Label label, const Reach& child) {
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

void Explorer::note_beside(Label label, std::int64_t value) {
  label.assumed = true;
  if (const auto number = add_label(label)) note(value, *number);
}

void Explorer::add_arrival(const Node& node, Arrival arrival) {
  const auto [send, first] = answer_.sends.try_emplace(StepId{node.step}, arrival);
  if (first) return;
  send->second.earliest_ms = std::min(send->second.earliest_ms, arrival.earliest_ms);
  send->second.latest_ms = std::max(send->second.latest_ms, arrival.latest_ms);
}

std::optional<bool> Explorer::goes_out(const Send& send, const Node& node) const {
  // Which of the numbers of a region may be sent to is nothing that a proof tells apart.
  const std::optional<bool> anybody = workspace_.allowed_recipients.empty() ? std::optional(true) : std::nullopt;
  if (workspace_.all_regions) return anybody;
  const Value region = region_of(send.to, values_[node.values]);
  if (region.is_unknown()) return std::nullopt;
  if (!region.is_present() || !allowed_.contains(region.scalar)) return false;
  return anybody;
}

void Explorer::insert(const Node& node, const Label& label) {
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

void Explorer::go(std::uint32_t from, Step step, const Target& target) {
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

void Explorer::at_end(const Label& label) {
  if (!failing_only() && question_.goal != Question::Goal::end) return;
  if (const auto number = add_label(label)) note(failing_only() ? 1 : label.latest, *number);
}

std::optional<StepId> Explorer::follow(const Target& target, Node& node) {
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

Answer explore(const check::Workspace& workspace, const check::Flow& flow, const Topology& topology,
               const Question& question, const std::vector<Valuation>& starts, std::size_t work) {
  return Explorer(workspace, flow, topology, question, starts, work).run();
}

}  // namespace flow::prove
