// One execution in the oracle and in any number of engines at once, event by event.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/program/program.h"
#include "tests/differential/events.h"
#include "tests/differential/properties.h"

namespace flow::differential {

struct Engine {
  std::string name;
  const program::Program* program = nullptr;
};

// A flow, the oracle for it, and the engines to compare with. What it points to must outlive it.
struct Subject {
  const check::Workspace* workspace = nullptr;
  const check::Flow* flow = nullptr;
  program::RegionLookup region_of = nullptr;
  program::FlowInfo info;  // as lowered; not needed without engines
  std::vector<Engine> engines;
};

class SideBySide {
 public:
  SideBySide(const Subject& subject, const std::vector<std::optional<oracle::Value>>& inputs);

  // Moves all by one event. Each engine's state is decoded from its bytes before and encoded after. What differs, or
  // which property does not hold, in words; none when all agree.
  std::optional<std::string> step(const Event& event);

  const oracle::State& state() const { return state_; }

 private:
  std::string encode_oracle();
  std::optional<std::string> step_engine(std::size_t engine, const Event& event, program::Verdict verdict,
                                         const std::vector<program::Effect>& effects, const std::string& bytes);

  const Subject& subject_;
  oracle::Oracle oracle_;
  oracle::State state_;
  Properties properties_;
  program::Frame frame_;            // used anew for each encoding and each engine
  std::vector<std::string> bytes_;  // by engine
};

// The first difference that these events bring to light, with the event at which it shows.
struct Failure {
  std::size_t event = 0;
  std::string what;
};
std::optional<Failure> replay(const Subject& subject, const std::vector<std::optional<oracle::Value>>& inputs,
                              const std::vector<Event>& events);

// A shorter sequence that still fails, as far as leaving out events leads with a bounded amount of work. The start
// stays. REQUIRES: replay(events) fails.
std::vector<Event> shrink(const Subject& subject, const std::vector<std::optional<oracle::Value>>& inputs,
                          std::vector<Event> events);

// An effect as one line.
std::string describe(const program::Effect& effect);

}  // namespace flow::differential
