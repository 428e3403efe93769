// Counters, gauges and histograms by name and labels, for /metrics.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace flow::core {

enum class MetricKind : unsigned char { counter, gauge, histogram };
using Labels = std::vector<std::pair<std::string, std::string>>;

struct MetricSample {
  std::string name;  // flow_executions_started_total
  std::string help;
  MetricKind kind{};
  Labels labels;
  double value = 0;                      // of a histogram: the sum of what was observed
  std::vector<std::uint64_t> buckets{};  // of a histogram: how many were at most Histogram::kBounds[i]; the last: all
};

class Metric {
 public:
  void add(double value = 1) { value_.fetch_add(value, std::memory_order_relaxed); }
  void set(double value) { value_.store(value, std::memory_order_relaxed); }
  double value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_{0};
};

// How long something took, in seconds. Any thread; observing neither locks nor allocates.
class Histogram {
 public:
  // Upper bounds, from a step of the engine to a provider that answers late.
  static constexpr std::array<double, 18> kBounds = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                                     0.1,    0.25,    0.5,    1,     2.5,    5,     10,   30,    60};

  void observe(double seconds);
  double sum() const { return sum_.load(std::memory_order_relaxed); }
  std::uint64_t count() const;
  // Cumulative, as Prometheus wants them: one for each bound and one for all.
  std::vector<std::uint64_t> buckets() const;

 private:
  std::array<std::atomic<std::uint64_t>, kBounds.size() + 1> counts_{};  // each its own bucket only
  std::atomic<double> sum_{0};
};

// Any thread. References stay valid for the set's life: look a metric up once where that matters.
class MetricSet {
 public:
  Metric& counter(const std::string& name, const std::string& help, const Labels& labels = {}) {
    return find(MetricKind::counter, name, help, labels);
  }
  Metric& gauge(const std::string& name, const std::string& help, const Labels& labels = {}) {
    return find(MetricKind::gauge, name, help, labels);
  }
  // The name ends in _seconds.
  Histogram& histogram(const std::string& name, const std::string& help, const Labels& labels = {});
  // Sorted by name, then labels.
  std::vector<MetricSample> samples() const;
  // The value of one; 0 when it was never touched. For tests.
  double value(const std::string& name, const Labels& labels = {}) const;

 private:
  struct Entry {
    std::string help;
    MetricKind kind{};
    Metric metric;
  };

  Metric& find(MetricKind kind, const std::string& name, const std::string& help, const Labels& labels);

  struct HistogramEntry {
    std::string help;
    Histogram histogram;
  };

  mutable std::mutex mutex_;
  std::map<std::pair<std::string, Labels>, Entry> entries_;
  std::map<std::pair<std::string, Labels>, HistogramEntry> histograms_;
};

}  // namespace flow::core
