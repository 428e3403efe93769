#include "compiler/certificate/machine.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "base/limits.h"
#include "compiler/ir/op_info.h"
#include "compiler/ir/verify.h"

namespace flow::certificate {
namespace {

using ir::Known, ir::Op, ir::Term;
using Kind = ir::Guarantee::Kind;
using program::EventKind, program::kNever;

constexpr auto kLate = static_cast<std::size_t>(program::Timer::late);

struct Event {
  EventKind kind{};
  Op take = Op::late;     // what looks at it; `late`: nothing does
  std::int32_t what = 0;  // of a receipt: its bits; of a timer, a signal, a result: which
  ir::Messages after;     // what a receipt makes of the messages
  Arrow arrow;            // as far as the event alone tells
};

// A way through a function so far.
struct Path {
  Arrow arrow;
  bool taken = false;  // the event was looked at
  ir::Knowns regs;
};

class AbstractMachine final : public Machine {
 public:
  AbstractMachine(const Question& question, const ir::Numbers& numbers, std::size_t& work)
      : question_(question), flow_(question.flow), knowledge_(flow_, numbers), work_(work) {
    for (const ir::Function& function : flow_.functions) order_.push_back(ir::block_order(flow_, function));
  }

  Result<std::vector<Arrow>> start() override {
    Node node;
    node.counted.resize(flow_.info.counters + flow_.info.handlers);
    knowledge_.begin(node.fields, node.numbers);
    std::vector<Event> events;
    for (ir::Knowns& numbers : knowledge_.apart(node.numbers, question_.guarantee.kind == Kind::cost)) {
      node.numbers = std::move(numbers);
      events.emplace_back().arrow.to = node;
    }
    return run(flow_.start, events);
  }

  Result<std::vector<Arrow>> expand(const Node& node) override {
    Event event;
    event.arrow.to = node;
    event.arrow.most = kNever;
    for (const Due& due : node.timers)
      if (due.least >= 0) event.arrow.most = std::min(event.arrow.most, due.most);
    std::vector<Event> events;
    const auto each = [&](EventKind kind, Op take, std::int32_t from, std::size_t to) {
      event.kind = kind;
      event.take = take;
      event.arrow.through = kind == EventKind::reply;
      for (event.what = from; event.what < static_cast<std::int32_t>(to); ++event.what) events.push_back(event);
    };
    std::size_t outcomes = 0;
    for (const auto& operation : flow_.info.operations) outcomes = std::max(outcomes, operation.outcomes.size() + 1);
    each(EventKind::reply, Op::late, 0, 1);
    each(EventKind::signal, Op::late, -1, flow_.info.signals.size());
    each(EventKind::result, Op::operation_take, 0, outcomes);
    each(EventKind::receipt, Op::receipt, 0, 0);
    for (const ir::Report& report : ir::reports_of(flow_, node.messages)) {
      event.what = report.bits;
      event.after = report.after;
      event.arrow.through = report.through;
      events.push_back(event);
    }
    each(EventKind::timer, Op::timer_take, 0, 0);
    for (std::size_t timer = 0; timer < node.timers.size(); ++timer) {
      const Due due = node.timers[timer];
      bool first = due.least >= 0;
      for (std::size_t i = 0; i < node.timers.size(); ++i) {
        const Due& rival = node.timers[i];
        if (rival.least >= 0 && (rival.most < due.least || (rival.most == due.least && i < timer))) first = false;
      }
      event.what = event.arrow.timer = static_cast<std::int32_t>(timer);
      event.arrow.least = due.least;
      event.arrow.gave_up = timer == static_cast<std::size_t>(program::Timer::undelivered) ? node.messages.site : -1;
      if (first) events.push_back(event);
    }
    const std::int32_t function = flow_.handle[static_cast<std::size_t>(node.step)];
    if (function < 0) return fail(ErrorCode::invalid_argument, "an execution rests in a step that handles nothing");
    return run(static_cast<std::uint32_t>(function), events);
  }

 private:
  bool refuse(const char* why) {
    if (problem_.empty()) problem_ = why;
    return false;
  }

