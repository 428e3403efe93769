#include "compiler/certificate/machine.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "compiler/ir/op_info.h"
#include "compiler/ir/verify.h"

namespace flow::certificate {

namespace {

using ir::Known;
using ir::Op;
using ir::Term;
using program::EventKind;
using program::kNever;

constexpr auto kDelivered = static_cast<std::int32_t>(program::Receipt::delivered);
constexpr auto kRead = static_cast<std::int32_t>(program::Receipt::read);
struct Event {
  EventKind kind{};
  std::int32_t what = 0;   // of a receipt: its bits; of a timer, a signal, a result: which
  std::int64_t least = 0;  // since the step was entered
  std::int64_t most = 0;
  Messages after;  // what a receipt makes of the messages
};

// A way through a function so far.
struct Path {
  Arrow arrow;
  bool taken = false;  // the event was looked at
  std::vector<const Known*> regs;
};

class AbstractMachine final : public Machine {
 public:
  AbstractMachine(const ir::Flow& flow, const ir::Numbers& numbers, bool forgetful, std::size_t& work)
      : flow_(flow), forgetful_(forgetful), knowledge_(flow, numbers), work_(work) {
    for (const ir::Function& function : flow.functions) order_.push_back(ir::block_order(flow, function));
  }

  Result<std::vector<Arrow>> start() override {
    Node node;
    node.counted.resize(flow_.info.counters + flow_.info.handlers);
    for (const program::FieldInfo& field : flow_.info.fields) {
      const bool input = field.role == program::FieldRole::input;
      Known value = ir::known(!input ? Known::absent : field.optional ? Known::unknown : Known::some);
      const bool phone = input && field.type == program::ValueType::phone;
      if (phone) value = ir::known(Known::phone, static_cast<std::int64_t>(node.fields.size()));
      node.fields.push_back(one(value));
      node.numbers.push_back(one(phone ? knowledge_.all_kinds(field.optional) : Known{}));
    }
    return run(flow_.start, node, {Event{}});
  }

  Result<std::vector<Arrow>> expand(const Node& node) override {
    Event event;
    event.most = kNever;
    for (const Due& due : node.timers)
      if (due.least >= 0) event.most = std::min(event.most, due.most);
    std::vector<Event> events;
    const auto each = [&](EventKind kind, std::int32_t from, std::size_t to) {
      event.kind = kind;
      for (event.what = from; event.what < static_cast<std::int32_t>(to); ++event.what) events.push_back(event);
    };
    std::size_t outcomes = 0;
    for (const auto& operation : flow_.info.operations) outcomes = std::max(outcomes, operation.outcomes.size() + 1);
    each(EventKind::signal, -1, flow_.info.signals.size());
    each(EventKind::result, 0, outcomes);
    each(EventKind::reply, 0, 1);
    event.kind = EventKind::receipt;
    receipts(node.messages, event, events);
    event.kind = EventKind::timer;
    for (std::size_t timer = 0; timer < node.timers.size(); ++timer) {
      const Due due = node.timers[timer];
      bool first = due.least >= 0;
      for (std::size_t i = 0; i < node.timers.size(); ++i) {
        const Due& rival = node.timers[i];
        if (rival.least >= 0 && (rival.most < due.least || (rival.most == due.least && i < timer))) first = false;
      }
      event.what = static_cast<std::int32_t>(timer);
      event.least = due.least;
      if (first) events.push_back(event);
    }
    const std::int32_t function = flow_.handle[static_cast<std::size_t>(node.step)];
    if (function < 0) return fail(ErrorCode::invalid_argument, "an execution rests in a step that handles nothing");
    return run(static_cast<std::uint32_t>(function), node, events);
  }

 private:
  const Known* one(const Known& value) { return &*values_.insert(value).first; }

  bool refuse(const char* why) {
    if (problem_.empty()) problem_ = why;
    return false;
  }

  bool reports_read(std::int32_t site) const {
    const ir::SendSite& send = flow_.sends[static_cast<std::size_t>(site)];
    return program::reports_read(flow_.info.channels[send.channel].kind);
  }

  // As many late messages as there are handlers are as good as more.
  std::uint8_t all_late() const { return static_cast<std::uint8_t>(std::max(1U, flow_.info.handlers)); }
  void leave_message(Messages& now) const {
    if (now.site >= 0 && now.status < kDelivered && now.late_delivered < all_late()) ++now.late_delivered;
    if (now.site >= 0 && now.status < kRead && reports_read(now.site) && now.late_read < all_late()) ++now.late_read;
    now = {-1, 0, false, now.late_delivered, now.late_read};
  }

