#include "runtime/core/metrics.h"

namespace flow::core {

Metric& MetricSet::find(MetricKind kind, const std::string& name, const std::string& help, const Labels& labels) {
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_[{name, labels}];
  if (entry.help.empty()) {
    entry.help = help;
    entry.kind = kind;
  }
  return entry.metric;
}

std::vector<MetricSample> MetricSet::samples() const {
  const std::lock_guard lock(mutex_);
  std::vector<MetricSample> samples;
  samples.reserve(entries_.size());
  for (const auto& [key, entry] : entries_) {
    samples.push_back({key.first, entry.help, entry.kind, key.second, entry.metric.value()});
  }
  return samples;
}

double MetricSet::value(const std::string& name, const Labels& labels) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find({name, labels});
  return found == entries_.end() ? 0 : found->second.metric.value();
}

}  // namespace flow::core
