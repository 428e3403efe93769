// The region of a phone number is looked for only as far as the flow tells regions apart.
//
//   r = region_of t; switch r { PH: …, MY: …, else: … }   →  r = region_choice {PH, MY} t; switch r …
//   r = region_of t; branch (region_allowed r) ? …        →  r = region_choice {allowed} t; branch r ? …
//
// Where the region itself is kept in a field before the switch, it is looked for as before: the choice would be a
// second look for every number that is of none of those named, which cost more than it saved for the others.
#include <algorithm>
#include <utility>

#include "compiler/optimize/context.h"
#include "runtime/program/text.h"

namespace flow::optimize {
namespace {

using ir::Op;
using ir::Term;

class Chooser {
 public:
  Chooser(Context& context, ir::Function& function)
      : context_(context), function_(function), counts_(function), branches_(function.regs.size(), 0) {
    for (const ir::Block& block : function.blocks)
      if (block.term.kind == Term::branch) ++branches_[block.term.a];
  }

  bool run() {
    for (std::uint32_t b = 0; b < function_.blocks.size(); ++b) {
      for (std::size_t i = 0; i < function_.blocks[b].insts.size(); ++i) {
        const ir::Inst& inst = function_.blocks[b].insts[i];
        if (inst.op != Op::region_of || !counts_.assigned_once(inst.dst) || !counts_.assigned_once(inst.a)) continue;
        changed_ = allowed(b, i) || told_apart(b, i) || changed_;
      }
    }
    return changed_;
  }

 private:
  // REQUIRES: regions are different, none is 0.
  void choose(ir::Inst& inst, std::vector<std::int64_t> regions) {
    inst.op = Op::region_choice;
    inst.imm = context_.choice({{}, std::move(regions)});
  }

  static bool names_none(const std::vector<std::int64_t>& regions) {
    for (std::int64_t region : regions)
      if (program::parse_region(program::region_text(region)).value_or(0) != region || region == 0) return true;
    return regions.empty();
  }

  // The region matters only for whether it is allowed.
  bool allowed(std::uint32_t b, std::size_t i) {
    std::vector<ir::Inst>& insts = function_.blocks[b].insts;
    const ir::Reg region = insts[i].dst;
    if (counts_.read[region] != 1 || i + 1 >= insts.size() || insts[i + 1].op != Op::region_allowed) return false;
    const ir::Reg answer = insts[i + 1].dst;
    if (insts[i + 1].a != region || !counts_.assigned_once(answer) || counts_.read[answer] != branches_[answer])
      return false;
    std::vector<std::int64_t> regions;
    for (const std::string& name : context_.flow.info.allowed_regions) {
      const std::int64_t one = program::parse_region(name).value_or(0);
      if (std::ranges::find(regions, one) == regions.end()) regions.push_back(one);
    }
    if (names_none(regions)) return false;
    choose(insts[i], std::move(regions));
    insts[i].dst = answer;
    insts.erase(insts.begin() + static_cast<std::ptrdiff_t>(i) + 1);
    return true;
  }

  // It matters only for the switch at the end of its block.
  bool told_apart(std::uint32_t b, std::size_t i) {
    ir::Block& block = function_.blocks[b];
    if (counts_.read[block.insts[i].dst] != 1 || block.term.kind != Term::switch_ || block.term.a != block.insts[i].dst)
      return false;
    if (names_none(block.term.cases)) return false;
    choose(block.insts[i], block.term.cases);
    return true;
  }

  Context& context_;
  ir::Function& function_;
  const RegisterCounts counts_;
  std::vector<std::uint32_t> branches_;  // by register: reads at the end of a block with two ways
  bool changed_ = false;
};

}  // namespace

bool choose_regions(Context& context, ir::Function& function) {
  return Chooser(context, function).run();
}

}  // namespace flow::optimize
