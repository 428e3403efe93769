#include "compiler/certificate/machine.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/limits.h"
#include "compiler/ir/fold.h"
#include "compiler/ir/op_info.h"
#include "numbers/numbers.h"
#include "runtime/program/functions.h"
#include "runtime/program/text.h"

namespace flow::certificate {
namespace {

using ir::Op;
using ir::Term;
using program::EventKind;
using program::kNever;

constexpr auto kDelivered = static_cast<std::int32_t>(program::Receipt::delivered);
constexpr auto kRead = static_cast<std::int32_t>(program::Receipt::read);
constexpr std::int64_t kNextTimeMsMax = 49LL * 3'600'000;  // a day of two, and a change of the zone's offset

// What stands for scalars in Value::each.
constexpr std::int64_t kAny = INT64_MIN;
constexpr std::int64_t kOpen = INT64_MIN + 1;    // a region that the IR does not name and that is allowed,
constexpr std::int64_t kClosed = INT64_MIN + 2;  // that is not
constexpr std::int64_t kOther = INT64_MIN + 3;   // a calling code that it does not name

// Of a register or a field.
struct Value {
  enum State : std::uint8_t {
    unknown,  // a field: absent, too
    absent,
    some,     // present, its value unknown
    known,    // value
    instant,  // the event's time and from value.scalar to `most` ms
    phone,    // the input of field value.scalar
    derived,  // from that input: a scalar for each kind of number
    set,      // of kinds of numbers
    maybe,    // whether what is forgotten happened: value.scalar as Arrow::counted has it
  };
  State state = unknown;
  ir::Constant value;
  std::int64_t most = 0;
  std::vector<std::int64_t> each;
  friend auto operator<=>(const Value&, const Value&) = default;
};
Value make(Value::State state, std::int64_t scalar = 0, std::int64_t most = 0) {
  return {state, {scalar, {}}, most, {}};
}

std::int64_t later(std::int64_t a, std::int64_t b) {
  return b > 0 && a >= kNever - b ? kNever : a + b;
}

// Equal values get equal numbers.
class Pool {
 public:
  std::uint32_t number(const Value& value) {
    const auto [place, fresh] = numbers_.try_emplace(value, static_cast<std::uint32_t>(values_.size()));
    if (fresh) values_.push_back(&place->first);
    return place->second;
  }
  const Value& operator[](std::uint32_t number) const { return *values_[number]; }

 private:
  std::map<Value, std::uint32_t> numbers_;
  std::vector<const Value*> values_;
};

struct Event {
  EventKind kind{};
  std::int32_t timer = -1;
  std::int64_t least = 0;  // since the step was entered
  std::int64_t most = 0;
  std::int32_t what = 0;  // of a receipt: its bits; of a signal or a result: which
  Messages after;         // what a receipt makes of the messages
};

// What a way did so far; registers are of its function, their values in the machine's pool.
struct Mark {
  Arrow arrow;
  bool began = false;
  bool taken = false;       // the event was looked at
  std::uint32_t armed = 0;  // timers, by this event
  friend auto operator<=>(const Mark&, const Mark&) = default;
};
struct Path {
  Mark mark;
  std::vector<std::uint32_t> regs;
};

class AbstractMachine final : public Machine {
 public:
  AbstractMachine(const ir::Flow& flow, const Numbers& numbers, std::optional<std::int32_t> goal, Forget forget,
                  std::size_t& work)
      : flow_(flow), goal_(goal), forget_(forget), limits_(flow.info.counters + flow.info.handlers, 1), work_(work) {
    pool_.number({});
    for (const ir::Function& function : flow.functions) {
      std::vector<std::uint32_t> leading(function.blocks.size(), 0);
      std::vector<std::uint32_t> order = {0};
      for (const ir::Block& block : function.blocks) {
        for (const std::uint32_t to : block.term.blocks) ++leading[to];
        for (const ir::Inst& inst : block.insts)
          if (inst.op == Op::const_int) named_.insert(inst.imm);
        named_.insert(block.term.cases.begin(), block.term.cases.end());
      }
      for (std::size_t i = 0; i < order.size(); ++i)
        for (const std::uint32_t to : function.blocks[order[i]].term.blocks)
          if (--leading[to] == 0) order.push_back(to);
      std::vector<std::uint32_t>& rank = rank_.emplace_back(function.blocks.size());
      for (std::uint32_t i = 0; i < order.size(); ++i) rank[order[i]] = i;
      order_.push_back(std::move(order));
    }
    std::set<std::pair<std::int64_t, std::int64_t>> kinds;
    for (const auto& [region, code] : numbers)
      kinds.emplace(named_.contains(region)   ? region
                    : is_allowed(region) != 0 ? kOpen
                                              : kClosed,
                    named_.contains(code) ? code : kOther);
    kinds_ = {{kAny, kAny}, {0, kAny}};  // absent; a number of no region
    kinds_.insert(kinds_.end(), kinds.begin(), kinds.end());
  }