  Result<std::vector<Arrow>> run(std::uint32_t function, const std::vector<Event>& events) {
    std::vector<Arrow> out;
    for (const Event& event : events) {
      std::set<std::tuple<std::uint32_t, bool, Arrow>> seen;
      std::vector<std::pair<std::uint32_t, Path>> open = {{function, {event.arrow, false, {}}}};
      while (!open.empty()) {
        auto [number, path] = std::move(open.back());
        open.pop_back();
        if (!seen.emplace(number, path.taken, path.arrow).second) continue;
        if (seen.size() > limits::kProofLabelsMax) refuse("an event can take too many ways");
        follow(number, std::move(path), event, open, out);
        if (!problem_.empty()) return fail(ErrorCode::invalid_argument, "{}", problem_);
      }
    }
    return out;
  }

  // Through one function, blocks in order, so that ways which did the same join: what they do not know alike is unknown
  // from there on.
  void follow(std::uint32_t number, Path begun, const Event& event, std::vector<std::pair<std::uint32_t, Path>>& open,
              std::vector<Arrow>& out) {
    const ir::Function& code = flow_.functions[number];
    std::vector<std::vector<Path>> here(code.blocks.size());
    begun.regs.assign(code.regs.size(), knowledge_.one({}));
    here[0].push_back(std::move(begun));
    for (const std::uint32_t place : order_[number]) {
      const auto& [insts, term] = code.blocks[place];
      for (Path& path : here[place]) {
        work_ += insts.size() + path.regs.size() + flow_.info.fields.size() + 1;
        if (work_ > kWorkMax) refuse("it takes too much work to check");
        if (!problem_.empty()) return;
        if (!std::ranges::all_of(insts, [&](const ir::Inst& inst) { return execute(inst, path, event); })) continue;
        if (term.kind == Term::tail) open.emplace_back(term.function, path);
        if (term.kind == Term::rest || term.kind == Term::finish) stop(term.kind, path, out);
        for (std::size_t way = 0; way < term.blocks.size(); ++way)
          if (Path next = way + 1 < term.blocks.size() ? path : std::move(path); leads(term, way, next))
            join(here[term.blocks[way]], next);
      }
    }
  }

  void join(std::vector<Path>& others, const Path& path) {
    const auto alike = [&](const Path& other) { return other.taken == path.taken && other.arrow == path.arrow; };
    const auto same = std::ranges::find_if(others, alike);
    work_ += others.size();
    if (same == others.end()) return others.push_back(path);
    for (std::size_t i = 0; i < path.regs.size(); ++i)
      if (same->regs[i] != path.regs[i]) same->regs[i] = knowledge_.one({});
  }

  // Whether the path goes that way out of its block; then it knows what that tells.
  bool leads(const ir::Terminator& term, std::size_t way, Path& path) {
    if (term.kind == Term::jump) return true;
    const Known value = *path.regs[term.a];
    if (value.state == Known::maybe) {
      path.regs[term.a] = knowledge_.one(ir::constant(way == 0 ? 1 : 0));
      auto& counted = path.arrow.counted;
      const std::pair one(static_cast<std::size_t>(value.is.scalar), value.most);
      if (way == 0 && std::ranges::count(counted, one) >= value.most) return false;
      if (way == 0) counted.insert(std::ranges::lower_bound(counted, one), one);
      if (way == 0 && one.first >= flow_.info.counters) path.arrow.fires = true;
      return term.kind == Term::branch || refuse("a count is no condition");
    }
    return knowledge_.leads(term, way, value, path.arrow.to.numbers);
  }

  void stop(Term kind, const Path& path, std::vector<Arrow>& out) {
    Arrow& arrow = out.emplace_back(path.arrow);
    arrow.ends = kind == Term::finish;
    if (arrow.ends) return;
    if (arrow.to.step < 0 || arrow.to.timers[0].least < 0) refuse("it does not begin");
    if (arrow.timer == 0) refuse("an execution goes on after `expires`");
    for (const Known*& field : arrow.to.fields)
      if (field->state == Known::instant) field = knowledge_.one(ir::known(Known::some));
    work_ += out.size();
    if (std::ranges::find(out, arrow) != out.end() - 1) out.pop_back();
  }

  // False: the way ends here, or cannot be followed.
  bool execute(const ir::Inst& inst, Path& path, const Event& event) {
    if (ir::info(inst.op).change != ir::Change::none) return change(inst, path, event);
    Known about;
    if (ir::info(inst.op).imm == ir::Imm::field) about = *path.arrow.to.fields[static_cast<std::size_t>(inst.imm)];
    if (inst.op == Op::event_kind) about = ir::constant(static_cast<std::int64_t>(event.kind));
    if (inst.op == Op::event_signal && event.kind == EventKind::signal) about = ir::constant(event.what);
    path.regs[inst.dst] = knowledge_.result(inst, path.regs, about);
    return true;
  }

