// What leads out of each kind of step, and what may happen while it rests.
#include <algorithm>
#include <bit>
#include <string>

#include "base/limits.h"
#include "compiler/check/replies.h"
#include "compiler/prove/explorer.h"
#include "runtime/program/text.h"

namespace flow::prove {

void Explorer::expand(const Node& node, std::uint32_t label) {
  // More than the most is not asked for; what other flows send is beside it.
  const bool counts_all = question_.children == nullptr || question_.children->empty();
  if (question_.goal == Question::Goal::messages && counts_all && labels_[label].count >= kMessagesMax) return;
  std::visit([&](const auto& body) { leave(node, label, body); }, flow_.steps[node.step].body);
}

Move Explorer::move(Way way, std::uint32_t which) {
  Move result;
  result.way = way;
  result.which = which;
  return result;
}

void Explorer::leave(const Node& node, std::uint32_t label, const check::RecognizeRegion& body) {
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

void Explorer::leave(const Node& node, std::uint32_t label, const check::RecognizeCallingCode& body) {
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
        if (check::region_scalar(name[0], name[1]) == region.scalar) return take(i, body.arms[i].target, number(code));
  }
  take(otherwise, body.otherwise, Value{});
}

void Explorer::leave(const Node& written, std::uint32_t label, const check::Branch& body) {
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

void Explorer::leave(const Node& node, std::uint32_t label, const check::Random& body) {
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

void Explorer::leave(const Node& node, std::uint32_t label, const check::Set& body) {
  Step step{node, move(Way::arm), false};
  for (const check::Set::Assignment& assignment : body.assignments) {
    set(step.node, assignment.variable, evaluate(assignment.value, values_[step.node.values]));
  }
  go(label, step, body.target);
}

void Explorer::leave(const Node& node, std::uint32_t label, const check::JumpStep& body) {
  Target target;
  target.kind = Target::Kind::jump;
  target.jump = body.jump;
  go(label, {node, move(Way::arm), false}, target);
}

Node Explorer::at_unknown_time(const Node& node) {
  Node next = node;
  set(next, *flow_.now, Value{});
  return next;
}

void Explorer::leave_until(const Node& node, std::uint32_t label, const check::Wait& body) {
  Move waited = move(Way::waited);
  waited.most_ms = std::min(body.most_ms, flow_.expires_ms);
  waited.by_timer = true;
  const Node resting = at_unknown_time(node);
  go(label, {resting, waited, true}, body.target);
  if (body.past) go(label, {resting, move(Way::arm, 1), true}, *body.past);
  stay(resting, label, waited.most_ms, [](Node&) {});
}

void Explorer::leave(const Node& node, std::uint32_t label, const check::Wait& body) {
  if (body.until) return leave_until(node, label, body);
  Move waited = move(Way::waited);
  waited.least_ms = waited.most_ms = body.ms;
  waited.by_timer = true;
  go(label, {node, waited, false}, body.target);
  stay(node, label, body.ms, [](Node&) {});
}

void Explorer::leave(const Node& node, std::uint32_t label, const check::AwaitSignal& body) {
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

bool Explorer::for_handler(const Node& node, const check::AwaitReply& body, std::size_t arm) const {
  std::vector<const Handler*> handlers;
  for (std::size_t i = 0; i < flow_.handlers.size(); ++i)
    if (flow_.handlers[i].kind == Handler::Kind::reply && !fired(node, i)) handlers.push_back(&flow_.handlers[i]);
  if (handlers.empty()) return false;
  const auto sample = check::sample_for(body, arm);  // looks at all arms
  return !sample || std::any_of(handlers.begin(), handlers.end(),
                                [&](const Handler* handler) { return check::matches(*handler, *sample); });
}

void Explorer::leave(const Node& node, std::uint32_t label, const check::AwaitReply& body) {
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

void Explorer::leave(const Node& node, std::uint32_t label, const check::Extern& body) {
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

void Explorer::leave(const Node& node, std::uint32_t label, const check::Launch& body) {
  go(label, {node, move(Way::arm), false}, body.target);
}

void Explorer::leave(const Node& node, std::uint32_t label, const check::Operation& body) {
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

void Explorer::leave(const Node& node, std::uint32_t label, const Send& body) {
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

template <typename Left>
void Explorer::stay(const Node& node, std::uint32_t label, std::int64_t most_ms, const Left& left_message) {
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

void Explorer::expire(const Node& node, std::uint32_t label, std::int64_t most_ms) {
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

bool Explorer::may_fire(const Node& node, std::uint32_t which, bool& assumed) const {
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

void Explorer::fire(Node& node, std::uint32_t which) {
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

void Explorer::left(Node& node, const Send& send, const check::Channel& channel, Way way) const {
  const bool was_read = way == Way::reached && send.milestone == check::Milestone::read;
  const bool was_delivered = was_read || (way == Way::unread && program::reports_delivered(channel.kind)) ||
                             (way == Way::reached && send.milestone == check::Milestone::delivered);
  if (!was_delivered && node.late_delivered < delivered_handlers_) ++node.late_delivered;
  if (!was_read && program::reports_read(channel.kind) && node.late_read < read_handlers_) ++node.late_read;
}

void Explorer::set(Node& node, check::VariableId variable, const Value& value) {
  Valuation values = values_[node.values];
  values.at(index(variable)) = value;
  node.values = values_.number(values);
}

}  // namespace flow::prove
