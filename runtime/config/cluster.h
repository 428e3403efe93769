// [cluster]: several nodes on one database.
#pragma once

#include "runtime/config/config.h"
#include "runtime/config/reader.h"

namespace flow::config {

Cluster read_cluster(Reader& reader);

}  // namespace flow::config
