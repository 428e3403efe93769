#include "compiler/interpret/interpreter.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/limits.h"
#include "compiler/interpret/code.h"
#include "compiler/optimize/optimize.h"
#include "runtime/program/functions.h"
#include "runtime/program/inlined.h"
#include "runtime/program/intrinsics.h"
#include "runtime/program/number.h"

namespace flow::interpret {
namespace {

namespace inlined = program::inlined;
using ir::Op;
using program::FlowField;
using program::Frame;
using program::Verdict;

// Which member counts is the register's type, which the verifier has checked.
using Register = FlowValue;

// `count` values on the stack while they are few, else on the heap.
template <typename T, std::size_t kFew>
class Buffer {
 public:
  explicit Buffer(std::size_t count) {
    if (count <= kFew) return;
    many_ = std::make_unique_for_overwrite<T[]>(count);
    data_ = many_.get();
  }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  T* data() { return data_; }

 private:
  std::array<T, kFew> few_;
  std::unique_ptr<T[]> many_;
  T* data_ = few_.data();
};

constexpr std::size_t kFewRegisters = 64;
constexpr std::size_t kFewOperands = 16;

// One event's way through the code.
class Run {
 public:
  Run(const Decoded& decoded, FlowFrame* frame, const FlowEvent* event)
      : decoded_(decoded),
        frame_(frame),
        event_(event),
        registers_(decoded.registers),
        operands_(decoded.operands_max) {}

  Verdict from(std::uint32_t place) {
    for (const Instruction* next = at(place);;) {
      const Instruction& it = *next++;
      switch (it.code) {
        case number(Code::jump):
          next = at(it.a);
          break;
        case number(Code::branch):
          next = way(it, integer(it.a));
          break;
        case number(Code::bit_test_branch):
          next = way(*next, integer(it.dst) = (integer(it.a) & it.imm) != 0 ? 1 : 0);
          break;
        case number(Code::receipt_branch):
          next = way(*next, integer(it.dst) = inlined::receipt(frame_, event_));
          break;
        case number(Code::may_send_branch):
          next = way(*next, integer(it.dst) = inlined::may_send(frame_));
          break;
        case number(Code::switch_):
          next = at(choose(it));
          break;
        case number(Code::switch_near):
          next = at(near(it, integer(it.a)));
          break;
        case number(Code::event_kind_switch):
          next = at(near(*next, integer(it.dst) = event_->kind));
          break;
        case number(Code::timer_take_switch):
          next = at(near(*next, integer(it.dst) = inlined::timer_take(frame_, event_)));
          break;
        case number(Code::rest):
          return Verdict::changed;
        case number(Code::ignore):
          return Verdict::ignored;
        case number(Code::finish):
          flow_finish(frame_, it.end, static_cast<std::int32_t>(it.imm),
                      it.a == UINT32_MAX ? nullptr : &decoded_.texts[it.a]);
          return Verdict::changed;
        case number(Code::arm_in):
          if (!arm_in(it, next[0], next[1])) return trap(trapped(program::Trap::number_left_range));
          next += 2;
          break;
        default:
          if (it.code >= number(Op::event_kind) && it.code <= number(Op::forget))
            execute_effect(it);
          else if (const Outcome outcome = execute(it); outcome != Outcome::good)
            return trap(outcome);
      }
    }
  }

 private:
  // Good, or 1 + the trap.
  enum class Outcome : std::int64_t { good = 0 };

  static Outcome trapped(program::Trap trap) { return static_cast<Outcome>(program::trapped(trap)); }
  static Outcome fits_number(bool good) { return good ? Outcome::good : trapped(program::Trap::number_left_range); }
  static Outcome fits_text(std::int64_t good) {
    return good != 0 ? Outcome::good : trapped(program::Trap::text_too_long);
  }

  const Instruction* at(std::uint32_t place) const { return decoded_.code.data() + place; }
  std::int64_t& integer(std::uint32_t reg) { return registers_.data()[reg].scalar; }
  FlowText* text(std::uint32_t reg) { return &registers_.data()[reg].text; }
  FlowField& field(const Instruction& it) { return frame_->fields[it.imm]; }

  const Instruction* way(const Instruction& branch, std::int64_t value) const {
    return at(value != 0 ? branch.b : branch.dst);
  }

