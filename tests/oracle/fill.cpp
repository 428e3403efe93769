#include <utility>

#include "tests/oracle/oracle.h"

namespace flow::oracle {

void fill(const State& state, program::Frame& frame) {
  for (std::size_t i = 0; i < state.values.size(); ++i) {
    if (!state.values[i]) continue;
    if (const auto* text = std::get_if<std::string>(&*state.values[i]))
      frame.set_text(i, *text);
    else
      frame.set_scalar(i, std::get<std::int64_t>(*state.values[i]));
  }
  program::FlowFrame& raw = frame.raw();
  for (std::size_t i = 0; i < state.counters.size(); ++i) frame.rest().counters[i] = state.counters[i];
  for (const auto& [timer, due] : state.deadlines) program::set_deadline(raw, timer, due);
  frame.rest().started_at_ms = state.started_at;
  frame.rest().entered_at_ms = state.entered_at;
  raw.resting = !state.started ? program::kNotStarted
                : state.ended  ? program::kEnded
                               : static_cast<std::int32_t>(check::index(state.resting.value()));
  frame.rest().operations = state.operations;
  frame.rest().current_operation = state.operation.value_or(program::kNoOperation);
  for (const std::size_t handler : state.fired) raw.handlers_fired |= std::uint64_t{1} << handler;
  frame.rest().end = std::to_underlying(state.end);
  frame.rest().end_outcome = state.outcome;
  for (const Message& message : state.messages)
    frame.add_message({static_cast<std::int32_t>(check::index(message.step)),
                       std::to_underlying(message.status),
                       static_cast<std::uint8_t>(message.failed ? 1 : 0),
                       static_cast<std::uint8_t>(message.left ? 1 : 0),
                       {}});
  frame.set_current_message(state.current.value_or(program::kNoMessage));
}

}  // namespace flow::oracle