  const std::vector<std::int64_t>& limits() const override { return limits_; }

  Result<std::vector<Arrow>> start() override {
    Node node;
    node.counters.resize(flow_.info.counters);
    for (const program::FieldInfo& field : flow_.info.fields) {
      const bool input = field.role == program::FieldRole::input;
      Value value = make(!input ? Value::absent : field.optional ? Value::unknown : Value::some);
      Value number;
      if (input && field.type == program::ValueType::phone) {
        value = make(Value::phone, static_cast<std::int64_t>(node.fields.size()));
        number = make(Value::set);
        number.each.assign(kinds_.size(), 1);
        number.each[0] = field.optional ? 1 : 0;
      }
      node.fields.push_back(pool_.number(value));
      node.numbers.push_back(pool_.number(number));
    }
    std::vector<Arrow> out;
    run(flow_.start, node, Event{}, out);
    return done(std::move(out));
  }

  Result<std::vector<Arrow>> expand(const Node& node) override {
    Event event;
    event.most = kNever;
    for (const Due& due : node.timers)
      if (due.least >= 0) event.most = std::min(event.most, due.most);
    std::vector<Event> events;
    event.kind = EventKind::receipt;
    receipts(node.messages, event, events);
    const auto each = [&](EventKind kind, std::int32_t from, std::size_t to) {
      event.kind = kind;
      for (event.what = from; event.what < static_cast<std::int32_t>(to); ++event.what) events.push_back(event);
    };
    each(EventKind::signal, -1, flow_.info.signals.size());
    if (!goal_) each(EventKind::reply, 0, 1);  // who replies was reached
    // A result may have an outcome that the operation does not.
    if (node.operation >= 0)
      each(EventKind::result, 0, flow_.info.operations[static_cast<std::size_t>(node.operation)].outcomes.size() + 1);
    event.kind = EventKind::timer;
    for (std::size_t timer = 0; timer < node.timers.size(); ++timer) {
      const Due due = timer == 0 ? Due{0, kNever} : node.timers[timer];
      bool first = due.least >= 0;
      for (std::size_t i = 1; i < node.timers.size() && timer != 0; ++i) {
        const Due& rival = node.timers[i];
        if (rival.least >= 0 && (rival.most < due.least || (rival.most == due.least && i < timer))) first = false;
      }
      event.timer = static_cast<std::int32_t>(timer);
      event.least = due.least;
      if (first) events.push_back(event);
    }
    const std::int32_t function = flow_.handle[static_cast<std::size_t>(node.step)];
    if (function < 0) refuse("an execution rests in a step that handles nothing");
    std::vector<Arrow> out;
    for (const Event& one : events)
      if (problem_.empty()) run(static_cast<std::uint32_t>(function), node, one, out);
    return done(std::move(out));
  }

 private:
  Result<std::vector<Arrow>> done(std::vector<Arrow> arrows) const {
    if (!problem_.empty()) return fail(ErrorCode::invalid_argument, "{}", problem_);
    return arrows;
  }

  bool refuse(const char* why) {
    if (problem_.empty()) problem_ = why;
    return false;
  }

