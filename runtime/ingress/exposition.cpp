#include "runtime/ingress/exposition.h"

#include <algorithm>

#include <fmt/format.h>

namespace flow::ingress {
namespace {

std::string escaped(const std::string& text, bool quotes) {
  std::string out;
  for (const char c : text) {
    if (c == '\n')
      out += "\\n";
    else if (c == '\\')
      out += "\\\\";
    else if (c == '"' && quotes)
      out += "\\\"";
    else
      out += c;
  }
  return out;
}

std::string labels_of(const core::Labels& labels) {
  if (labels.empty()) return {};
  std::string out;
  for (const auto& [name, value] : labels) {
    out += fmt::format("{}{}=\"{}\"", out.empty() ? "{" : ",", name, escaped(value, true));
  }
  return out + "}";
}

std::string_view name_of(core::MetricKind kind) {
  switch (kind) {
    case core::MetricKind::counter:
      return "counter";
    case core::MetricKind::gauge:
      return "gauge";
    case core::MetricKind::histogram:
      return "histogram";
  }
  return "untyped";
}

std::string lines_of(const core::MetricSample& sample) {
  const std::string labels = labels_of(sample.labels);
  if (sample.kind != core::MetricKind::histogram) return fmt::format("{}{} {}\n", sample.name, labels, sample.value);
  std::string out;
  core::Labels bounded = sample.labels;
  bounded.emplace_back("le", "");
  for (std::size_t i = 0; i < sample.buckets.size(); ++i) {
    const auto& bounds = core::Histogram::kBounds;
    bounded.back().second = i < bounds.size() ? fmt::format("{}", bounds[i]) : "+Inf";
    out += fmt::format("{}_bucket{} {}\n", sample.name, labels_of(bounded), sample.buckets[i]);
  }
  out += fmt::format("{}_sum{} {}\n", sample.name, labels, sample.value);
  out += fmt::format("{}_count{} {}\n", sample.name, labels, sample.buckets.empty() ? 0 : sample.buckets.back());
  return out;
}

}  // namespace

std::string expose(std::vector<core::MetricSample> samples) {
  // Samples of one name must stand together.
  std::ranges::stable_sort(samples, {}, &core::MetricSample::name);
  std::string out;
  const std::string* name = nullptr;
  for (const auto& sample : samples) {
    if (name == nullptr || *name != sample.name) {
      out += fmt::format("# HELP {} {}\n# TYPE {} {}\n", sample.name, escaped(sample.help, false), sample.name,
                         name_of(sample.kind));
      name = &sample.name;
    }
    out += lines_of(sample);
  }
  return out;
}

}  // namespace flow::ingress
