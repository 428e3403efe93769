// One simulation from its seed to its verdict: nodes, disks, clients, providers and what goes wrong between them; then
// nothing goes wrong any more, and everything must come to its end.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tests/simulation/canaries.h"
#include "tests/simulation/faults.h"
#include "tests/simulation/judge.h"

namespace flow::simulation {

struct Plan {
  std::uint64_t seed = 0;
  std::uint32_t orders = 0;      // 0: as the seed has it
  std::optional<Faults> faults;  // none: as the seed draws them
  std::uint32_t nodes = 0;       // that share a database; 0: as the seed has it
  std::optional<bool> disk;      // a node alone, with a disk of its own; none: as the seed has it
  std::optional<Canary> canary;
  std::optional<Fault> without;  // this fault is left out
};

struct Verdict {
  std::optional<Failure> failure;
  Faults faults;
  std::uint32_t orders = 0;
  std::uint32_t nodes = 0;
  bool disk = false;
  std::size_t executions = 0;
  std::uint64_t sends = 0;
  std::uint64_t repeats = 0;
  std::uint64_t deaths = 0;
  std::uint64_t events = 0;
  std::uint64_t hash = 0;  // of everything that happened
  std::string timeline;    // of a failure
};

Verdict simulate(const Plan& plan);

// A plan that fails as well, with fewer faults and orders where that was found. REQUIRES: simulate(plan) fails.
Plan shrink(Plan plan);

// The arguments of simulation_test that replay it.
std::string replay_command(const Plan& plan);

}  // namespace flow::simulation
