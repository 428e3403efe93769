#include "compiler/certificate/machine.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "base/limits.h"
#include "compiler/ir/fold.h"
#include "compiler/ir/op_info.h"
#include "numbers/numbers.h"
#include "runtime/program/text.h"

namespace flow::certificate {
namespace {

using ir::Op;
using ir::Term;
using program::EventKind;
using program::kNever;

constexpr auto kDelivered = static_cast<std::int32_t>(program::Receipt::delivered);
constexpr auto kRead = static_cast<std::int32_t>(program::Receipt::read);
constexpr std::size_t kStartsMax = 1024;

// Of a register or a field.
struct Value {
  enum State : std::uint8_t {
    unknown,  // a field: absent, too
    absent,
    some,  // present, its value unknown
    known,
    other,    // an integer that the flow's IR does not name; of a region, scalar: is it allowed?
    instant,  // the event's time and scalar ms
    phone,    // scalar: which kind of number
  };
  State state = unknown;
  ir::Constant value;
  friend auto operator<=>(const Value&, const Value&) = default;
};
Value make(Value::State state, std::int64_t scalar = 0) {
  return {state, {scalar, {}}};
}

std::int64_t later(std::int64_t a, std::int64_t b) {
  return b > 0 && a >= kNever - b ? kNever : a + b;
}

std::optional<bool> truth(const Value& value) {
  if (value.state == Value::other) return true;
  return value.state == Value::known ? std::optional(value.value.scalar != 0) : std::nullopt;
}

// Equal values get equal numbers.
template <typename T>
class Pool {
 public:
  std::uint32_t number(const T& value) {
    const auto [place, fresh] = numbers_.try_emplace(value, static_cast<std::uint32_t>(values_.size()));
    if (fresh) values_.push_back(&place->first);
    return place->second;
  }
  const T& operator[](std::uint32_t number) const { return *values_[number]; }

 private:
  std::map<T, std::uint32_t> numbers_;
  std::vector<const T*> values_;
};

// Of phone numbers. Region 0: none; code 0: unknown; below 0: one that the flow does not name.
struct Kind {
  std::int64_t region = 0;
  std::int64_t code = 0;
  bool allowed = false;
  friend auto operator<=>(const Kind&, const Kind&) = default;
};

struct Event {
  EventKind kind{};
  Arrow base;  // its time
  std::int32_t signal = -1;
  std::int32_t bits = 0;  // of a receipt; of a result: its outcome
  Node after;             // what a receipt makes of the messages
};

// What a way did so far; registers are of its function.
struct Mark {
  Node node;
  bool began = false;
  bool entered = false;
  bool taken = false;       // the event was looked at
  std::uint32_t armed = 0;  // timers, by this event
  std::vector<std::uint32_t> sends;
  friend auto operator<=>(const Mark&, const Mark&) = default;
};
struct Path {
  Mark mark;
  std::vector<std::uint32_t> regs;  // values, in the machine's pool
};

class AbstractMachine final : public Machine {
 public:
  AbstractMachine(const ir::Flow& flow, const Numbers& numbers, std::optional<std::int32_t> goal, std::size_t& work)
      : flow_(flow), goal_(goal), work_(work) {
    values_.number({});
    bool tells_codes = false;
    for (const ir::Function& function : flow.functions) {
      std::map<ir::Reg, std::int64_t> loaded;
      std::vector<std::uint32_t> leading(function.blocks.size(), 0);
      std::vector<std::uint32_t> order = {0};
      for (const ir::Block& block : function.blocks) {
        for (const std::uint32_t to : block.term.blocks) ++leading[to];
        for (const ir::Inst& inst : block.insts) {
          if (inst.op == Op::const_int) named_.insert(inst.imm);
          tells_codes = tells_codes || inst.op == Op::calling_code_of;
          const bool tells = inst.op == Op::region_of || inst.op == Op::calling_code_of || inst.op == Op::store;
          if (inst.op == Op::load) loaded[inst.dst] = inst.imm;
          if (tells && loaded.contains(inst.a)) told_apart_.insert(loaded[inst.a]);
        }
        named_.insert(block.term.cases.begin(), block.term.cases.end());
      }
      for (std::size_t i = 0; i < order.size(); ++i)
        for (const std::uint32_t to : function.blocks[order[i]].term.blocks)
          if (--leading[to] == 0) order.push_back(to);
      std::vector<std::uint32_t>& rank = rank_.emplace_back(function.blocks.size());
      for (std::uint32_t i = 0; i < order.size(); ++i) rank[order[i]] = i;
      order_.push_back(std::move(order));
    }
    const auto& allowed = flow.info.allowed_regions;
    std::set<Kind> kinds = {{0, 0, allowed.empty()}};
    for (const auto& [region, code] : numbers) {
      const bool open = allowed.empty() || std::ranges::count(allowed, program::region_text(region)) > 0;
      const std::int64_t its_code = named_.contains(code) ? code : -1;
      kinds.insert({named_.contains(region) ? region : -1, tells_codes ? its_code : 0, open});
    }
    kinds_.assign(kinds.begin(), kinds.end());
  }