  bool change(const ir::Inst& inst, Path& path, const Event& event) {
    Arrow& arrow = path.arrow;
    Node& node = arrow.to;
    const auto place = static_cast<std::size_t>(inst.imm);
    if (knowledge_.change(inst, path.regs, node.fields)) return true;
    switch (ir::calls_flow(flow_, inst) ? Op::launch : inst.op) {
      case Op::timer_take:
      case Op::operation_take:
      case Op::receipt:
        if (inst.op != event.take || path.taken) return refuse("an event is taken for another, or twice");
        path.taken = true;
        path.regs[inst.dst] = knowledge_.one(ir::constant(event.what));
        if (inst.op == Op::timer_take && event.what != 0) node.timers[static_cast<std::size_t>(event.what)] = {};
        if (inst.op == Op::receipt) node.messages = event.after;
        break;
      case Op::begin:
        if (node.timers[0].least >= 0) return refuse("an execution begins twice");
        node.timers[0] = {0, kNever};
        break;
      case Op::enter:
        if (std::ranges::count(node.timers, Due{}) < program::kTimerCount - 1) return refuse("it takes a timer along");
        node.step = static_cast<std::int32_t>(inst.imm);
        arrow.enters = true;
        if (question_.guarantee.kind == Kind::reaches && node.step == question_.guarantee.step) arrow.reaches = true;
        break;
      case Op::disarm:
      case Op::arm: {
        if (place == 0) return refuse("it sets `expires`");
        const bool told = inst.op == Op::arm && path.regs[inst.a]->state == Known::instant;
        const Known in = told ? *path.regs[inst.a] : ir::known(Known::instant, 0, kNever);
        if (inst.op == Op::arm && ir::waits_already(node.timers, place)) return refuse("it waits for two things");
        const Due now = arrow.enters ? Due{0, 0} : Due{arrow.least, arrow.most};
        node.timers[place] = {std::max(now.least, ir::later(now.least, in.is.scalar)),
                              std::max(now.most, ir::later(now.most, in.most))};
        if (inst.op == Op::disarm) node.timers[place] = {};
        break;
      }
      case Op::leave:
        arrow.through =
            arrow.through || (event.kind == EventKind::receipt && (event.what & program::kReceiptSent) != 0);
        std::fill(node.timers.begin() + 1, node.timers.end(), Due{});
        ir::leave_message(flow_, node.messages);
        break;
      case Op::send:
        ir::leave_message(flow_, node.messages);
        node.messages.site = static_cast<std::int32_t>(inst.imm);
        arrow.sends.push_back(place);
        arrow.cost = std::min(
            kMost, arrow.cost + knowledge_.dearest(flow_.sends[place], *path.regs[inst.list[0]], node.numbers, kMost));
        break;
      case Op::launch:
        arrow.starts.emplace_back(place, node.timers[kLate].least < 0 ? kNever : node.timers[kLate].most);
        break;
      case Op::request:
      case Op::late:
        break;
      case Op::count:
      case Op::fire: {
        const bool fire = inst.op == Op::fire;
        const std::size_t which = place + (fire ? flow_.info.counters : 0);
        const Known limit = fire ? ir::constant(1) : *path.regs[inst.b];
        if (limit.state != Known::constant) return refuse("the limit of a count is no constant");
        const bool counts = node.counted[which] < limit.is.scalar;
        path.regs[inst.dst] = knowledge_.one(
            question_.forgetful ? ir::known(Known::maybe, static_cast<std::int64_t>(which), limit.is.scalar)
                                : ir::constant(counts ? 1 : 0));
        if (question_.forgetful || !counts) break;
        ++node.counted[which];
        arrow.fires = arrow.fires || fire;
        break;
      }
      default:
        return refuse("it has an instruction that certificates do not cover");
    }
    return true;
  }

  const Question& question_;
  const ir::Flow& flow_;
  ir::Knowledge knowledge_;
  std::vector<std::vector<std::uint32_t>> order_;  // by function: blocks, each after all that lead to it
  std::size_t& work_;
  std::string problem_;
};

}  // namespace

std::unique_ptr<Machine> make_machine(const Question& question, const ir::Numbers& numbers, std::size_t& work) {
  return std::make_unique<AbstractMachine>(question, numbers, work);
}

}  // namespace flow::certificate
