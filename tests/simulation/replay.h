// The oracle of the language reads what the service committed of one execution: the timeline's causes are its events,
// and what it says must follow from them is what must stand behind each.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/service/service.h"
#include "tests/simulation/flows.h"

namespace flow::simulation {

// What became of one message, as the timeline has it.
struct ReplayedSend {
  program::Effect effect;  // as the oracle makes it
  bool withdrawn = false;
  bool given_up = false;
  program::Receipt status{};  // at the end, by the oracle
  bool failed = false;
};

struct FiredTimer {
  std::int64_t due_ms = 0;
  std::int64_t fired_ms = 0;
};

struct Replayed {
  std::vector<ReplayedSend> sends;  // by number
  std::vector<FiredTimer> timers;
  std::vector<std::string> signals;
  bool ended = false;
};

// An entry as one line.
std::string words(const service::TimelineEntry& entry);

// What does not follow, in words; none when all of it does.
// `view` is of an execution that began with `inputs`.
std::optional<std::string> replay(const Subject& subject, const std::vector<std::optional<oracle::Value>>& inputs,
                                  const service::ExecutionView& view, Replayed& replayed);

}  // namespace flow::simulation