  std::int64_t counted(const Node& node) const override {
    const auto& counters = counters_[node.counters];
    return std::accumulate(counters.begin(), counters.end(), std::int64_t{0});
  }

  Result<std::vector<Arrow>> start() override {
    std::vector<std::vector<std::uint32_t>> starts(1);
    for (std::size_t f = 0; f < flow_.info.fields.size(); ++f) {
      const program::FieldInfo& field = flow_.info.fields[f];
      const bool input = field.role == program::FieldRole::input;
      std::vector<Value> values = {make(!input ? Value::absent : field.optional ? Value::unknown : Value::some)};
      if (input && field.type == program::ValueType::phone && told_apart_.contains(static_cast<std::int64_t>(f)) &&
          starts.size() * (kinds_.size() + 1) <= kStartsMax) {
        values.assign(field.optional ? 1 : 0, make(Value::absent));
        for (std::size_t i = 0; i < kinds_.size(); ++i)
          values.push_back(make(Value::phone, static_cast<std::int64_t>(i)));
      }
      std::vector<std::vector<std::uint32_t>> next;
      for (const auto& begun : starts)
        for (const Value& value : values) next.emplace_back(begun).push_back(values_.number(value));
      starts = std::move(next);
    }
    std::vector<Arrow> out;
    Node node;
    node.counters = counters_.number(std::vector<std::uint32_t>(flow_.info.counters));
    for (const auto& fields : starts) {
      node.fields = fields_.number(fields);
      run(flow_.start, node, Event{}, out);
    }
    if (!problem_.empty()) return fail(ErrorCode::invalid_argument, "{}", problem_);
    return out;
  }

  Result<std::vector<Arrow>> expand(const Node& node) override {
    std::int64_t until = kNever;
    for (const Due& due : node.timers)
      if (due.least >= 0) until = std::min(until, due.most);
    Event event;
    event.base.most = until;
    event.kind = EventKind::receipt;
    std::vector<Event> events;
    receipts(node, event, events);
    event.kind = EventKind::signal;
    for (event.signal = -1; event.signal < static_cast<std::int32_t>(flow_.info.signals.size()); ++event.signal)
      events.push_back(event);
    event.kind = EventKind::result;
    const auto site = static_cast<std::size_t>(std::max(0, node.operation));
    const std::size_t outcomes = node.operation < 0 ? 0 : flow_.info.operations[site].outcomes.size() + 1;
    for (event.bits = 0; event.bits < static_cast<std::int32_t>(outcomes); ++event.bits) events.push_back(event);
    event.kind = EventKind::timer;
    event.bits = 0;
    event.base.timer = 0;
    events.push_back(event);
    for (std::size_t timer = 1; timer < node.timers.size(); ++timer) {
      const Due due = node.timers[timer];
      bool first = due.least >= 0;
      for (std::size_t i = 1; i < node.timers.size(); ++i) {
        const Due& rival = node.timers[i];
        if (rival.least >= 0 && (rival.most < due.least || (rival.most == due.least && i < timer))) first = false;
      }
      event.base.timer = static_cast<std::int32_t>(timer);
      event.base.least = due.least;
      if (first) events.push_back(event);
    }
    const std::int32_t function = flow_.handle[static_cast<std::size_t>(node.step)];
    if (function < 0) refuse("an execution rests in a step that handles nothing");
    std::vector<Arrow> out;
    for (const Event& one : events)
      if (problem_.empty()) run(static_cast<std::uint32_t>(function), node, one, out);
    if (!problem_.empty()) return fail(ErrorCode::invalid_argument, "{}", problem_);
    return out;
  }

