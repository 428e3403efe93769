// The oracle: docs/semantics.md read aloud in C++, over the checked tree. Slow, small, and sharing nothing with
// lowering, IR, engines and the functions that engines call; what it says is what they must do.
//
// Only the forms of results are shared: events and effects of runtime/program, and, at the very end, the encoder of
// states (fill() copies a State into a Frame for it).
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/check/checked.h"
#include "runtime/program/effect.h"
#include "runtime/program/frame.h"
#include "tests/oracle/values.h"

namespace flow::oracle {

struct Message {
  check::StepId step{};
  program::Receipt status{};  // never failed
  bool failed = false;
  bool left = false;
};

// One execution. Equal to what an engine holds in its frame, in words instead of bits.
struct State {
  bool started = false;
  bool ended = false;
  std::optional<check::StepId> resting;  // none before the start and after the end
  std::int64_t started_at = 0;
  std::int64_t entered_at = 0;
  std::vector<std::optional<Value>> values;  // by VariableId
  std::vector<std::uint32_t> counters;       // by JumpId
  std::map<program::Timer, std::int64_t> deadlines;
  std::vector<Message> messages;
  std::optional<std::uint32_t> current;    // message
  std::uint32_t operations = 0;            // begun
  std::optional<std::uint32_t> operation;  // that of the resting step, not answered yet
  std::set<std::size_t> fired;             // handlers
  program::EndKind end{};
  std::int32_t outcome = -1;

  // The earliest deadline, by time and then by Timer's order.
  std::optional<std::pair<std::int64_t, program::Timer>> next_deadline() const;
};

class Oracle {
 public:
  using RegionOf = std::function<std::int64_t(std::string_view)>;

  // `workspace` and `flow` of it must outlive the oracle.
  Oracle(const check::Workspace& workspace, const check::Flow& flow, RegionOf region_of);

  // An execution that has not begun. REQUIRES: one entry for each input, of its type.
  State create(const std::vector<std::optional<Value>>& inputs) const;

  // Moves it by one event. `effects` are in order.
  program::Verdict advance(State& state, const program::FlowEvent& event, std::vector<program::Effect>& effects) const;

  // Names of `on signal` handlers as first used: event.signal is an index.
  const std::vector<std::string>& signals() const { return signals_; }

 private:
  const check::Workspace& workspace_;
  const check::Flow& flow_;
  RegionOf region_of_;
  std::vector<std::string> signals_;
  std::vector<check::ChannelId> channels_;    // as first used: Effect::channel is an index
  std::vector<check::TemplateId> templates_;  // likewise
  std::vector<program::ContentInfo> contents_;
};

// The same state in a frame, for encode_state(). REQUIRES: frame was reset for the flow's info.
void fill(const State& state, program::Frame& frame);

}  // namespace flow::oracle
