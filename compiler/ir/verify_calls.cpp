#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include "compiler/ir/op_info.h"
#include "compiler/ir/verify_internal.h"

namespace flow::ir {
namespace {

// What is known where a block begins: whether something was changed on the way, and which results that tell so have
// not been looked at yet.
constexpr std::size_t kOpenResultsMax = 8;  // more of them at once count as changed

struct Trace {
  struct Result {
    Reg reg : 31 = 0;   // limits::kIrFunctionBitsMax keeps registers below that
    Reg taken : 1 = 0;  // of timer_take, operation_take: -1 says that nothing changed; of the others 0 does

    friend bool operator==(const Result&, const Result&) = default;
  };
  bool reached = false;
  bool counted_only = true;  // every way here leads over a `count` that still counted
  bool changed = false;
  std::array<Result, kOpenResultsMax> results{};
  std::uint32_t count = 0;

  std::span<const Result> open() const { return {results.data(), count}; }
};

void add_open(Trace& trace, Trace::Result result) {
  if (std::ranges::find(trace.open(), result) != trace.open().end()) return;
  if (trace.count == kOpenResultsMax)
    trace.changed = true;
  else
    trace.results[trace.count++] = result;
}

void join(Trace& into, const Trace& from) {
  into.reached = true;
  into.counted_only = into.counted_only && from.counted_only;
  into.changed = into.changed || from.changed;
  for (const auto& result : from.open()) add_open(into, result);
}

std::optional<Trace::Result> take_open(Trace& trace, Reg reg) {
  for (std::size_t i = 0; i < trace.count; ++i) {
    if (trace.results[i].reg != reg) continue;
    const Trace::Result result = trace.results[i];
    std::copy(trace.results.begin() + i + 1, trace.results.begin() + trace.count, trace.results.begin() + i);
    --trace.count;
    return result;
  }
  return std::nullopt;
}

void follow(Trace& trace, const Inst& inst) {
  const OpInfo& op = info(inst.op);
  if (op.dst != Operand::none && take_open(trace, inst.dst)) trace.changed = true;  // never looked at
  if (op.change == Change::always) trace.changed = true;
  if (op.change == Change::sometimes) {
    const bool taken = inst.op == Op::timer_take || inst.op == Op::operation_take;
    add_open(trace, {inst.dst & 0x7FFF'FFFF, taken ? 1U : 0U});
  }
}

// The count whose result the block's end branches on, if any: its first way still counts.
bool ends_in_count(const Block& block) {
  if (block.term.kind != Term::branch) return false;
  for (std::size_t i = block.insts.size(); i-- > 0;)
    if (block.insts[i].dst == block.term.a) return block.insts[i].op == Op::count;
  return false;
}

// What a block's condition says about the results, on way number `way` out of it. REQUIRES: it has more than one.
Trace along(const Block& block, std::size_t way, Trace trace) {
  const Terminator& term = block.term;
  if (way == 0 && ends_in_count(block)) trace.counted_only = true;
  const auto result = take_open(trace, term.a);
  if (!result) return trace;
  const std::int64_t nothing = result->taken ? -1 : 0;
  const bool other_ways = term.kind == Term::branch ? way == 0 : way == term.cases.size();
  if (!other_ways) {
    const std::int64_t value = term.kind == Term::branch ? 0 : term.cases[way];
    if (value != nothing) trace.changed = true;
  } else if (term.kind == Term::branch ||
             std::find(term.cases.begin(), term.cases.end(), nothing) != term.cases.end()) {
    trace.changed = true;
  } else {
    add_open(trace, *result);
  }
  return trace;
}

bool may_have_changed(const Trace& trace) {
  return trace.changed || trace.count > 0;
}

}  // namespace

class CallVerifier::Work {
 public:
  explicit Work(const Flow& flow) : flow_(flow) {
    notes_.reserve(flow.functions.size() + 1);
    notes_.emplace_back();
  }

  // Follows the events through the function as if nothing had been changed before it. Where something had, it has
  // everywhere: then each `ignore` is wrong, and each call comes after a change.
  void add(const std::vector<std::uint32_t>& order) {
    const Function& function = flow_.functions[notes_.size() - 1];
    Note& note = notes_.back();
    traces_.assign(function.blocks.size(), Trace{});
    traces_[0].reached = true;
    traces_[0].counted_only = false;
    for (std::uint32_t b : order) {
      Trace& trace = traces_[b];  // no way leads back to it
      const Block& block = function.blocks[b];
      for (const Inst& inst : block.insts) follow(trace, inst);
      const Term kind = block.term.kind;
      if (kind == Term::ignore) {
        if (note.ignores == kNone) note.ignores = b;
        if (note.wrong == kNone && may_have_changed(trace)) note.wrong = b;
      }
      if (kind == Term::tail) calls_.push_back({block.term.function, may_have_changed(trace), trace.counted_only});
      if (kind == Term::jump) join(traces_[block.term.blocks[0]], trace);
      if (kind != Term::branch && kind != Term::switch_) continue;
      for (std::size_t way = 0; way < block.term.blocks.size(); ++way)
        join(traces_[block.term.blocks[way]], along(block, way, trace));
    }
    notes_.push_back({static_cast<std::uint32_t>(calls_.size()), kNone, kNone});
  }

  Status verify() {
    entries_.assign(flow_.functions.size(), Entry{});
    enter(flow_.start, false);
    enter(flow_.ended, false);
    for (std::int32_t function : flow_.handle)
      if (function >= 0) enter(static_cast<std::uint32_t>(function), false);
    while (!open_.empty() && status_) {
      const std::uint32_t function = open_.back();
      open_.pop_back();
      leave(function);
    }
    // What nothing calls must keep the rules, too: an engine may compile it.
    for (std::uint32_t i = 0; i < entries_.size() && status_; ++i)
      if (!entries_[i].reached) leave(i);
    if (status_) check_cycles();
    if (status_) check_ended();
    return status_;
  }

 private:
  static constexpr std::uint32_t kNone = UINT32_MAX;
  struct Call {
    std::uint32_t function;
    bool changed;  // something may have been, in the function that calls
    bool counted;  // every way to it leads over a `count` that still counted
  };
  // Of a function; its calls end where those of the next begin.
  struct Note {
    std::uint32_t first_call = 0;
    std::uint32_t ignores = kNone;  // the first block that does
    std::uint32_t wrong = kNone;    // the first that does after a change
  };
  struct Entry {
    bool reached = false;
    bool changed = false;
  };

  std::span<const Call> calls_of(std::uint32_t function) const {
    return std::span(calls_).subspan(notes_[function].first_call,
                                     notes_[function + 1].first_call - notes_[function].first_call);
  }

  void enter(std::uint32_t function, bool changed) {
    Entry& entry = entries_[function];
    if (entry.reached && (entry.changed || !changed)) return;
    entry.reached = true;
    entry.changed = entry.changed || changed;
    open_.push_back(function);
  }

  void leave(std::uint32_t function) {
    const bool changed = entries_[function].changed;
    const std::uint32_t wrong = changed ? notes_[function].ignores : notes_[function].wrong;
    if (wrong != kNone) {
      status_ = fail(ErrorCode::invalid_argument, "function `{}`: b{} ignores an event that may have changed something",
                     flow_.functions[function].name, wrong);
      return;
    }
    for (const Call& call : calls_of(function)) enter(call.function, changed || call.changed);
  }

  // Depth first over the calls that count nothing.
  void check_cycles() {
    enum : std::uint8_t { unseen, on_the_way, done };
    std::vector<std::uint8_t> marks(flow_.functions.size(), unseen);
    for (std::uint32_t root = 0; root < marks.size(); ++root) {
      if (marks[root] != unseen) continue;
      std::vector<std::pair<std::uint32_t, std::size_t>> way = {{root, 0}};
      marks[root] = on_the_way;
      while (!way.empty()) {
        auto& [function, next] = way.back();
        if (next == calls_of(function).size()) {
          marks[function] = done;
          way.pop_back();
          continue;
        }
        const Call& call = calls_of(function)[next++];
        if (call.counted) continue;
        const std::uint32_t callee = call.function;
        if (marks[callee] == on_the_way) {
          status_ = fail(ErrorCode::invalid_argument, "function `{}` calls itself without a count",
                         flow_.functions[callee].name);
          return;
        }
        if (marks[callee] == unseen) {
          marks[callee] = on_the_way;
          way.emplace_back(callee, 0);
        }
      }
    }
  }

  static bool changes_the_ended(const Block& block) {
    for (const Inst& inst : block.insts) {
      const bool harmless = inst.op == Op::receipt || inst.op == Op::late || info(inst.op).change == Change::none;
      if (!harmless) return true;
    }
    return block.term.kind == Term::finish;
  }

  void check_ended() {
    std::vector<bool> seen(flow_.functions.size(), false);
    std::vector<std::uint32_t> open = {flow_.ended};
    seen[flow_.ended] = true;
    while (!open.empty()) {
      const Function& function = flow_.functions[open.back()];
      open.pop_back();
      for (const Block& block : function.blocks) {
        if (changes_the_ended(block)) {
          status_ =
              fail(ErrorCode::invalid_argument, "function `{}` changes an execution that has ended", function.name);
          return;
        }
        if (block.term.kind != Term::tail || seen[block.term.function]) continue;
        seen[block.term.function] = true;
        open.push_back(block.term.function);
      }
    }
  }

  const Flow& flow_;
  std::vector<Note> notes_;  // one more than functions
  std::vector<Call> calls_;
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> open_;
  std::vector<Trace> traces_;  // by block, of the function that is added
  Status status_;
};

CallVerifier::CallVerifier(const Flow& flow) : work_(std::make_unique<Work>(flow)) {}
CallVerifier::~CallVerifier() = default;

void CallVerifier::add(const std::vector<std::uint32_t>& order) {
  work_->add(order);
}

Status CallVerifier::verify() {
  return work_->verify();
}

}  // namespace flow::ir