  std::uint32_t near(const Instruction& it, std::int64_t value) const {
    const auto place = static_cast<std::uint64_t>(value) - static_cast<std::uint64_t>(std::int64_t{it.least});
    return place < it.dst ? decoded_.near[it.b + place] : static_cast<std::uint32_t>(it.imm);
  }

  bool arm_in(const Instruction& constant, const Instruction& add, const Instruction& arm) {
    integer(constant.dst) = constant.imm;
    if (!program::number_add(integer(add.a), integer(add.b), integer(add.dst))) return false;
    inlined::arm(frame_, static_cast<std::int32_t>(arm.imm), integer(arm.a));
    return true;
  }

  std::uint32_t choose(const Instruction& it) {
    const Case* first = decoded_.cases.data() + it.b;
    const Case* last = first + it.dst;
    const std::int64_t value = integer(it.a);
    const Case* found =
        std::lower_bound(first, last, value, [](const Case& one, std::int64_t v) { return one.value < v; });
    return found != last && found->value == value ? found->to : static_cast<std::uint32_t>(it.imm);
  }

  const FlowText* gather(const Instruction& it) {
    for (std::uint32_t i = 0; i < it.b; ++i) operands_.data()[i] = *text(decoded_.operands[it.a + i]);
    return operands_.data();
  }

  Verdict trap(Outcome outcome) {
    flow_trap(frame_, static_cast<std::int32_t>(std::to_underlying(outcome) - 1));
    return Verdict::changed;
  }

  Outcome execute(const Instruction& it) {
    switch (it.code) {
      case number(Op::const_int):
        integer(it.dst) = it.imm;
        break;
      case number(Op::const_text):
        *text(it.dst) = decoded_.texts[static_cast<std::size_t>(it.imm)];
        break;
      case number(Op::load):
        integer(it.dst) = field(it).scalar;
        break;
      case number(Code::load_text):
        *text(it.dst) = field(it).text;
        break;
      case number(Op::present):
        integer(it.dst) = static_cast<std::int64_t>(field(it).present);
        break;
      case number(Op::store):
        field(it) = FlowField{integer(it.a), {"", 0}, 1};
        break;
      case number(Code::store_text):
        field(it) = FlowField{0, *text(it.a), 1};
        break;
      case number(Op::clear):
        field(it) = FlowField{0, {"", 0}, 0};
        break;
      case number(Op::number_add):
        return fits_number(program::number_add(integer(it.a), integer(it.b), integer(it.dst)));
      case number(Op::number_subtract):
        return fits_number(program::number_subtract(integer(it.a), integer(it.b), integer(it.dst)));
      case number(Op::number_multiply):
        return fits_number(program::number_multiply(integer(it.a), integer(it.b), integer(it.dst)));
      case number(Op::number_round):
        return fits_number(program::number_round(integer(it.a), integer(it.dst)));
      case number(Op::duration_in):
        return fits_number(program::duration_in(integer(it.a), it.imm, integer(it.dst)));
      case number(Op::int_equal):
        integer(it.dst) = integer(it.a) == integer(it.b) ? 1 : 0;
        break;
      case number(Op::int_not_equal):
        integer(it.dst) = integer(it.a) != integer(it.b) ? 1 : 0;
        break;
      case number(Op::int_less):
        integer(it.dst) = integer(it.a) < integer(it.b) ? 1 : 0;
        break;
      case number(Op::int_less_equal):
        integer(it.dst) = integer(it.a) <= integer(it.b) ? 1 : 0;
        break;
      case number(Op::int_not):
        integer(it.dst) = integer(it.a) == 0 ? 1 : 0;
        break;
      case number(Op::bit_test):
        integer(it.dst) = (integer(it.a) & it.imm) != 0 ? 1 : 0;
        break;
      default:
        return execute_text(it);
    }
    return Outcome::good;
  }

