// The tutorial's flow as a checked tree, built by hand: all its branches, lets, templates, handlers.
#pragma once

#include "compiler/check/checked.h"

namespace flow::generate {

check::Workspace tutorial();

// A flow that sends, jumping back, until the limit on messages of an execution stops it.
check::Workspace endless_sender();

}  // namespace flow::generate
