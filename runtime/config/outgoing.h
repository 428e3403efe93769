// [outgoing]: what flows ask of the outside.
#pragma once

#include "runtime/config/config.h"
#include "runtime/config/reader.h"

namespace flow::config {

void read_outgoing(Reader& reader, Outgoing& outgoing);

}  // namespace flow::config
