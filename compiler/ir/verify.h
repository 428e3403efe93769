// Whether a flow's IR keeps the rules that every engine relies on. Runs after lowering, after each pass, and on
// everything that comes out of a bundle: a flow that passes can neither crash an engine nor keep it busy for ever.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "compiler/ir/ir.h"

namespace flow::ir {

// `lowered`: what lowering makes and bundles hold. `optimised`: what the passes make of it in memory, with choices.
enum class Form : std::uint8_t { lowered, optimised };

// invalid_argument with the function, block and instruction that break a rule. The rules:
//  * ids (registers, fields, steps, texts, sends, counters, handlers, functions, blocks) exist; types match;
//  * what FlowInfo says keeps the limits, its names are names and unique in their kind;
//  * each register is assigned on every way to each of its uses;
//  * blocks of a function are all reached and form no cycle; functions form none by tail calls either, when the ways
//    behind a `count` that still counted are left out, and such a `count` has a constant limit;
//  * no way leads over a change to `ignore`: the results of `receipt`, `timer_take`, `fire` and `count` must have
//    said that nothing changed (0, of `timer_take` -1, told by branch or switch);
//  * what handles events after the end changes nothing but receipts;
//  * choices are there only in the form `optimised`; each is of different texts, at least one.
Status verify(const Flow& flow, Form form = Form::lowered);

// The blocks of a function, each after all that lead to it. REQUIRES: verify() passed for the flow.
std::vector<std::uint32_t> block_order(const Flow& flow, const Function& function);

// Each flow; names sorted and unique.
Status verify(const Module& module);

}  // namespace flow::ir
