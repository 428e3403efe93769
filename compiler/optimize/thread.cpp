#include <utility>
#include <vector>

#include "compiler/optimize/passes.h"

namespace flow::optimize {
namespace {

using ir::Block;
using ir::Term;

// Where a jump to `block` ends up: through blocks that do nothing but jump. (Blocks form no cycle.)
std::uint32_t destination(const std::vector<Block>& blocks, std::uint32_t block) {
  while (blocks[block].insts.empty() && blocks[block].term.kind == Term::jump) block = blocks[block].term.blocks[0];
  return block;
}

void retarget(std::vector<Block>& blocks) {
  for (Block& block : blocks) {
    for (std::uint32_t& to : block.term.blocks) to = destination(blocks, to);
    // A branch with one way.
    if (block.term.kind == Term::branch && block.term.blocks[0] == block.term.blocks[1]) {
      ir::Terminator jump;
      jump.kind = Term::jump;
      jump.blocks = {block.term.blocks[0]};
      block.term = std::move(jump);
    }
  }
}

std::vector<std::uint32_t> count_ways(const std::vector<Block>& blocks) {
  std::vector<std::uint32_t> ways(blocks.size(), 0);
  std::vector<bool> seen(blocks.size(), false);
  std::vector<std::uint32_t> open = {0};
  seen[0] = true;
  ways[0] = 1;
  while (!open.empty()) {
    const std::uint32_t block = open.back();
    open.pop_back();
    for (const std::uint32_t to : blocks[block].term.blocks) {
      ++ways[to];
      if (!seen[to]) open.push_back(to);
      seen[to] = true;
    }
  }
  return ways;
}

// A block that ends in a jump takes in the block behind it when no other way leads there.
void join(std::vector<Block>& blocks) {
  const std::vector<std::uint32_t> ways = count_ways(blocks);
  for (std::uint32_t i = 0; i < blocks.size(); ++i) {
    if (ways[i] == 0) continue;
    while (blocks[i].term.kind == Term::jump) {
      const std::uint32_t next = blocks[i].term.blocks[0];
      if (next == i || ways[next] != 1 || next == 0) break;
      Block taken = std::move(blocks[next]);
      blocks[next] = Block{};
      for (ir::Inst& inst : taken.insts) blocks[i].insts.push_back(std::move(inst));
      blocks[i].term = std::move(taken.term);
    }
  }
}

// Drops what nothing leads to; the rest in the order in which a reader meets it.
void order(std::vector<Block>& blocks) {
  constexpr std::uint32_t kNone = UINT32_MAX;
  std::vector<std::uint32_t> place(blocks.size(), kNone);
  std::vector<std::uint32_t> kept;
  std::vector<std::uint32_t> open = {0};
  while (!open.empty()) {
    const std::uint32_t block = open.back();
    open.pop_back();
    if (place[block] != kNone) continue;
    place[block] = static_cast<std::uint32_t>(kept.size());
    kept.push_back(block);
    const std::vector<std::uint32_t>& next = blocks[block].term.blocks;
    open.insert(open.end(), next.rbegin(), next.rend());
  }
  std::vector<Block> made;
  made.reserve(kept.size());
  for (const std::uint32_t block : kept) {
    made.push_back(std::move(blocks[block]));
    for (std::uint32_t& to : made.back().term.blocks) to = place[to];
  }
  blocks = std::move(made);
}

}  // namespace

void thread_jumps(ir::Flow& flow) {
  for (ir::Function& function : flow.functions) {
    retarget(function.blocks);
    join(function.blocks);
    order(function.blocks);
  }
}

}  // namespace flow::optimize
