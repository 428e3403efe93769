// What the tests of loading share: a small flow, and its first event.
#pragma once

#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "compiler/ir/text.h"
#include "runtime/program/program.h"

namespace flow::daemon {

inline ir::Flow reminder() {
  std::ifstream file(FLOW_SOURCE_DIR "/compiler/jit/testdata/reminder.ir", std::ios::binary);
  return ir::parse_flow(std::string(std::istreambuf_iterator<char>(file), {})).value();
}

inline std::int64_t no_region(std::string_view) {
  return 0;
}

// The state and the effects after the start.
inline std::pair<std::string, std::vector<program::Effect>> start(const program::Program& program) {
  program::Frame frame(no_region);
  frame.reset(program.info());
  frame.set_text(0, "+639171234567");
  program::FlowEvent event{};
  event.at_ms = 1000;
  EXPECT_EQ(program.advance(frame, event), program::Verdict::changed);
  return {program::encode_state(frame), frame.effects()};
}

}  // namespace flow::daemon
