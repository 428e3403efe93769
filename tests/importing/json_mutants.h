// JSON broken in every small way: values swapped, deleted, doubled, of another type, renamed.
#pragma once

#include <cstdint>
#include <random>
#include <string>

#include "compiler/import/json.h"

namespace flow::importing {

// `json` with one to three changes. Pure: the same seed gives the same mutant.
Json mutant(const Json& json, std::uint64_t seed);

// `text` with one to three bytes changed, or cut off.
std::string broken(const std::string& text, std::uint64_t seed);

}  // namespace flow::importing
