// From a trail to an execution that an engine can replay.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compiler/prove/explore.h"
#include "compiler/prove/prove.h"

namespace flow::prove {

enum class Schedule : std::uint8_t {
  earliest,  // everything happens as soon as it can
  latest,    // as late as the trail's last arrival can be
};

// Nothing when some report that the trail needs cannot come from the messages it left.
std::optional<Witness> make_witness(const check::Workspace& workspace, const check::Flow& flow, const Trail& trail,
                                    Schedule schedule);

// The trail for people only.
std::vector<std::string> describe(const check::Workspace& workspace, const check::Flow& flow, const Trail& trail,
                                  Schedule schedule);

}  // namespace flow::prove
