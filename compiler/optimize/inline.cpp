// What is called at the end of a block moves into the caller. A call through a counter may come back to where it was,
// so a function is never moved into a copy of itself.
#include <algorithm>
#include <utility>
#include <vector>

#include "compiler/optimize/passes.h"

namespace flow::optimize {
namespace {

using ir::Function;
using ir::Term;

constexpr std::size_t kSmall = 12;        // instructions of a function that is copied to each of its callers
constexpr std::size_t kCallerMax = 400;   // instructions up to which a caller grows
constexpr std::size_t kGrowthFactor = 2;  // of the whole flow

std::vector<std::uint32_t> count_calls(const ir::Flow& flow) {
  std::vector<std::uint32_t> calls(flow.functions.size(), 0);
  for (const Function& function : flow.functions)
    for (const ir::Block& block : function.blocks)
      if (block.term.kind == Term::tail) ++calls[block.term.function];
  ++calls[flow.start];
  ++calls[flow.ended];
  for (const std::int32_t handle : flow.handle)
    if (handle >= 0) ++calls[static_cast<std::size_t>(handle)];
  return calls;
}

class Inliner {
 public:
  explicit Inliner(ir::Flow& flow) : flow_(flow), originals_(flow.functions), calls_(count_calls(flow)) {
    for (const Function& function : flow.functions) total_ += size(function);
    most_ = kGrowthFactor * total_;
  }

  void run() {
    for (std::uint32_t i = 0; i < flow_.functions.size(); ++i) expand(i);
  }

 private:
  // Blocks are visited in order, those of a moved function included, so its own calls come up, too.
  void expand(std::uint32_t caller) {
    Function& function = flow_.functions[caller];
    std::size_t grown = size(function);
    // By block: the functions that it was copied from, outermost first.
    std::vector<std::vector<std::uint32_t>> origin(function.blocks.size(), {caller});
    for (std::size_t b = 0; b < function.blocks.size(); ++b) {
      if (function.blocks[b].term.kind != Term::tail) continue;
      const std::uint32_t callee = function.blocks[b].term.function;
      if (std::ranges::find(origin[b], callee) != origin[b].end()) continue;
      const std::size_t more = size(originals_[callee]);
      if (more > kSmall && calls_[callee] > 1) continue;
      if (grown + more > kCallerMax || total_ + more > most_) continue;
      grown += more;
      total_ += more;
      std::vector<std::uint32_t> from = origin[b];
      from.push_back(callee);
      copy(function, b, originals_[callee]);
      origin.resize(function.blocks.size(), from);
    }
  }

  static void copy(Function& caller, std::size_t at, const Function& callee) {
    const auto registers = static_cast<ir::Reg>(caller.regs.size());
    const auto blocks = static_cast<std::uint32_t>(caller.blocks.size());
    const auto moved = [&](ir::Reg& reg) {
      if (reg != ir::kNoReg) reg += registers;
    };
    caller.regs.insert(caller.regs.end(), callee.regs.begin(), callee.regs.end());
    for (ir::Block block : callee.blocks) {
      for (ir::Inst& inst : block.insts) {
        moved(inst.dst);
        moved(inst.a);
        moved(inst.b);
        for (ir::Reg& reg : inst.list) moved(reg);
      }
      moved(block.term.a);
      for (std::uint32_t& to : block.term.blocks) to += blocks;
      caller.blocks.push_back(std::move(block));
    }
    ir::Terminator jump;
    jump.kind = Term::jump;
    jump.blocks = {blocks};
    caller.blocks[at].term = std::move(jump);
  }

  ir::Flow& flow_;
  const std::vector<Function> originals_;
  const std::vector<std::uint32_t> calls_;
  std::size_t total_ = 0;
  std::size_t most_ = 0;
};

void remove_uncalled(ir::Flow& flow) {
  std::vector<bool> called(flow.functions.size(), false);
  std::vector<std::uint32_t> open = {flow.start, flow.ended};
  for (const std::int32_t handle : flow.handle)
    if (handle >= 0) open.push_back(static_cast<std::uint32_t>(handle));
  while (!open.empty()) {
    const std::uint32_t function = open.back();
    open.pop_back();
    if (called[function]) continue;
    called[function] = true;
    for (const ir::Block& block : flow.functions[function].blocks)
      if (block.term.kind == Term::tail) open.push_back(block.term.function);
  }
  std::vector<std::uint32_t> place(flow.functions.size(), 0);
  std::vector<Function> kept;
  for (std::size_t i = 0; i < flow.functions.size(); ++i) {
    if (!called[i]) continue;
    place[i] = static_cast<std::uint32_t>(kept.size());
    kept.push_back(std::move(flow.functions[i]));
  }
  for (Function& function : kept)
    for (ir::Block& block : function.blocks)
      if (block.term.kind == Term::tail) block.term.function = place[block.term.function];
  flow.functions = std::move(kept);
  flow.start = place[flow.start];
  flow.ended = place[flow.ended];
  for (std::int32_t& handle : flow.handle)
    if (handle >= 0) handle = static_cast<std::int32_t>(place[static_cast<std::size_t>(handle)]);
}

}  // namespace

void inline_calls(ir::Flow& flow) {
  remove_uncalled(flow);
  Inliner(flow).run();
  remove_uncalled(flow);
}

}  // namespace flow::optimize
