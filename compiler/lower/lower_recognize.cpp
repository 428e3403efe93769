// recognize region of NUMBER as VARIABLE, recognize calling code of NUMBER as VARIABLE
#include "base/limits.h"
#include "compiler/lower/context.h"

namespace flow::lower {

void enter_recognize(Context& context, Builder& builder, const check::RecognizeRegion& step) {
  const Reg region = builder.reg(RegType::integer);
  const BlockId otherwise = builder.block();
  if (may_be_absent(step.number)) {
    const BlockId absent = builder.block();
    const BlockId join = builder.block();
    const Reg number = lower_value(context, builder, step.number, absent);
    builder.integer(Op::region_of, number, ir::kNoReg, 0, region);
    builder.jump(join);
    builder.at(absent);
    builder.constant(0, region);
    builder.jump(join);
    builder.at(join);
  } else {
    builder.integer(Op::region_of, lower_value(context, builder, step.number), ir::kNoReg, 0, region);
  }
  if (step.into) {
    const auto field = static_cast<std::int64_t>(check::index(*step.into));
    const BlockId some = builder.block();
    const BlockId none = builder.block();
    builder.branch(region, some, none);
    builder.at(none);
    builder.effect(Op::clear, field);
    builder.jump(otherwise);
    builder.at(some);
    builder.effect(Op::store, field, region);
  }
  std::vector<std::int64_t> cases;
  std::vector<BlockId> blocks;
  std::vector<BlockId> arms;
  for (const auto& arm : step.arms) {
    arms.push_back(builder.block());
    for (const std::string& name : arm.regions) {
      const std::int64_t letters = check::region_scalar(name.at(0), name.at(1));
      bool known = false;  // the first arm that names it counts
      for (const std::int64_t other : cases) known = known || other == letters;
      if (known) continue;
      cases.push_back(letters);
      blocks.push_back(arms.back());
    }
  }
  if (cases.empty())
    builder.jump(otherwise);
  else
    builder.switch_on(region, std::move(cases), std::move(blocks), otherwise);
  for (std::size_t i = 0; i < arms.size(); ++i) {
    builder.at(arms[i]);
    lower_target(context, builder, step.arms[i].target);
  }
  builder.at(otherwise);
  lower_target(context, builder, step.otherwise);
}

void enter_recognize_code(Context& context, Builder& builder, const check::RecognizeCallingCode& step) {
  const Reg code = builder.integer(Op::calling_code_of, lower_value(context, builder, step.number));
  if (step.into) builder.effect(Op::store, static_cast<std::int64_t>(check::index(*step.into)), code);
  std::vector<std::int64_t> cases;
  std::vector<BlockId> blocks;
  std::vector<BlockId> arms;
  for (const auto& arm : step.arms) {
    arms.push_back(builder.block());
    for (const auto& one : arm.codes) {
      cases.push_back(static_cast<std::int64_t>(one.code) * limits::kNumberScale);
      blocks.push_back(arms.back());
    }
  }
  const BlockId otherwise = builder.block();
  if (cases.empty())
    builder.jump(otherwise);
  else
    builder.switch_on(code, std::move(cases), std::move(blocks), otherwise);
  for (std::size_t i = 0; i < arms.size(); ++i) {
    if (step.arms[i].codes.empty()) continue;
    builder.at(arms[i]);
    lower_target(context, builder, step.arms[i].target);
  }
  builder.at(otherwise);
  lower_target(context, builder, step.otherwise);
}

}  // namespace flow::lower