  Outcome execute_text(const Instruction& it) {
    switch (it.code) {
      case number(Op::text_equal):
        integer(it.dst) = flow_text_equal(text(it.a), text(it.b));
        break;
      case number(Op::text_choice):
        integer(it.dst) = flow_text_choice(&decoded_.text_choices[static_cast<std::size_t>(it.imm)], text(it.a));
        break;
      case number(Op::region_choice):
        integer(it.dst) =
            flow_region_choice(frame_, &decoded_.region_choices[static_cast<std::size_t>(it.imm)], text(it.a));
        break;
      case number(Op::text_fold_equal):
        integer(it.dst) = flow_text_fold_equal(text(it.a), text(it.b));
        break;
      case number(Op::text_contains):
        integer(it.dst) = flow_text_contains(text(it.a), text(it.b));
        break;
      case number(Op::text_fold_contains):
        integer(it.dst) = flow_text_fold_contains(text(it.a), text(it.b));
        break;
      case number(Op::text_starts):
        integer(it.dst) = flow_text_starts(text(it.a), text(it.b));
        break;
      case number(Op::text_ends):
        integer(it.dst) = flow_text_ends(text(it.a), text(it.b));
        break;
      case number(Op::text_blank):
        integer(it.dst) = flow_text_blank(text(it.a));
        break;
      case number(Op::text_lower):
        return fits_text(flow_text_lower(frame_, text(it.dst), text(it.a)));
      case number(Op::text_upper):
        return fits_text(flow_text_upper(frame_, text(it.dst), text(it.a)));
      case number(Op::text_trim):
        flow_text_trim(text(it.dst), text(it.a));
        break;
      case number(Op::text_left):
        flow_text_left(text(it.dst), text(it.a), integer(it.b));
        break;
      case number(Op::text_length):
        integer(it.dst) = flow_text_length(text(it.a));
        break;
      case number(Op::text_concat):
        return fits_text(inlined::text_concat(frame_, text(it.dst), gather(it), it.b));
      case number(Op::text_of_number):
        flow_text_of_number(frame_, text(it.dst), integer(it.a));
        break;
      case number(Op::text_of_boolean):
        flow_text_of_boolean(text(it.dst), integer(it.a));
        break;
      case number(Op::text_of_duration):
        flow_text_of_duration(frame_, text(it.dst), integer(it.a));
        break;
      case number(Op::text_of_region):
        flow_text_of_region(frame_, text(it.dst), integer(it.a));
        break;
      case number(Op::call):
        return call(it);
      case number(Op::int_given):
        integer(it.dst) = integer(it.a) != program::kAbsentScalar ? 1 : 0;
        break;
      case number(Op::text_given):
        integer(it.dst) = text(it.a)->data != nullptr ? 1 : 0;
        break;
      default:
        look_up(it);
    }
    return Outcome::good;
  }

  Outcome call(const Instruction& it) {
    std::array<FlowValue, program::kFunctionOperandsMax> operands;
    for (std::uint32_t i = 0; i < it.b; ++i) operands[i] = registers_.data()[decoded_.operands[it.a + i]];
    return static_cast<Outcome>(flow_call(frame_, it.imm, &registers_.data()[it.dst], operands.data()));
  }

  void look_up(const Instruction& it) {
    switch (it.code) {
      case number(Op::region_of):
        integer(it.dst) = flow_region_of(frame_, text(it.a));
        break;
      case number(Op::calling_code_of):
        integer(it.dst) = flow_calling_code_of(text(it.a));
        break;
      case number(Op::region_allowed):
        integer(it.dst) = flow_region_allowed(frame_, integer(it.a));
        break;
      case number(Op::bucket):
        integer(it.dst) = flow_bucket(text(it.a), text(it.b));
        break;
      default:
        FLOW_CHECK(false, "instruction {}", it.code);
    }
  }

