#include "compiler/ir/op_info.h"

#include <array>
#include <utility>
#include <vector>

namespace flow::ir {
namespace {

constexpr auto kInt = Operand::integer;
constexpr auto kText = Operand::text;
constexpr auto kNone = Operand::none;
constexpr auto kOfField = Operand::of_field;
constexpr auto kOfFunction = Operand::of_function;

constexpr OpInfo kOps[] = {
    {"const_int", Op::const_int, kInt, kNone, kNone, Imm::value},
    {"const_text", Op::const_text, kText, kNone, kNone, Imm::text},
    {"load", Op::load, kOfField, kNone, kNone, Imm::field},
    {"present", Op::present, kInt, kNone, kNone, Imm::field},
    {"store", Op::store, kNone, kOfField, kNone, Imm::field, false, Change::always},
    {"clear", Op::clear, kNone, kNone, kNone, Imm::field, false, Change::always},
    {"number_add", Op::number_add, kInt, kInt, kInt},
    {"number_subtract", Op::number_subtract, kInt, kInt, kInt},
    {"number_multiply", Op::number_multiply, kInt, kInt, kInt},
    {"int_equal", Op::int_equal, kInt, kInt, kInt},
    {"int_not_equal", Op::int_not_equal, kInt, kInt, kInt},
    {"int_less", Op::int_less, kInt, kInt, kInt},
    {"int_less_equal", Op::int_less_equal, kInt, kInt, kInt},
    {"int_not", Op::int_not, kInt, kInt},
    {"bit_test", Op::bit_test, kInt, kInt, kNone, Imm::value},
    {"number_round", Op::number_round, kInt, kInt},
    {"duration_in", Op::duration_in, kInt, kInt, kNone, Imm::value},
    {"text_equal", Op::text_equal, kInt, kText, kText},
    {"text_fold_equal", Op::text_fold_equal, kInt, kText, kText},
    {"text_contains", Op::text_contains, kInt, kText, kText},
    {"text_fold_contains", Op::text_fold_contains, kInt, kText, kText},
    {"text_starts", Op::text_starts, kInt, kText, kText},
    {"text_ends", Op::text_ends, kInt, kText, kText},
    {"text_blank", Op::text_blank, kInt, kText},
    {"text_lower", Op::text_lower, kText, kText},
    {"text_upper", Op::text_upper, kText, kText},
    {"text_trim", Op::text_trim, kText, kText},
    {"text_left", Op::text_left, kText, kText, kInt},
    {"text_length", Op::text_length, kInt, kText},
    {"text_concat", Op::text_concat, kText, kNone, kNone, Imm::none, true},
    {"text_of_number", Op::text_of_number, kText, kInt},
    {"text_of_boolean", Op::text_of_boolean, kText, kInt},
    {"text_of_duration", Op::text_of_duration, kText, kInt},
    {"text_of_region", Op::text_of_region, kText, kInt},
    {"call", Op::call, kOfFunction, kNone, kNone, Imm::function, true},
    {"int_given", Op::int_given, kInt, kInt},
    {"text_given", Op::text_given, kInt, kText},
    {"region_of", Op::region_of, kInt, kText},
    {"calling_code_of", Op::calling_code_of, kInt, kText},
    {"region_allowed", Op::region_allowed, kInt, kInt},
    {"bucket", Op::bucket, kInt, kText, kText},
    {"text_choice", Op::text_choice, kInt, kText, kNone, Imm::texts},
    {"region_choice", Op::region_choice, kInt, kText, kNone, Imm::regions},
    {"event_kind", Op::event_kind, kInt},
    {"event_signal", Op::event_signal, kInt},
    {"event_at", Op::event_at, kInt},
    {"event_seed", Op::event_seed, kInt},
    {"event_text", Op::event_text, kText, kNone, kNone, Imm::value},
    {"timer_take", Op::timer_take, kInt, kNone, kNone, Imm::none, false, Change::sometimes},
    {"receipt", Op::receipt, kInt, kNone, kNone, Imm::none, false, Change::sometimes},
    {"operation_take", Op::operation_take, kInt, kNone, kNone, Imm::none, false, Change::sometimes},
    {"take_value", Op::take_value, kNone, kInt, kNone, Imm::field, false, Change::always},
    {"take_values", Op::take_values, kNone, kNone, kNone, Imm::operation, false, Change::always},
    {"may_request", Op::may_request, kInt},
    {"may_send", Op::may_send, kInt},
    {"begin", Op::begin, kNone, kNone, kNone, Imm::none, false, Change::always},
    {"enter", Op::enter, kNone, kNone, kNone, Imm::step, false, Change::always},
    {"arm", Op::arm, kNone, kInt, kNone, Imm::timer, false, Change::always},
    {"disarm", Op::disarm, kNone, kNone, kNone, Imm::timer, false, Change::always},
    {"leave", Op::leave, kNone, kNone, kNone, Imm::none, false, Change::always},
    {"send", Op::send, kNone, kNone, kNone, Imm::site, true, Change::always},
    {"request", Op::request, kNone, kNone, kNone, Imm::operation, true, Change::always},
    {"launch", Op::launch, kNone, kNone, kNone, Imm::operation, true, Change::always},
    {"late", Op::late, kNone, kNone, kNone, Imm::none, false, Change::always},
    {"count", Op::count, kInt, kNone, kInt, Imm::counter, false, Change::sometimes},
    {"fire", Op::fire, kInt, kNone, kNone, Imm::handler, false, Change::sometimes},
    {"forget", Op::forget, kNone, kNone, kNone, Imm::none, false, Change::always},
};

constexpr bool in_order() {
  for (std::size_t i = 0; i < std::size(kOps); ++i)
    if (std::to_underlying(kOps[i].op) != i) return false;
  return std::size(kOps) == static_cast<std::size_t>(Op::forget) + 1;
}
static_assert(in_order(), "one line an op, in the order of ir.h");

constexpr std::array<std::string_view, program::kTimerCount> kTimers = {"expires", "handover", "undelivered", "unread",
                                                                        "wait",    "late",     "silent"};

}  // namespace

const OpInfo& info(Op op) {
  return kOps[std::to_underlying(op)];
}

std::span<const OpInfo> all_ops() {
  return kOps;
}

const OpInfo* find_op(std::string_view name) {
  // By a hash that is quick to make; the few ops that share a place are looked through.
  constexpr std::size_t kPlaces = 256;
  const auto place_of = [](std::string_view text) {
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    return (text.size() * 37 + at(0) * 11U + at(text.size() / 2) * 5U + at(text.size() - 1) * 3U) % kPlaces;
  };
  static const auto by_place = [&] {
    std::array<std::vector<const OpInfo*>, kPlaces> made;
    for (const OpInfo& op : kOps) made[place_of(op.name)].push_back(&op);
    return made;
  }();
  if (name.empty()) return nullptr;
  for (const OpInfo* op : by_place[place_of(name)])
    if (op->name == name) return op;
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
