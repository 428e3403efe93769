// random, random by KEY
#include "base/limits.h"
#include "compiler/lower/context.h"

namespace flow::lower {
namespace {

// The execution's own number as a text, which is then one more.
Reg draw(Context& context, Builder& builder) {
  const auto field = static_cast<std::int64_t>(check::index(*context.flow.seed));
  const Reg number = builder.integer(Op::load, ir::kNoReg, ir::kNoReg, field);
  const Reg key = builder.text(Op::text_of_number, number);
  builder.effect(Op::store, field, builder.integer(Op::number_add, number, builder.constant(limits::kNumberScale)));
  return key;
}

}  // namespace

void enter_random(Context& context, Builder& builder, check::StepId id, const check::Random& step) {
  const Reg key = step.draws ? draw(context, builder) : lower_value(context, builder, step.key);
  const Reg salt = builder.text(Op::const_text, ir::kNoReg, ir::kNoReg,
                                context.text(context.flow.name + "\n" + context.step_name(id) + "\n"));
  const Reg bucket = builder.integer(Op::bucket, salt, key);
  std::int64_t below = 0;
  for (std::size_t i = 0; i + 1 < step.arms.size(); ++i) {
    below += step.arms[i].share;
    const BlockId yes = builder.block();
    const BlockId no = builder.block();
    builder.branch(builder.integer(Op::int_less, bucket, builder.constant(below)), yes, no);
    builder.at(yes);
    lower_target(context, builder, step.arms[i].target);
    builder.at(no);
  }
  lower_target(context, builder, step.arms.back().target);
}

}  // namespace flow::lower