 private:
  bool reports_read(std::int32_t site) const {
    const ir::SendSite& send = flow_.sends[static_cast<std::size_t>(site)];
    return flow_.info.channels[send.channel].kind != program::ChannelKind::sms;
  }
  // As many late messages as there are handlers are as good as more.
  void more(std::uint8_t& count) const { count += count < flow_.info.handlers ? 1 : 0; }
  void fewer(std::uint8_t& count) const { count -= count < flow_.info.handlers ? 1 : 0; }

  void receipts(const Node& node, const Event& base, std::vector<Event>& out) const {
    const auto add = [&](std::int32_t bits) -> Node& {
      Event& event = out.emplace_back(base);
      event.bits = bits;
      event.after = node;
      return event.after;
    };
    if (node.site >= 0) {
      constexpr std::int32_t kCurrent = program::kReceiptCurrent;
      if (node.status < kDelivered && !node.failed) add(kCurrent | program::kReceiptFailed).failed = true;
      for (std::int32_t level = node.status + 1, bits = kCurrent; level <= kRead; ++level) {
        bits |= 1 << level;
        if (goal_ ? level < kDelivered : level < kRead || reports_read(node.site)) add(bits).status = level;
      }
    }
    if (goal_) return;
    const bool delivers = flow_.info.handlers == 0 || node.late_delivered > 0;
    const bool reads = flow_.info.handlers == 0 || node.late_read > 0;
    if (reads) fewer(add(program::kReceiptRead).late_read);
    if (!delivers) return;
    add(program::kReceiptFailed);
    add(program::kReceiptAccepted);
    for (const std::int32_t low : {0, +program::kReceiptSent, program::kReceiptSent | program::kReceiptAccepted}) {
      if (low != 0) add(low);
      fewer(add(low | program::kReceiptDelivered).late_delivered);
      if (!reads) continue;
      Node& after = add(low | program::kReceiptDelivered | program::kReceiptRead);
      fewer(after.late_delivered);
      fewer(after.late_read);
    }
  }

