#include "runtime/core/metrics.h"

#include <algorithm>
#include <tuple>

namespace flow::core {

void Histogram::observe(double seconds) {
  const auto* bound = std::ranges::lower_bound(kBounds, seconds);
  counts_[static_cast<std::size_t>(bound - kBounds.begin())].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(seconds, std::memory_order_relaxed);
}

std::vector<std::uint64_t> Histogram::buckets() const {
  std::vector<std::uint64_t> cumulative;
  cumulative.reserve(counts_.size());
  std::uint64_t all = 0;
  for (const auto& count : counts_) cumulative.push_back(all += count.load(std::memory_order_relaxed));
  return cumulative;
}

std::uint64_t Histogram::count() const {
  return buckets().back();
}

Histogram& MetricSet::histogram(const std::string& name, const std::string& help, const Labels& labels) {
  const std::lock_guard lock(mutex_);
  HistogramEntry& entry = histograms_[{name, labels}];
  if (entry.help.empty()) entry.help = help;
  return entry.histogram;
}

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
  samples.reserve(entries_.size() + histograms_.size());
  for (const auto& [key, entry] : entries_) {
    samples.push_back({key.first, entry.help, entry.kind, key.second, entry.metric.value(), {}});
  }
  for (const auto& [key, entry] : histograms_) {
    samples.push_back(
        {key.first, entry.help, MetricKind::histogram, key.second, entry.histogram.sum(), entry.histogram.buckets()});
  }
  std::ranges::sort(samples, {}, [](const MetricSample& sample) { return std::tie(sample.name, sample.labels); });
  return samples;
}

double MetricSet::value(const std::string& name, const Labels& labels) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find({name, labels});
  return found == entries_.end() ? 0 : found->second.metric.value();
}

}  // namespace flow::core
