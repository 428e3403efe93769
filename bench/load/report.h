// The results for people, and as JSON for programs (docs/load.md).
#pragma once

#include <string>

#include "bench/load/run.h"

namespace flow::load {

std::string table_of(const Outcome& outcome, const Options& options);
std::string json_of(const Outcome& outcome, const Options& options);

}  // namespace flow::load