  void receipts(const Messages& now, const Event& base, std::vector<Event>& out) const {
    const auto add = [&](std::int32_t bits) -> Messages& {
      Event& event = out.emplace_back(base);
      event.what = bits;
      event.after = now;
      return event.after;
    };
    constexpr std::int32_t kCurrent = program::kReceiptCurrent;
    if (now.site >= 0 && now.status < kDelivered && !now.failed) add(kCurrent | program::kReceiptFailed).failed = true;
    for (std::int32_t level = now.status + 1, bits = kCurrent; now.site >= 0 && level <= kRead; ++level) {
      bits |= 1 << level;
      if (level < kRead || reports_read(now.site)) add(bits).status = level;
    }
    // Of messages whose step was left: what they may not have reached yet, in one go or one after the other.
    if (now.late_delivered > 0) add(program::kReceiptFailed);
    for (std::int32_t first = now.late_delivered > 0 ? 1 : kRead; first <= kRead; ++first) {
      for (std::int32_t last = first, bits = 0; last <= (now.late_read > 0 ? kRead : kDelivered); ++last) {
        Messages& after = add(bits |= 1 << last);
        if (first <= kDelivered && last >= kDelivered && now.late_delivered < all_late()) --after.late_delivered;
        if (last == kRead && now.late_read < all_late()) --after.late_read;
      }
    }
  }

