// Random checked workspaces, for tests of everything that reads them: lowering, engines, proofs.
//
// What a generated flow promises (all that the checker promises, and a little more):
//   * ids are in range, every expression has its type, with `optional` and `secret` as the checker would have them; a
//     variable that some way leaves unset is optional where it is read, unless a condition has just shown it to be set
//   * every step can be reached from the start by the arms as written (conditions and regions not looked at)
//   * without the taken arrows of jumps the graph has no cycle, and no chain of jumps' `else` comes back to itself;
//     counters are small, so that every execution ends
//   * sends keep the rules of milestones: `delivered` has `undelivered after`, `read` has `unread after` as well,
//   `sent`
//     has neither; templates are of the channel
//   * there is every component, target and kind of handler, expressions of all kinds and functions, optional and
//     secret values, restricted regions; traps can happen. There are no guarantees: tests add what they want to prove
//   * nothing has a span or a file, and documentation is empty
//
// Pure: the same seed and options give the same workspace, on every platform.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/check/checked.h"
#include "tests/differential/random.h"

namespace flow::generate {

struct Options {
  std::size_t steps_max = 12;
  std::size_t jumps_max = 4;
  std::uint32_t jump_bound_max = 3;  // N of `jump … max N`, from 1
  std::size_t handlers_max = 4;
  std::size_t expression_depth_max = 3;
  bool traps = true;       // numbers and texts near their limits
  bool operations = true;  // steps that ask the outside
  bool lists = true;       // lists and records
  // Only what the language can say and the checker (nearly always) takes: write_source() in write_source.h.
  bool as_written = false;
};

// One flow, with the channels and templates that it may use.
check::Workspace workspace(std::uint64_t seed, const Options& options = {});

// Another flow of that workspace.
std::unique_ptr<check::Flow> flow(std::uint64_t seed, const Options& options, const check::Workspace& workspace,
                                  const std::string& name);

// A value of an input: `text` for kinds that are texts, else `scalar`.
struct Value {
  std::int64_t scalar = 0;
  std::string text;
};

// Amounts are of one currency.
inline constexpr program::Currency kCurrency = 'U' << 16 | 'S' << 8 | 'D';

// Values for the flow's inputs, by VariableId (only inputs have an entry; one that may be left out may be absent).
std::vector<std::optional<Value>> inputs(Random& random, const check::Flow& flow, const Options& options = {});

// The region of the generated phone numbers (and of any with these prefixes), as program::RegionLookup has it. Some
// have none. Stands in for libphonenumber, which these tests are not about.
std::int64_t region_of(std::string_view e164);

// The calling codes that generated flows name, with the regions of region_of().
std::vector<check::RecognizeCallingCode::Code> calling_codes();

}  // namespace flow::generate