  // Of a region as in `each`.
  std::int64_t is_allowed(std::int64_t region) const {
    const auto& allowed = flow_.info.allowed_regions;
    if (allowed.empty() || region == kOpen) return 1;
    if (region == kAny || region == kOther) return kAny;
    return region == kClosed || std::ranges::count(allowed, program::region_text(region)) == 0 ? 0 : 1;
  }

  bool reports_read(std::int32_t site) const {
    const ir::SendSite& send = flow_.sends[static_cast<std::size_t>(site)];
    return program::reports_read(flow_.info.channels[send.channel].kind);
  }
  // As many late messages as there are handlers are as good as more.
  void more(std::uint8_t& count) const { count += count < flow_.info.handlers ? 1 : 0; }
  void fewer(std::uint8_t& count) const { count -= count < flow_.info.handlers ? 1 : 0; }

  void receipts(const Messages& now, const Event& base, std::vector<Event>& out) const {
    const auto add = [&](std::int32_t bits) -> Messages& {
      Event& event = out.emplace_back(base);
      event.what = bits;
      event.after = now;
      return event.after;
    };
    if (now.site >= 0) {
      constexpr std::int32_t kCurrent = program::kReceiptCurrent;
      if (now.status < kDelivered && !now.failed) add(kCurrent | program::kReceiptFailed).failed = true;
      for (std::int32_t level = now.status + 1, bits = kCurrent; level <= kRead; ++level) {
        bits |= 1 << level;
        if (goal_ ? level < kDelivered : level < kRead || reports_read(now.site)) add(bits).status = level;
      }
    }
    if (goal_) return;
    const bool all = flow_.info.handlers == 0 || forget_ == Forget::values;
    const bool delivers = all || now.late_delivered > 0;
    const bool reads = all || now.late_read > 0;
    if (reads) fewer(add(program::kReceiptRead).late_read);
    if (!delivers) return;
    add(program::kReceiptFailed);
    add(program::kReceiptAccepted);
    for (const std::int32_t low : {0, +program::kReceiptSent, program::kReceiptSent | program::kReceiptAccepted}) {
      if (low != 0) add(low);
      fewer(add(low | program::kReceiptDelivered).late_delivered);
      if (!reads) continue;
      Messages& after = add(low | program::kReceiptDelivered | program::kReceiptRead);
      fewer(after.late_delivered);
      fewer(after.late_read);
    }
  }

  // Blocks in order, so that ways which did the same join: what they do not know alike is unknown from there on.
  void run(std::uint32_t function, const Node& node, const Event& event, std::vector<Arrow>& out) {
    std::set<std::pair<std::uint32_t, Mark>> seen;
    std::vector<std::pair<std::uint32_t, Mark>> open(1, {function, {}});
    Arrow& begun = open[0].second.arrow;
    begun.to = node;
    begun.timer = event.timer;
    begun.least = event.least;
    begun.most = event.most;
    if (event.timer == static_cast<std::int32_t>(program::Timer::undelivered)) begun.gave_up = node.messages.site;
    while (!open.empty()) {
      const auto [number, mark] = open.back();
      open.pop_back();
      if (!seen.emplace(number, mark).second) continue;
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
          for (std::size_t way = 0; way < block.term.blocks.size(); ++way)
            if (Path next = path; leads(block.term, way, next)) join(here[rank_[number][block.term.blocks[way]]], next);
        }
      }
    }
  }

  static void join(std::vector<Path>& others, const Path& path) {
    const auto same = std::ranges::find(others, path.mark, &Path::mark);
    if (same == others.end()) return others.push_back(path);
    for (std::size_t i = 0; i < path.regs.size(); ++i)
      if (same->regs[i] != path.regs[i]) same->regs[i] = 0;
  }