  // Blocks in order, so that ways which did the same join: what they do not know alike is unknown from there on.
  void run(std::uint32_t function, const Node& node, const Event& event, std::vector<Arrow>& out) {
    std::set<std::pair<std::uint32_t, Mark>> seen;
    std::vector<std::pair<std::uint32_t, Mark>> open = {{function, Mark{node, false, false, false, 0, {}}}};
    while (!open.empty()) {
      const auto [number, mark] = open.back();
      open.pop_back();
      if (!seen.insert({number, mark}).second) continue;
      const ir::Function& code = flow_.functions[number];
      std::map<std::uint32_t, std::vector<Path>> here;
      here[0].push_back({mark, std::vector<std::uint32_t>(code.regs.size())});
      while (!here.empty()) {
        auto entry = here.extract(here.begin());
        const ir::Block& block = code.blocks[order_[number][entry.key()]];
        for (Path& path : entry.mapped()) {
          work_ += block.insts.size() + path.regs.size() + flow_.info.fields.size() + 1;
          if (work_ > kWorkMax) refuse("it takes too much work to check");
          if (!problem_.empty()) return;
          if (!std::ranges::all_of(block.insts, [&](const auto& inst) { return execute(inst, path, event); })) continue;
          if (block.term.kind == Term::tail) open.emplace_back(block.term.function, path.mark);
          if (block.term.kind == Term::rest || block.term.kind == Term::finish)
            stop(block.term.kind, path.mark, event, out);
          for (const std::uint32_t to : ways(block.term, path)) {
            std::vector<Path>& others = here[rank_[number][to]];
            const auto same = std::ranges::find(others, path.mark, &Path::mark);
            if (same == others.end()) {
              others.push_back(path);
              continue;
            }
            for (std::size_t i = 0; i < path.regs.size(); ++i)
              if (same->regs[i] != path.regs[i]) same->regs[i] = 0;
          }
        }
      }
    }
  }

  std::vector<std::uint32_t> ways(const ir::Terminator& term, const Path& path) const {
    if (term.kind != Term::branch && term.kind != Term::switch_) return term.blocks;
    const Value& value = values_[path.regs[term.a]];
    if (term.kind == Term::branch) {
      const auto told = truth(value);
      return told ? std::vector{term.blocks[*told ? 0 : 1]} : term.blocks;
    }
    if (value.state == Value::other) return {term.blocks.back()};
    if (value.state != Value::known) return term.blocks;
    const auto place = std::ranges::find(term.cases, value.value.scalar) - term.cases.begin();
    return {term.blocks[static_cast<std::size_t>(place)]};
  }

  void stop(Term kind, const Mark& mark, const Event& event, std::vector<Arrow>& out) {
    Arrow arrow = event.base;
    arrow.to = mark.node;
    arrow.ends = kind == Term::finish;
    arrow.enters = mark.entered;
    arrow.sends = mark.sends;
    if (!arrow.ends && event.kind == EventKind::start && !(mark.began && mark.entered)) refuse("it does not begin");
    if (!arrow.ends && arrow.timer == 0) refuse("an execution goes on after `expires`");
    for (std::size_t i = 0; i < arrow.to.timers.size(); ++i) {
      Due& due = arrow.to.timers[i];
      const bool fresh = (mark.armed >> i & 1U) != 0;
      if (due.least < 0 || fresh == mark.entered) continue;
      if (fresh)
        due = {later(due.least, arrow.least), later(due.most, arrow.most)};
      else
        due = {std::max<std::int64_t>(0, due.least - arrow.most), due.most == kNever ? kNever : due.most - arrow.least};
    }
    out.push_back(std::move(arrow));
  }

  bool refuse(const char* why) {
    if (problem_.empty()) problem_ = why;
    return false;
  }

  // False: the way ends here, or cannot be followed.
  bool execute(const ir::Inst& inst, Path& path, const Event& event) {
    if (ir::info(inst.op).change != ir::Change::none) return change(inst, path, event);
    path.regs[inst.dst] = values_.number(pure(inst, path, event));
    return true;
  }

  void give(Path& path, const ir::Inst& inst, std::int64_t result) {
    path.regs[inst.dst] = values_.number(make(Value::known, result));
  }

  void set(Node& node, std::size_t field, const Value& value) {
    std::vector<std::uint32_t> fields = fields_[node.fields];
    fields[field] = values_.number(value);
    node.fields = fields_.number(fields);
  }

  void leave_message(Node& node) const {
    if (node.site >= 0 && node.status < kDelivered) more(node.late_delivered);
    if (node.site >= 0 && node.status < kRead && reports_read(node.site)) more(node.late_read);
    node.site = -1;
    node.status = 0;
    node.failed = false;
  }

