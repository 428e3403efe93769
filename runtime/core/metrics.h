// Counters and gauges by name and labels, for /metrics.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace flow::core {

enum class MetricKind : unsigned char { counter, gauge };
using Labels = std::vector<std::pair<std::string, std::string>>;

struct MetricSample {
  std::string name;  // flow_executions_started_total
  std::string help;
  MetricKind kind{};
  Labels labels;
  double value = 0;
};

class Metric {
 public:
  void add(double value = 1) { value_.fetch_add(value, std::memory_order_relaxed); }
  void set(double value) { value_.store(value, std::memory_order_relaxed); }
  double value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_{0};
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

  mutable std::mutex mutex_;
  std::map<std::pair<std::string, Labels>, Entry> entries_;
};

}  // namespace flow::core