  // Whether the path goes that way out of its block; then it knows which numbers do.
  bool leads(const ir::Terminator& term, std::size_t way, Path& path) {
    if (term.kind == Term::jump) return true;
    const Value& value = pool_[path.regs[term.a]];
    const auto goes = [&](std::int64_t scalar) {
      const auto place = std::ranges::find(term.cases, scalar) - term.cases.begin();
      return way == (term.kind == Term::branch ? (scalar != 0 ? 0U : 1U) : static_cast<std::size_t>(place));
    };
    if (value.state == Value::known) return goes(value.value.scalar);
    if (value.state == Value::maybe && goes(1)) {
      path.mark.arrow.counted.push_back(static_cast<std::uint32_t>(value.value.scalar));
      if (value.value.scalar >= flow_.info.counters) path.mark.arrow.fires = true;
    }
    if (value.state == Value::maybe) path.regs[term.a] = pool_.number(make(Value::known, goes(1) ? 1 : 0));
    if (value.state != Value::derived) return !goal_ || !path.mark.arrow.fires;
    std::uint32_t& number = path.mark.arrow.to.numbers[static_cast<std::size_t>(value.value.scalar)];
    Value left = pool_[number];
    for (std::size_t i = 0; i < kinds_.size(); ++i)
      if (value.each[i] != kAny && !goes(value.each[i])) left.each[i] = 0;
    number = pool_.number(left);
    return std::ranges::count(left.each, 0) < static_cast<std::ptrdiff_t>(kinds_.size());
  }

  void stop(Term kind, const Mark& mark, const Event& event, std::vector<Arrow>& out) {
    Arrow& arrow = out.emplace_back(mark.arrow);
    arrow.ends = kind == Term::finish;
    if (arrow.ends) return;
    if (event.kind == EventKind::start && !(mark.began && arrow.enters)) refuse("it does not begin");
    if (arrow.timer == 0) refuse("an execution goes on after `expires`");
    for (std::size_t i = 0; i < arrow.to.timers.size(); ++i) {
      Due& due = arrow.to.timers[i];
      const bool fresh = (mark.armed >> i & 1U) != 0;
      if (due.least < 0 || fresh == arrow.enters) continue;
      if (fresh)
        due = {later(due.least, arrow.least), later(due.most, arrow.most)};
      else
        due = {std::max<std::int64_t>(0, due.least - arrow.most), due.most == kNever ? kNever : due.most - arrow.least};
    }
    for (std::uint32_t& field : arrow.to.fields) {
      if (pool_[field].state == Value::instant) field = pool_.number(make(Value::some));
      if (forget_ == Forget::values) field = 0;
    }
    if (forget_ != Forget::values) return;
    std::ranges::fill(arrow.to.numbers, 0);
    arrow.to.messages.late_delivered = arrow.to.messages.late_read = 0;
  }

  // False: the way ends here, or cannot be followed.
  bool execute(const ir::Inst& inst, Path& path, const Event& event) {
    if (ir::info(inst.op).change != ir::Change::none) return change(inst, path, event);
    path.regs[inst.dst] = pool_.number(pure(inst, path, event));
    return true;
  }

  void leave_message(Messages& now) const {
    if (now.site >= 0 && now.status < kDelivered) more(now.late_delivered);
    if (now.site >= 0 && now.status < kRead && reports_read(now.site)) more(now.late_read);
    now = {-1, 0, false, now.late_delivered, now.late_read};
  }