  bool change(const ir::Inst& inst, Path& path, const Event& event) {
    Node& node = path.mark.node;
    const auto place = static_cast<std::size_t>(inst.imm);
    switch (inst.op) {
      case Op::store: {
        const Value& value = values_[path.regs[inst.a]];
        const bool kept = value.state != Value::unknown && value.state != Value::instant;
        set(node, place, kept ? value : make(Value::some));
        return true;
      }
      case Op::clear:
        set(node, place, make(Value::absent));
        return true;
      case Op::forget:
        for (std::size_t i = 0; i < flow_.info.fields.size(); ++i)
          if (flow_.info.fields[i].role == program::FieldRole::variable) set(node, i, make(Value::absent));
        return true;
      case Op::timer_take:
      case Op::operation_take:
      case Op::receipt: {
        const bool receipt = inst.op == Op::receipt;
        const bool timer = inst.op == Op::timer_take;
        if (event.kind != (receipt ? EventKind::receipt
                           : timer ? EventKind::timer
                                   : EventKind::result) ||
            path.mark.taken)
          return refuse("an event is taken for another, or twice");
        path.mark.taken = true;
        give(path, inst, timer ? event.base.timer : event.bits);
        if (timer) node.timers[static_cast<std::size_t>(event.base.timer)] = {};
        if (!receipt && !timer) node.operation = -1;
        if (!receipt) return true;
        node.status = event.after.status;
        node.failed = event.after.failed;
        node.late_delivered = event.after.late_delivered;
        node.late_read = event.after.late_read;
        return true;
      }
      case Op::take_values:
        for (const program::OperationRead& read : flow_.info.operations[place].reads) set(node, read.field, {});
        return true;
      case Op::request:
        node.operation = static_cast<std::int32_t>(inst.imm);
        return true;
      case Op::begin:
        path.mark.began = true;
        return event.kind == EventKind::start || refuse("an execution begins twice");
      case Op::enter:
        node.step = static_cast<std::int32_t>(inst.imm);
        path.mark.entered = true;
        return node.step != goal_;
      case Op::arm:
      case Op::disarm: {
        const Value value = inst.op == Op::arm ? values_[path.regs[inst.a]] : Value{};
        const std::int64_t in = std::max<std::int64_t>(0, value.value.scalar);
        node.timers[place] = value.state == Value::instant ? Due{in, in} : inst.op == Op::arm ? Due{0, kNever} : Due{};
        path.mark.armed |= 1U << place;
        return inst.imm != 0 || refuse("it sets `expires`");
      }
      case Op::leave:
        leave_message(node);
        node.operation = -1;
        node.timers.fill({});
        // Where the report of a sent message leads, something got through.
        return !goal_ || event.kind != EventKind::receipt || (event.bits & program::kReceiptSent) == 0;
      case Op::send:
        leave_message(node);
        node.site = static_cast<std::int32_t>(inst.imm);
        path.mark.sends.push_back(static_cast<std::uint32_t>(inst.imm));
        return true;
      case Op::late:
        return true;
      case Op::count: {
        std::vector<std::uint32_t> counters = counters_[node.counters];
        const Value& limit = values_[path.regs[inst.b]];
        if (limit.state != Value::known) return refuse("the limit of a count is no constant");
        const bool counts = counters[place] < limit.value.scalar;
        give(path, inst, counts ? 1 : 0);
        counters[place] += counts ? 1 : 0;
        node.counters = counters_.number(counters);
        return true;
      }
      case Op::fire: {
        const bool fires = (node.fired >> inst.imm & 1U) == 0;
        give(path, inst, fires ? 1 : 0);
        node.fired |= std::uint64_t{1} << inst.imm;
        return !goal_ || !fires;
      }
      default:
        return refuse("it has an instruction that certificates do not cover");
    }
  }

