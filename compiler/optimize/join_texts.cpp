// Constants that stand side by side in a text are one: it is made of fewer pieces, and is as long as before.
#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "compiler/optimize/context.h"

namespace flow::optimize {
namespace {

using ir::Op;

class Joiner {
 public:
  Joiner(Context& context, ir::Function& function) : context_(context), function_(function), constants_(function) {}

  bool run() {
    for (std::uint32_t b : order_of(function_)) {
      constants_.begin_block();
      std::vector<ir::Inst> insts;
      for (ir::Inst& inst : function_.blocks[b].insts) {
        if (inst.op == Op::text_concat) join(inst, insts);
        if (inst.dst != ir::kNoReg)
          constants_.assign(inst.dst, inst.op == Op::const_text ? std::optional(inst.imm) : std::nullopt);
        insts.push_back(std::move(inst));
      }
      function_.blocks[b].insts = std::move(insts);
    }
    return changed_;
  }

 private:
  // `before` gets the constants that are made.
  void join(ir::Inst& inst, std::vector<ir::Inst>& before) {
    std::vector<ir::Reg> parts;
    for (std::size_t i = 0; i < inst.list.size();) {
      std::size_t end = i;
      std::string joined;
      while (end < inst.list.size() && append(inst.list[end], joined)) ++end;
      const auto made = end > i + 1 ? context_.text(joined) : std::nullopt;
      if (!made) {
        end = std::max(end, i + 1);
        parts.insert(parts.end(), inst.list.begin() + static_cast<std::ptrdiff_t>(i),
                     inst.list.begin() + static_cast<std::ptrdiff_t>(end));
      } else {
        parts.push_back(static_cast<ir::Reg>(function_.regs.size()));
        function_.regs.push_back(ir::RegType::text);
        before.push_back({.op = Op::const_text, .dst = parts.back(), .imm = *made, .list = {}});
        changed_ = true;
      }
      i = end;
    }
    inst.list = std::move(parts);
  }

  bool append(ir::Reg reg, std::string& joined) {
    if (reg >= known_regs_) return false;
    const auto constant = constants_.get(reg);
    if (!constant) return false;
    const std::string& text = context_.flow.texts[static_cast<std::size_t>(*constant)];
    if (joined.size() + text.size() > limits::kTextValueBytesMax || !context_.spend(text.size())) return false;
    joined += text;
    return true;
  }

  Context& context_;
  ir::Function& function_;
  Constants constants_;
  const std::size_t known_regs_ = function_.regs.size();
  bool changed_ = false;
};

}  // namespace

bool join_texts(Context& context, ir::Function& function) {
  return Joiner(context, function).run();
}

}  // namespace flow::optimize
