#include "compiler/ir/op_info.h"

#include <array>
#include <utility>

namespace flow::ir {
namespace {

constexpr auto kInt = Operand::integer;
constexpr auto kText = Operand::text;
constexpr auto kNone = Operand::none;
constexpr auto kOfField = Operand::of_field;

constexpr OpInfo kOps[] = {
    {Op::const_int, "const_int", kInt, kNone, kNone, Imm::value},
    {Op::const_text, "const_text", kText, kNone, kNone, Imm::text},
    {Op::load, "load", kOfField, kNone, kNone, Imm::field},
    {Op::present, "present", kInt, kNone, kNone, Imm::field},
    {Op::store, "store", kNone, kOfField, kNone, Imm::field, false, Change::always},
    {Op::clear, "clear", kNone, kNone, kNone, Imm::field, false, Change::always},
    {Op::number_add, "number_add", kInt, kInt, kInt},
    {Op::number_subtract, "number_subtract", kInt, kInt, kInt},
    {Op::number_multiply, "number_multiply", kInt, kInt, kInt},
    {Op::int_equal, "int_equal", kInt, kInt, kInt},
    {Op::int_not_equal, "int_not_equal", kInt, kInt, kInt},
    {Op::int_less, "int_less", kInt, kInt, kInt},
    {Op::int_less_equal, "int_less_equal", kInt, kInt, kInt},
    {Op::int_not, "int_not", kInt, kInt},
    {Op::bit_test, "bit_test", kInt, kInt, kNone, Imm::value},
    {Op::number_round, "number_round", kInt, kInt},
    {Op::duration_in, "duration_in", kInt, kInt, kNone, Imm::value},
    {Op::text_equal, "text_equal", kInt, kText, kText},
    {Op::text_fold_equal, "text_fold_equal", kInt, kText, kText},
    {Op::text_contains, "text_contains", kInt, kText, kText},
    {Op::text_starts, "text_starts", kInt, kText, kText},
    {Op::text_ends, "text_ends", kInt, kText, kText},
    {Op::text_blank, "text_blank", kInt, kText},
    {Op::text_lower, "text_lower", kText, kText},
    {Op::text_upper, "text_upper", kText, kText},
    {Op::text_trim, "text_trim", kText, kText},
    {Op::text_left, "text_left", kText, kText, kInt},
    {Op::text_length, "text_length", kInt, kText},
    {Op::text_concat, "text_concat", kText, kNone, kNone, Imm::none, true},
    {Op::text_of_number, "text_of_number", kText, kInt},
    {Op::text_of_boolean, "text_of_boolean", kText, kInt},
    {Op::text_of_duration, "text_of_duration", kText, kInt},
    {Op::text_of_region, "text_of_region", kText, kInt},
    {Op::region_of, "region_of", kInt, kText},
    {Op::region_allowed, "region_allowed", kInt, kInt},
    {Op::event_kind, "event_kind", kInt},
    {Op::event_signal, "event_signal", kInt},
    {Op::event_at, "event_at", kInt},
    {Op::timer_take, "timer_take", kInt, kNone, kNone, Imm::none, false, Change::sometimes},
    {Op::receipt, "receipt", kInt, kNone, kNone, Imm::none, false, Change::sometimes},
    {Op::may_send, "may_send", kInt},
    {Op::begin, "begin", kNone, kNone, kNone, Imm::none, false, Change::always},
    {Op::enter, "enter", kNone, kNone, kNone, Imm::step, false, Change::always},
    {Op::arm, "arm", kNone, kInt, kNone, Imm::timer, false, Change::always},
    {Op::disarm, "disarm", kNone, kNone, kNone, Imm::timer, false, Change::always},
    {Op::leave, "leave", kNone, kNone, kNone, Imm::none, false, Change::always},
    {Op::send, "send", kNone, kNone, kNone, Imm::site, true, Change::always},
    {Op::late, "late", kNone, kNone, kNone, Imm::none, false, Change::always},
    {Op::count, "count", kInt, kNone, kInt, Imm::counter, false, Change::sometimes},
    {Op::fire, "fire", kInt, kNone, kNone, Imm::handler, false, Change::sometimes},
    {Op::forget, "forget", kNone, kNone, kNone, Imm::none, false, Change::always},
};

constexpr bool in_order() {
  for (std::size_t i = 0; i < std::size(kOps); ++i)
    if (std::to_underlying(kOps[i].op) != i) return false;
  return std::size(kOps) == static_cast<std::size_t>(Op::forget) + 1;
}
static_assert(in_order(), "one line an op, in the order of ir.h");

constexpr std::array<std::string_view, program::kTimerCount> kTimers = {"expires", "handover", "undelivered", "unread",
                                                                        "wait"};

}  // namespace

const OpInfo& info(Op op) {
  return kOps[std::to_underlying(op)];
}

std::span<const OpInfo> all_ops() {
  return kOps;
}

const OpInfo* find_op(std::string_view name) {
  for (const OpInfo& op : kOps)
    if (op.name == name) return &op;
  return nullptr;
}

RegType reg_type(program::ValueType type) {
  return program::is_text(type) ? RegType::text : RegType::integer;
}

std::string_view timer_name(std::int64_t timer) {
  return kTimers[static_cast<std::size_t>(timer)];
}

std::optional<std::int64_t> find_timer(std::string_view name) {
  for (std::size_t i = 0; i < kTimers.size(); ++i)
    if (kTimers[i] == name) return static_cast<std::int64_t>(i);
  return std::nullopt;
}

}  // namespace flow::ir