  bool change(const ir::Inst& inst, Path& path, const Event& event) {
    Mark& mark = path.mark;
    Node& node = mark.arrow.to;
    const auto place = static_cast<std::size_t>(inst.imm);
    const auto set = [&](std::size_t field, const Value& value) { node.fields[field] = pool_.number(value); };
    const auto put = [&](const Value& value) {
      path.regs[inst.dst] = pool_.number(value);
      return true;
    };
    const auto give = [&](std::int64_t result) { return put(make(Value::known, result)); };
    const auto maybe = [&](std::size_t number) { return put(make(Value::maybe, static_cast<std::int64_t>(number))); };
    switch (inst.op) {
      case Op::store: {
        const Value& value = pool_[path.regs[inst.a]];
        set(place, value.state == Value::unknown || value.state == Value::derived ? make(Value::some) : value);
        return true;
      }
      case Op::clear:
        set(place, make(Value::absent));
        return true;
      case Op::take_value:
        set(place, {});
        return true;
      case Op::take_values:
        for (const program::OperationRead& read : flow_.info.operations[place].reads) set(read.field, {});
        return true;
      case Op::forget:
        for (std::size_t i = 0; i < flow_.info.fields.size(); ++i)
          if (flow_.info.fields[i].role == program::FieldRole::variable) set(i, make(Value::absent));
        return true;
      case Op::timer_take:
      case Op::operation_take:
      case Op::receipt: {
        const EventKind kind = inst.op == Op::receipt      ? EventKind::receipt
                               : inst.op == Op::timer_take ? EventKind::timer
                                                           : EventKind::result;
        if (event.kind != kind || mark.taken) return refuse("an event is taken for another, or twice");
        mark.taken = true;
        give(kind == EventKind::timer ? event.timer : event.what);
        if (kind == EventKind::timer) node.timers[static_cast<std::size_t>(event.timer)] = {};
        if (kind == EventKind::result) node.operation = -1;
        if (kind == EventKind::receipt) node.messages = event.after;
        return true;
      }
      case Op::request:
        node.operation = static_cast<std::int32_t>(inst.imm);
        return true;
      case Op::begin:
        mark.began = true;
        return event.kind == EventKind::start || refuse("an execution begins twice");
      case Op::enter:
        node.step = static_cast<std::int32_t>(inst.imm);
        mark.arrow.enters = true;
        return node.step != goal_;
      case Op::arm:
      case Op::disarm: {
        const Value value = inst.op == Op::arm ? pool_[path.regs[inst.a]] : Value{};
        const auto in = [](std::int64_t ms) { return std::max<std::int64_t>(0, ms); };
        node.timers[place] = value.state == Value::instant ? Due{in(value.value.scalar), in(value.most)}
                             : inst.op == Op::arm          ? Due{0, kNever}
                                                           : Due{};
        mark.armed |= 1U << place;
        return inst.imm != 0 || refuse("it sets `expires`");
      }
      case Op::leave:
        leave_message(node.messages);
        node.operation = -1;
        node.timers.fill({});
        // Where the report of a sent message leads, something got through.
        return !goal_ || event.kind != EventKind::receipt || (event.what & program::kReceiptSent) == 0;
      case Op::send:
        leave_message(node.messages);
        node.messages.site = static_cast<std::int32_t>(inst.imm);
        mark.arrow.sends.push_back(static_cast<std::uint32_t>(inst.imm));
        return true;
      case Op::late:
        return true;
      case Op::count: {
        const Value& limit = pool_[path.regs[inst.b]];
        if (limit.state != Value::known) return refuse("the limit of a count is no constant");
        limits_[place] = std::max(limits_[place], limit.value.scalar);
        const bool counts = node.counters[place] < limit.value.scalar;
        give(counts ? 1 : 0);
        if (forget_ != Forget::nothing) return maybe(place);
        node.counters[place] += counts ? 1 : 0;
        return true;
      }
      case Op::fire: {
        if (forget_ != Forget::nothing) return maybe(flow_.info.counters + place);
        const bool fires = (node.fired >> inst.imm & 1U) == 0;
        give(fires ? 1 : 0);
        node.fired |= std::uint64_t{1} << inst.imm;
        mark.arrow.fires = mark.arrow.fires || fires;
        return !goal_ || !fires;
      }
      default:
        return refuse("it has an instruction that certificates do not cover");
    }
  }

  // The value that `tell` gives for each kind of number that the input of `value` may be.
  template <typename Tell>
  Value derive(const Value& value, const Tell& tell) const {
    Value result = make(Value::derived, value.value.scalar);
    for (std::size_t i = 0; i < kinds_.size(); ++i) result.each.push_back(tell(i));
    return result;
  }