  // Of the event, and on the execution: none of them traps.
  void execute_effect(const Instruction& it) {
    const auto imm = static_cast<std::int32_t>(it.imm);
    switch (it.code) {
      case number(Op::event_kind):
        integer(it.dst) = event_->kind;
        break;
      case number(Op::event_signal):
        integer(it.dst) = event_->signal;
        break;
      case number(Op::event_at):
        integer(it.dst) = event_->at_ms;
        break;
      case number(Op::event_seed):
        integer(it.dst) = std::int64_t{event_->seed} * limits::kNumberScale;
        break;
      case number(Op::timer_take):
        integer(it.dst) = inlined::timer_take(frame_, event_);
        break;
      case number(Op::receipt):
        integer(it.dst) = inlined::receipt(frame_, event_);
        break;
      case number(Op::operation_take):
        integer(it.dst) = inlined::operation_take(frame_, event_);
        break;
      case number(Op::event_text):
        inlined::event_text(text(it.dst), event_, static_cast<std::int32_t>(it.imm));
        break;
      case number(Op::take_value):
        flow_take_value(frame_, event_, static_cast<std::uint32_t>(it.imm), integer(it.a));
        break;
      case number(Op::take_values):
        flow_take_values(frame_, event_, static_cast<std::uint32_t>(it.imm));
        break;
      case number(Op::may_request):
        integer(it.dst) = inlined::may_request(frame_);
        break;
      case number(Op::request):
        inlined::request(frame_, static_cast<std::uint32_t>(it.imm), gather(it), it.b);
        break;
      case number(Op::launch):
        inlined::launch(frame_, static_cast<std::uint32_t>(it.imm), gather(it), it.b);
        break;
      case number(Op::may_send):
        integer(it.dst) = inlined::may_send(frame_);
        break;
      case number(Op::begin):
        inlined::begin(frame_, event_);
        break;
      case number(Op::enter):
        inlined::enter(frame_, event_, imm);
        break;
      case number(Op::arm):
        inlined::arm(frame_, imm, integer(it.a));
        break;
      case number(Op::disarm):
        inlined::disarm(frame_, imm);
        break;
      case number(Op::leave):
        inlined::leave(frame_);
        break;
      case number(Op::send):
        inlined::send(frame_, &decoded_.sends[static_cast<std::size_t>(it.imm)], gather(it), it.b);
        break;
      case number(Op::late):
        inlined::late(frame_, event_);
        break;
      case number(Op::count):
        integer(it.dst) = inlined::count(frame_, static_cast<std::uint32_t>(it.imm), integer(it.b));
        break;
      case number(Op::fire):
        integer(it.dst) = inlined::fire(frame_, static_cast<std::uint32_t>(it.imm));
        break;
      case number(Op::forget):
        flow_forget(frame_);
        break;
      default:
        FLOW_CHECK(false, "instruction {}", it.code);
    }
  }

  const Decoded& decoded_;
  FlowFrame* frame_;
  const FlowEvent* event_;
  Buffer<Register, kFewRegisters> registers_;
  Buffer<FlowText, kFewOperands> operands_;
};

class Interpreter final : public program::Program {
 public:
  Interpreter(std::shared_ptr<const ir::Module> module, const ir::Flow& flow, std::optional<ir::Flow> optimised)
      : module_(std::move(module)),
        flow_(flow),
        optimised_(std::move(optimised)),
        decoded_(decode(optimised_ ? *optimised_ : flow)) {
    if (optimised_) optimised_->functions = {};  // decoded; its texts are pointed at
  }

  const program::FlowInfo& info() const override { return flow_.info; }
  std::span<const std::string> texts() const override { return flow_.texts; }

  Verdict advance(Frame& frame, const FlowEvent& event) const override {
    frame.begin_event();
    FlowFrame* raw = &frame.raw();
    const std::int64_t place = entry(raw->resting, event.kind);
    if (place < 0) return Verdict::ignored;
    return Run(decoded_, raw, &event).from(static_cast<std::uint32_t>(place));
  }

 private:
  std::int64_t entry(std::int32_t resting, std::int32_t kind) const {
    if (resting == program::kNotStarted)
      return kind == std::to_underlying(program::EventKind::start) ? std::int64_t{decoded_.start} : -1;
    if (resting == program::kEnded) return decoded_.ended;
    return decoded_.handle[static_cast<std::size_t>(resting)];
  }

  std::shared_ptr<const ir::Module> module_;
  const ir::Flow& flow_;
  std::optional<ir::Flow> optimised_;  // the code that runs, when it is not the flow's own
  Decoded decoded_;
};

}  // namespace

std::unique_ptr<program::Program> make_interpreter(std::shared_ptr<const ir::Module> module, std::size_t flow) {
  FLOW_CHECK(module != nullptr && flow < module->flows.size());
  const ir::Flow& source = module->flows[flow];
  return std::make_unique<Interpreter>(std::move(module), source, optimize::optimize(source));
}

std::unique_ptr<program::Program> make_plain_interpreter(std::shared_ptr<const ir::Module> module, std::size_t flow) {
  FLOW_CHECK(module != nullptr && flow < module->flows.size());
  const ir::Flow& source = module->flows[flow];
  return std::make_unique<Interpreter>(std::move(module), source, std::nullopt);
}

}  // namespace flow::interpret
