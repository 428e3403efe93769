// What all who play in a simulation share.
#pragma once

#include "tests/differential/random.h"
#include "tests/simulation/agenda.h"
#include "tests/simulation/faults.h"
#include "tests/simulation/trace.h"

namespace flow::simulation {

struct Stage {
  explicit Stage(std::uint64_t seed)
      : agenda(generate::derive(seed, 1)), random(generate::derive(seed, 2)), chance(generate::derive(seed, 3)) {}

  Agenda agenda;
  Trace trace;
  generate::Random random;  // of what happens
  generate::Random chance;  // of what goes wrong: leaving a fault out does not change everything else at once
  Faults faults;
  std::uint64_t lives = 0;
  bool healed = false;  // from here on nothing goes wrong any more

  std::uint64_t next_life() { return ++lives; }
  bool strikes(Fault fault) { return !healed && faults.strikes(fault, chance); }
  void note(Happened event) {
    event.at_ms = agenda.now_ms();
    trace.note(event);
  }
};

}  // namespace flow::simulation
