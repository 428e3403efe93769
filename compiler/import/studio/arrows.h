// From written steps to the draft of a flow: arrows, and jumps where arrows would go round in circles.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "compiler/import/draft.h"
#include "compiler/import/report.h"
#include "compiler/import/studio/writer.h"

namespace flow::importing::studio {

// What ways that lead nowhere in the original have in common: they stand in the header once.
struct Otherwise {
  std::vector<std::string> outcomes;  // `failed`, `late after 10s`, `silent after 1h`
};

// `start`: of `steps`; nothing: there is none. Fills flow.steps, in reading order, and flow.start.
Otherwise draw_arrows(std::vector<Step> steps, const std::map<std::size_t, std::size_t>& entries, const Target& start,
                      const Definition& definition, Report& report, DraftFlow& flow);

}  // namespace flow::importing::studio
