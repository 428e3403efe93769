// The region of a phone number is looked for only as far as the flow tells regions apart.
//
//   r = region_of t; switch r { PH: …, MY: …, else: … }   →  r = region_choice {PH, MY} t; switch r …
//   r = region_of t; branch (region_allowed r) ? …        →  r = region_choice {allowed} t; branch r ? …
//
// Where the region is kept in a field before the switch, that is of those named what the choice found; of all others it
// is looked for as before.
#include <algorithm>
#include <map>
#include <span>
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
      : context_(context),
        function_(function),
        ways_(ways_into(function)),
        counts_(function),
        branches_(function.regs.size(), 0) {
    for (const ir::Block& block : function.blocks)
      if (block.term.kind == Term::branch) ++branches_[block.term.a];
  }

  bool run() {
    const std::size_t blocks = function_.blocks.size();  // those that are added have nothing to look for
    for (std::uint32_t b = 0; b < blocks; ++b) {
      for (std::size_t i = 0; i < function_.blocks[b].insts.size(); ++i) {
        const ir::Inst& inst = function_.blocks[b].insts[i];
        if (inst.op != Op::region_of || !counts_.assigned_once(inst.dst) || !counts_.assigned_once(inst.a)) continue;
        changed_ = allowed(b, i) || told_apart(b, i) || kept(b, i) || changed_;
      }
    }
    if (changed_) remove_unreached(function_);
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

  // It is kept in a field when there is one, and then matters for a switch.
  bool kept(std::uint32_t b, std::size_t i) {
    const ir::Inst look = function_.blocks[b].insts[i];
    const ir::Terminator found = function_.blocks[b].term;
    if (counts_.read[look.dst] != 3 || found.kind != Term::branch || found.a != look.dst) return false;
    if (i + 1 != function_.blocks[b].insts.size() || ways_[found.blocks[0]] != 1) return false;
    const std::uint32_t some = found.blocks[0];
    if (function_.blocks[some].insts.size() != 1) return false;
    const ir::Inst store = function_.blocks[some].insts[0];
    if (store.op != Op::store || store.a != look.dst) return false;
    const ir::Terminator told = function_.blocks[some].term;
    if (told.kind != Term::switch_ || told.a != look.dst || names_none(told.cases)) return false;

    ir::Terminator term = told;
    std::map<std::uint32_t, std::uint32_t> arms;
    for (std::uint32_t& arm : std::span(term.blocks).first(told.cases.size())) {
      const auto [place, fresh] = arms.try_emplace(arm, 0);
      if (fresh) place->second = add({store}, jump(arm));
      arm = place->second;
    }
    term.blocks.back() = add({look}, found);
    function_.blocks[some].term = jump(told.blocks.back());
    choose(function_.blocks[b].insts[i], told.cases);
    function_.blocks[b].term = std::move(term);
    return true;
  }

  static ir::Terminator jump(std::uint32_t to) {
    ir::Terminator term;
    term.kind = Term::jump;
    term.blocks = {to};
    return term;
  }

  std::uint32_t add(std::vector<ir::Inst> insts, ir::Terminator term) {
    function_.blocks.push_back({std::move(insts), std::move(term)});
    return static_cast<std::uint32_t>(function_.blocks.size()) - 1;
  }

  Context& context_;
  ir::Function& function_;
  std::vector<std::uint32_t> ways_;
  const RegisterCounts counts_;
  std::vector<std::uint32_t> branches_;  // by register: reads at the end of a block with two ways
  bool changed_ = false;
};

}  // namespace

bool choose_regions(Context& context, ir::Function& function) {
  return Chooser(context, function).run();
}

}  // namespace flow::optimize
