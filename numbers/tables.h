// What was made of the metadata while building (plan/make_plan.cpp): two automata and what their answers mean.
#pragma once

#include <cstddef>
#include <cstdint>

#include "numbers/walk.h"

namespace flow::numbers {

// `possibility[n]`: of a national number of n digits, as Possibility has them (numbers/automaton.h).
struct CallingCode {
  std::uint16_t code;
  std::uint8_t possibility[18];
};

// What becomes of the digits behind a calling code: `insert`, then `take` digits after the first `skip`, then all
// after `drop` more.
struct Rewriting {
  const char* insert;
  std::uint8_t skip;
  std::uint8_t take;
  std::uint8_t drop;
};

// An answer of the automaton of numbers. `otherwise`: that of a leaf whose count of digits does not fit.
struct Label {
  bool parsed;
  std::uint8_t type;
  std::uint16_t region;
  std::uint16_t rewriting;
  std::uint16_t otherwise;
};

// By code; the main region of a code first.
struct CodeRegion {
  std::uint16_t code;
  std::uint16_t region;
};

extern const CallingCode kCallingCodes[];
extern const std::size_t kCallingCodeCount;
extern const CodeRegion kCodeRegions[];
extern const std::size_t kCodeRegionCount;
extern const Rewriting kRewritings[];
extern const Label kLabels[];
// Index into kCallingCodes by the first three digits; of none: kCallingCodeCount. Codes have one to three digits, and
// none begins another.
extern const std::uint8_t kCallingCodeOf[kStarts];

// The automaton of numbers; answers are indexes into kLabels. It is too large for nodes of 32 bits: one of 16 is a row,
// or from kNumberRowCount on a leaf, whose entry is as in walk.h.
struct NumberRow {
  std::uint16_t stop;
  std::uint16_t next[10];
};
extern const std::uint16_t kNumberStart[kStarts];
extern const NumberRow kNumberRows[];
extern const std::size_t kNumberRowCount;
extern const std::uint32_t kNumberLeaves[];

// The automaton of regions; answers are regions, and a leaf whose count does not fit says 0.
extern const std::uint32_t kRegionStart[kStarts];
extern const Row kRegionRows[];
extern const std::size_t kRegionRowCount;

// As Metadata has them (numbers/automaton.h).
extern const char* const kMetadataVersion;
extern const char* const kMetadataOrigin;
extern const char* const kMetadataChecksum;

}  // namespace flow::numbers