  // Of what is derived from a number and perhaps a constant.
  Value derived(Op op, const Value& a, const Value* b) const {
    return derive(a, [&](std::size_t i) -> std::int64_t {
      const std::int64_t one = a.each[i];
      if (op == Op::region_allowed) return is_allowed(one);
      // What the IR does not name differs from each constant that it does.
      const bool unnamed = one == kOpen || one == kClosed || one == kOther;
      if (one == kAny || (unnamed && (b == nullptr || !named_.contains(b->value.scalar)))) return kAny;
      if (op == Op::int_not) return one == 0 ? 1 : 0;
      return (one == b->value.scalar) == (op == Op::int_equal) ? 1 : 0;
    });
  }

  Value pure(const ir::Inst& inst, const Path& path, const Event& event) const {
    const auto field = [&] { return pool_[path.mark.arrow.to.fields[static_cast<std::size_t>(inst.imm)]]; };
    std::vector<ir::Reg> regs = inst.list;
    if (inst.b != ir::kNoReg) regs.insert(regs.begin(), inst.b);
    if (inst.a != ir::kNoReg) regs.insert(regs.begin(), inst.a);
    const auto operand = [&](std::size_t i) -> const Value& { return pool_[i < regs.size() ? path.regs[regs[i]] : 0]; };
    const Value& a = operand(0);
    const Value& b = operand(1);
    switch (inst.op) {
      case Op::load:
        return field().state == Value::absent || field().state == Value::some ? Value{} : field();
      case Op::present:
        if (field().state == Value::unknown) return {};
        if (field().state == Value::phone) return derive(field(), [](std::size_t i) { return i == 0 ? 0 : 1; });
        return make(Value::known, field().state == Value::absent ? 0 : 1);
      case Op::event_kind:
        return make(Value::known, static_cast<std::int64_t>(event.kind));
      case Op::event_signal:
        return event.kind == EventKind::signal ? make(Value::known, event.what) : Value{};
      case Op::event_at:
        return make(Value::instant);
      case Op::region_of:
      case Op::calling_code_of:
        if (a.state != Value::phone) return {};
        return derive(a, [&](std::size_t i) { return inst.op == Op::region_of ? kinds_[i].first : kinds_[i].second; });
      case Op::region_allowed:
      case Op::int_not:
        if (a.state == Value::derived) return derived(inst.op, a, nullptr);
        break;
      case Op::int_equal:
      case Op::int_not_equal:
        if (a.state == Value::derived && b.state == Value::known) return derived(inst.op, a, &b);
        if (b.state == Value::derived && a.state == Value::known) return derived(inst.op, b, &a);
        break;
      case Op::number_add:
        if (a.state == Value::instant && b.state == Value::known)
          return make(Value::instant, later(a.value.scalar, b.value.scalar), later(a.most, b.value.scalar));
        break;
      case Op::call:
        if (static_cast<program::FunctionId>(inst.imm) == program::FunctionId::next_time && a.state == Value::instant)
          return make(Value::instant, a.value.scalar, later(a.most, kNextTimeMsMax));
        break;
      default:
        break;
    }
    std::vector<ir::Constant> operands;
    for (std::size_t i = 0; i < regs.size(); ++i) {
      if (operand(i).state != Value::known) return {};
      operands.push_back(operand(i).value);
    }
    const auto folded = ir::fold(flow_, inst, operands);
    return folded ? Value{Value::known, *folded, 0, {}} : Value{};
  }

  const ir::Flow& flow_;
  const std::optional<std::int32_t> goal_;
  const Forget forget_;
  std::set<std::int64_t> named_;                              // every constant of the IR
  std::vector<std::pair<std::int64_t, std::int64_t>> kinds_;  // of phone numbers: region and calling code
  std::vector<std::vector<std::uint32_t>> order_;             // by function: blocks, each after all that lead to it
  std::vector<std::vector<std::uint32_t>> rank_;              // the other way round
  std::vector<std::int64_t> limits_;
  Pool pool_;  // the first: unknown
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
                                      Forget forget, std::size_t& work) {
  return std::make_unique<AbstractMachine>(flow, numbers, goal, forget, work);
}

}  // namespace flow::certificate
