// Does an imported flow do what the original does, outcome by outcome?
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "compiler/import/fidelity/graph.h"

namespace flow::importing::fidelity {

// A state of the original and the step that it became, by their names: a hint. States that no execution reaches are
// compared from there; a wrong hint can only make the comparison fail.
struct Pairing {
  std::string original;
  std::string step;
};

// What the import has and the original has not: a bound of a jump, a variable that is set, an outcome that the language
// wants an arm for. What comes after such an outcome is not compared. The import must have declared it.
struct Addition {
  std::string step;
  std::string what;  // "late after 5000", "jump", "set"
};

struct Comparison {
  bool same = false;
  std::string difference;         // one line, when they are not the same
  std::vector<std::string> path;  // the labels that lead to it, from the start: the fewest
  std::size_t states = 0;         // of the original that were compared, silent ones not counted
  std::size_t transitions = 0;    // of these
  std::vector<Addition> additions;
  std::vector<std::string> left_out;  // states of the original that neither a path nor a pairing leads to
};

// Weak bisimulation, up to additions, of two graphs in which a label says where it leads: walks through both at once.
// Time and memory are near linear in their size. Never throws, whatever the graphs are; indices must be sound.
Comparison compare(const Graph& original, const Graph& imported, const std::vector<Pairing>& pairings = {});

}  // namespace flow::importing::fidelity
