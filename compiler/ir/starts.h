// Which flows of a module start which others: what proofs of flows that start others rest on.
#pragma once

#include <cstdint>
#include <vector>

#include "compiler/ir/ir.h"

namespace flow::ir {

struct Starts {
  static constexpr std::uint32_t kNone = UINT32_MAX;

  struct Site {
    bool starts = false;         // another flow
    std::uint32_t flow = kNone;  // in Module::flows; kNone: it is not there
    bool lives_on = false;       // it, or what it starts in turn, does not end with its starter's wait
  };

  struct Of {
    std::vector<Site> sites;  // by operation site
    bool outlived = false;    // what it starts may live on
    // What is asked of it: its guarantees, in their order; then, with a limit of 0, what those of the flows that start
    // it add up. Of these each question is there once.
    std::vector<Guarantee> asked;
  };

  std::vector<Of> of;  // by flow
  std::vector<std::uint32_t>
      order;  // each flow behind all that it starts; one that starts itself in the end is left out
};

// Linear in the module, but for what is asked: flows times questions.
Starts starts_of(const Module& module);

// Whether what a flow may come to counts what it starts: see docs/formats/certificate.md.
bool adds_up(Guarantee::Kind kind);

}  // namespace flow::ir
