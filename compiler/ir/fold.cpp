#include "compiler/ir/fold.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "runtime/program/chance.h"
#include "runtime/program/frame.h"
#include "runtime/program/functions.h"
#include "runtime/program/number.h"
#include "runtime/program/text.h"

namespace flow::ir {
namespace {

using Folded = std::optional<Constant>;

Folded integer(std::int64_t value) {
  return Constant{value, {}};
}
Folded boolean(bool value) {
  return integer(value ? 1 : 0);
}
Folded text(std::string value) {
  if (value.size() > limits::kTextValueBytesMax) return std::nullopt;
  return Constant{0, std::move(value)};
}

// Not one that takes texts, nor one without operands.
Folded fold_integers(const Inst& inst, std::int64_t a, std::int64_t b) {
  std::int64_t out = 0;
  const auto fitted = [&](bool fits) { return fits ? integer(out) : std::nullopt; };
  switch (inst.op) {
    case Op::number_add:
      return fitted(program::number_add(a, b, out));
    case Op::number_subtract:
      return fitted(program::number_subtract(a, b, out));
    case Op::number_multiply:
      return fitted(program::number_multiply(a, b, out));
    case Op::number_round:
      return fitted(program::number_round(a, out));
    case Op::duration_in:
      return fitted(inst.imm > 0 && program::duration_in(a, inst.imm, out));
    case Op::int_equal:
      return boolean(a == b);
    case Op::int_not_equal:
      return boolean(a != b);
    case Op::int_less:
      return boolean(a < b);
    case Op::int_less_equal:
      return boolean(a <= b);
    case Op::int_not:
      return boolean(a == 0);
    case Op::bit_test:
      return boolean((a & inst.imm) != 0);
    case Op::text_of_number:
      return text(program::number_text(a));
    case Op::text_of_boolean:
      return text(a != 0 ? "true" : "false");
    case Op::text_of_duration:
      return text(program::duration_text(a));
    case Op::text_of_region:
      return text(program::region_text(a));
    default:
      return std::nullopt;
  }
}

Folded fold_texts(const Inst& inst, const std::string& a, const Constant& b) {
  std::string out;
  switch (inst.op) {
    case Op::text_equal:
      return boolean(a == b.text);
    case Op::text_fold_equal:
      return boolean(program::fold_equal(a, b.text));
    case Op::text_contains:
      return boolean(a.find(b.text) != std::string::npos);
    case Op::text_starts:
      return boolean(a.starts_with(b.text));
    case Op::text_ends:
      return boolean(a.ends_with(b.text));
    case Op::text_blank:
      return boolean(program::is_blank(a));
    case Op::text_lower:
      program::append_lower(out, a);
      return text(std::move(out));
    case Op::text_upper:
      program::append_upper(out, a);
      return text(std::move(out));
    case Op::text_trim:
      return text(std::string(program::trim(a)));
    case Op::text_left: {
      const std::int64_t count = std::max<std::int64_t>(0, b.scalar / limits::kNumberScale);
      return text(std::string(program::left_characters(a, static_cast<std::uint64_t>(count))));
    }
    case Op::text_length:
      return integer(static_cast<std::int64_t>(program::count_characters(a)) * limits::kNumberScale);
    case Op::bucket:
      return integer(program::bucket_of(a, b.text));
    default:
      return std::nullopt;
  }
}

// What a function gives. Nothing: it traps, or depends on the machine. `absent`: it has no result.
Folded called(const Inst& inst, const std::vector<Constant>& operands, bool& absent) {
  const auto id = static_cast<program::FunctionId>(inst.imm);
  const program::FunctionInfo& function = program::info(id);
  if (function.zoned() || operands.size() != function.operands()) return std::nullopt;
  std::vector<program::FlowValue> values(operands.size());
  for (std::size_t i = 0; i < operands.size(); ++i) {
    if (function.takes_text(i))
      values[i].text = {operands[i].text.data(), operands[i].text.size()};
    else
      values[i].scalar = operands[i].scalar;
  }
  program::Arena arena;
  program::FlowValue out{};
  if (program::call_function(id, arena, values.data(), out) != program::kCallGood) return std::nullopt;
  absent = function.gives_text() ? out.text.data == nullptr : out.scalar == program::kAbsentScalar;
  if (absent) return std::nullopt;
  return function.gives_text() ? text({out.text.data, out.text.size}) : integer(out.scalar);
}

}  // namespace

bool gives_nothing(const Inst& inst, const std::vector<Constant>& operands) {
  bool absent = false;
  if (inst.op == Op::call) called(inst, operands, absent);
  return absent;
}

Folded fold(const Flow& flow, const Inst& inst, const std::vector<Constant>& operands) {
  static const Constant kNone;
  const Constant& a = operands.empty() ? kNone : operands[0];
  const Constant& b = operands.size() < 2 ? kNone : operands[1];
  switch (inst.op) {
    case Op::const_int:
      return integer(inst.imm);
    case Op::const_text:
      return text(flow.texts[static_cast<std::size_t>(inst.imm)]);
    case Op::text_concat: {
      std::string out;
      for (const Constant& part : operands) out += part.text;
      return text(std::move(out));
    }
    case Op::call: {
      bool absent = false;
      return called(inst, operands, absent);
    }
    case Op::region_allowed: {
      const auto& allowed = flow.info.allowed_regions;
      return boolean(allowed.empty() || std::ranges::count(allowed, program::region_text(a.scalar)) > 0);
    }
    default:
      break;
  }
  const Folded folded = fold_integers(inst, a.scalar, b.scalar);
  return folded ? folded : fold_texts(inst, a.text, b);
}

}  // namespace flow::ir
