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

std::string labels_of(const core::MetricSample& sample) {
  if (sample.labels.empty()) return {};
  std::string out;
  for (const auto& [name, value] : sample.labels) {
    out += fmt::format("{}{}=\"{}\"", out.empty() ? "{" : ",", name, escaped(value, true));
  }
  return out + "}";
}

}  // namespace

std::string expose(std::vector<core::MetricSample> samples) {
  // Samples of one name must stand together.
  std::ranges::stable_sort(samples, {}, &core::MetricSample::name);
  std::string out;
  const std::string* name = nullptr;
  for (const auto& sample : samples) {
    if (name == nullptr || *name != sample.name) {
      const char* kind = sample.kind == core::MetricKind::counter ? "counter" : "gauge";
      out += fmt::format("# HELP {} {}\n# TYPE {} {}\n", sample.name, escaped(sample.help, false), sample.name, kind);
      name = &sample.name;
    }
    out += fmt::format("{}{} {}\n", sample.name, labels_of(sample), sample.value);
  }
  return out;
}

}  // namespace flow::ingress