  Value pure(const ir::Inst& inst, const Path& path, const Event& event) const {
    const auto place = static_cast<std::size_t>(inst.imm);
    const Value& a = values_[inst.a == ir::kNoReg ? 0 : path.regs[inst.a]];
    const Value& b = values_[inst.b == ir::kNoReg ? 0 : path.regs[inst.b]];
    switch (inst.op) {
      case Op::load:
      case Op::present: {
        const Value& field = values_[fields_[path.mark.node.fields][place]];
        if (inst.op == Op::load) return field.state == Value::absent || field.state == Value::some ? Value{} : field;
        return field.state == Value::unknown ? Value{} : make(Value::known, field.state == Value::absent ? 0 : 1);
      }
      case Op::event_kind:
        return make(Value::known, static_cast<std::int64_t>(event.kind));
      case Op::event_signal:
        return event.kind == EventKind::signal ? make(Value::known, event.signal) : Value{};
      case Op::event_at:
        return make(Value::instant);
      case Op::region_of:
      case Op::calling_code_of: {
        if (a.state != Value::phone) return {};
        const Kind& kind = kinds_[static_cast<std::size_t>(a.value.scalar)];
        const std::int64_t told = inst.op == Op::region_of ? kind.region : kind.code;
        if (told < 0) return make(Value::other, kind.allowed ? 1 : 0);
        return told == 0 && inst.op == Op::calling_code_of ? Value{} : make(Value::known, told);
      }
      default:
        break;
    }
    if (inst.op == Op::number_add && a.state == Value::instant && b.state == Value::known)
      return make(Value::instant, later(b.value.scalar, a.value.scalar));
    if (inst.op == Op::region_allowed && a.state == Value::other)
      return make(Value::known, flow_.info.allowed_regions.empty() ? 1 : a.value.scalar);
    // An integer that the IR does not name differs from each that it does.
    const bool differ = (a.state == Value::other && b.state == Value::known && named_.contains(b.value.scalar)) ||
                        (b.state == Value::other && a.state == Value::known && named_.contains(a.value.scalar));
    if (differ && (inst.op == Op::int_equal || inst.op == Op::int_not_equal))
      return make(Value::known, inst.op == Op::int_equal ? 0 : 1);
    std::vector<ir::Reg> regs = inst.list;
    if (inst.b != ir::kNoReg) regs.insert(regs.begin(), inst.b);
    if (inst.a != ir::kNoReg) regs.insert(regs.begin(), inst.a);
    std::vector<ir::Constant> operands;
    for (const ir::Reg reg : regs) {
      const Value& operand = values_[path.regs[reg]];
      if (operand.state != Value::known) return {};
      operands.push_back(operand.value);
    }
    const auto folded = ir::fold(flow_, inst, operands);
    return folded ? Value{Value::known, *folded} : Value{};
  }

  const ir::Flow& flow_;
  const std::optional<std::int32_t> goal_;
  std::set<std::int64_t> named_;       // every constant of the IR
  std::set<std::int64_t> told_apart_;  // fields that hold numbers whose region may matter
  std::vector<Kind> kinds_;
  std::vector<std::vector<std::uint32_t>> order_;  // by function: blocks, each after all that lead to it
  std::vector<std::vector<std::uint32_t>> rank_;   // the other way round
  Pool<std::vector<std::uint32_t>> counters_;
  Pool<Value> values_;  // the first: unknown
  Pool<std::vector<std::uint32_t>> fields_;
  std::size_t& work_;
  std::string problem_;
};

}  // namespace

Numbers all_numbers() {
  Numbers result;
  for (const std::uint32_t code : numbers::calling_codes())
    for (const std::string& region : numbers::regions_of_calling_code(code))
      result.emplace_back((std::int64_t{region[0]} << 8) | region[1], code * limits::kNumberScale);
  return result;
}

std::unique_ptr<Machine> make_machine(const ir::Flow& flow, const Numbers& numbers, std::optional<std::int32_t> goal,
                                      std::size_t& work) {
  return std::make_unique<AbstractMachine>(flow, numbers, goal, work);
}

}  // namespace flow::certificate