  Result<std::vector<Arrow>> run(std::uint32_t function, const Node& node, const std::vector<Event>& events) {
    std::vector<Arrow> out;
    for (const Event& event : events) {
      Path begun;
      begun.arrow.to = node;
      begun.arrow.least = event.least;
      begun.arrow.most = event.most;
      begun.arrow.through = event.kind == EventKind::reply;
      if (event.kind == EventKind::timer) begun.arrow.timer = event.what;
      if (begun.arrow.timer == static_cast<std::int32_t>(program::Timer::undelivered))
        begun.arrow.gave_up = node.messages.site;
      std::set<std::tuple<std::uint32_t, bool, Arrow>> seen;
      std::vector<std::pair<std::uint32_t, Path>> open = {{function, begun}};
      while (!open.empty()) {
        auto [number, path] = std::move(open.back());
        open.pop_back();
        if (!seen.emplace(number, path.taken, path.arrow).second) continue;
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
    begun.regs.assign(code.regs.size(), one({}));
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
    if (same == others.end()) return others.push_back(path);
    for (std::size_t i = 0; i < path.regs.size(); ++i)
      if (same->regs[i] != path.regs[i]) same->regs[i] = one({});
  }

  // Whether the path goes that way out of its block; then it knows what that tells.
  bool leads(const ir::Terminator& term, std::size_t way, Path& path) {
    if (term.kind == Term::jump) return true;
    const Known value = *path.regs[term.a];
    const auto which = static_cast<std::size_t>(value.is.scalar);
    if (value.state == Known::maybe) {
      path.regs[term.a] = one(ir::known(Known::constant, way == 0 ? 1 : 0));
      if (way == 0) path.arrow.counted.emplace_back(which, value.most);
      if (way == 0 && which >= flow_.info.counters) path.arrow.fires = true;
      return term.kind == Term::branch || refuse("a count is no condition");
    }
    Known kinds = value.state == Known::derived ? *path.arrow.to.numbers[which] : Known{};
    const bool leads = knowledge_.leads(term, way, value, kinds);
    if (value.state == Known::derived) path.arrow.to.numbers[which] = one(kinds);
    return leads;
  }

  void stop(Term kind, const Path& path, std::vector<Arrow>& out) {
    Arrow& arrow = out.emplace_back(path.arrow);
    arrow.ends = kind == Term::finish;
    if (arrow.ends) return;
    if (arrow.to.step < 0 || arrow.to.timers[0].least < 0) refuse("it does not begin");
    if (arrow.timer == 0) refuse("an execution goes on after `expires`");
    for (const Known*& field : arrow.to.fields)
      if (field->state == Known::instant) field = one(ir::known(Known::some));
    if (std::ranges::find(out, arrow) != out.end() - 1) out.pop_back();
  }

  // False: the way ends here, or cannot be followed.
  bool execute(const ir::Inst& inst, Path& path, const Event& event) {
    if (ir::info(inst.op).change != ir::Change::none) return change(inst, path, event);
    std::vector<const Known*> operands;
    if (inst.a != ir::kNoReg) operands.push_back(path.regs[inst.a]);
    if (inst.b != ir::kNoReg) operands.push_back(path.regs[inst.b]);
    for (const ir::Reg reg : inst.list) operands.push_back(path.regs[reg]);
    const bool reads = ir::info(inst.op).imm == ir::Imm::field;
    Known result =
        inst.op == Op::event_kind ? ir::known(Known::constant, static_cast<std::int64_t>(event.kind)) : Known{};
    if (inst.op == Op::event_signal && event.kind == EventKind::signal) result = ir::known(Known::constant, event.what);
    if (inst.op != Op::event_kind && inst.op != Op::event_signal)
      result = knowledge_.result(inst, operands,
                                 reads ? *path.arrow.to.fields[static_cast<std::size_t>(inst.imm)] : Known{});
    path.regs[inst.dst] = one(result);
    return true;
  }

  bool change(const ir::Inst& inst, Path& path, const Event& event) {
    Arrow& arrow = path.arrow;
    Node& node = arrow.to;
    const auto place = static_cast<std::size_t>(inst.imm);
    const auto set = [&](std::size_t field, const Known& value) { node.fields[field] = one(value); };
    switch (inst.op) {
      case Op::store:
        set(place, path.regs[inst.a]->state == Known::unknown ? ir::known(Known::some) : *path.regs[inst.a]);
        break;
      case Op::clear:
        set(place, ir::known(Known::absent));
        break;
      case Op::take_value:
        set(place, {});
        break;
      case Op::take_values:
        for (const program::OperationRead& read : flow_.info.operations[place].reads) set(read.field, {});
        break;
      case Op::forget:
        for (std::size_t i = 0; i < flow_.info.fields.size(); ++i)
          if (flow_.info.fields[i].role == program::FieldRole::variable) set(i, ir::known(Known::absent));
        break;
      case Op::timer_take:
      case Op::operation_take:
      case Op::receipt: {
        const EventKind kind = inst.op == Op::receipt      ? EventKind::receipt
                               : inst.op == Op::timer_take ? EventKind::timer
                                                           : EventKind::result;
        if (event.kind != kind || path.taken) return refuse("an event is taken for another, or twice");
        path.taken = true;
        path.regs[inst.dst] = one(ir::known(Known::constant, event.what));
        if (kind == EventKind::timer && event.what != 0) node.timers[static_cast<std::size_t>(event.what)] = {};
        if (kind == EventKind::receipt) node.messages = event.after;
        const bool current = kind == EventKind::receipt && (event.what & program::kReceiptCurrent) != 0;
        arrow.through = arrow.through || (current && event.after.status >= kDelivered);
        break;
      }
      case Op::begin:
        if (node.timers[0].least >= 0) return refuse("an execution begins twice");
        node.timers[0] = {0, kNever};
        break;
      case Op::enter:
        if (std::ranges::count(node.timers, Due{}) < program::kTimerCount - 1) return refuse("it takes a timer along");
        node.step = static_cast<std::int32_t>(inst.imm);
        arrow.enters = true;
        arrow.entered.push_back(node.step);
        break;
      case Op::disarm:
      case Op::arm: {
        if (place == 0) return refuse("it sets `expires`");
        const bool told = inst.op == Op::arm && path.regs[inst.a]->state == Known::instant;
        const Known in = told ? *path.regs[inst.a] : ir::known(Known::instant, 0, kNever);
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
        leave_message(node.messages);
        break;
      case Op::send:
        leave_message(node.messages);
        node.messages.site = static_cast<std::int32_t>(inst.imm);
        arrow.sends.push_back(place);
        break;
      case Op::request:
      case Op::late:
        break;
      case Op::count:
      case Op::fire: {
        const bool fire = inst.op == Op::fire;
        const std::size_t which = place + (fire ? flow_.info.counters : 0);
        const Known limit = fire ? ir::known(Known::constant, 1) : *path.regs[inst.b];
        if (limit.state != Known::constant) return refuse("the limit of a count is no constant");
        const bool counts = node.counted[which] < limit.is.scalar;
        path.regs[inst.dst] = one(ir::known(Known::constant, counts ? 1 : 0));
        if (forgetful_)
          path.regs[inst.dst] = one(ir::known(Known::maybe, static_cast<std::int64_t>(which), limit.is.scalar));
        if (forgetful_ || !counts) break;
        ++node.counted[which];
        arrow.fires = arrow.fires || fire;
        break;
      }
      default:
        return refuse("it has an instruction that certificates do not cover");
    }
    return true;
  }

  const ir::Flow& flow_;
  const bool forgetful_;
  const ir::Knowledge knowledge_;
  std::vector<std::vector<std::uint32_t>> order_;  // by function: blocks, each after all that lead to it
  std::set<Known> values_;
  std::size_t& work_;
  std::string problem_;
};

}  // namespace

std::unique_ptr<Machine> make_machine(const ir::Flow& flow, const ir::Numbers& numbers, bool forgetful,
                                      std::size_t& work) {
  return std::make_unique<AbstractMachine>(flow, numbers, forgetful, work);
}

}  // namespace flow::certificate
