// Which arm of `random` a key takes: a number that depends on the key and on where it is asked, and on nothing else.
#pragma once

#include <cstdint>
#include <string_view>

namespace flow::program {

// 0 to 99, each about equally often over many keys. `salt`: the flow's and the step's name, each with a line end behind
// it. Never changes between releases: who has seen one arm of an experiment goes on seeing it (docs/semantics.md has it
// to the bit). Keys are not hidden by it.
std::int64_t bucket_of(std::string_view salt, std::string_view key);

}  // namespace flow::program
