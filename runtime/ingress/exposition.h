// Metrics in Prometheus' text format, version 0.0.4.
#pragma once

#include <string>
#include <vector>

#include "runtime/core/metrics.h"

namespace flow::ingress {

std::string expose(std::vector<core::MetricSample> samples);

}  // namespace flow::ingress
