// What a line of a test means when it runs: one function for each catalogue::TestLine. Internal to compiler/test.
#pragma once

#include "compiler/test/stage.h"

namespace flow::test {

// An event happens, `at_ms` after the start.
using Act = void (*)(Stage& stage, const Line& line, std::int64_t at_ms);
Act act_of(catalogue::TestLine id);

// Is what the flow did what the line expects, its conditions left out?
using Judge = bool (*)(const program::FlowInfo& info, const Line& line, const program::Effect& effect);
Judge judge_of(catalogue::TestLine id);

}  // namespace flow::test
