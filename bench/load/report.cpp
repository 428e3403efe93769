#include "bench/load/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

namespace flow::load {
namespace {

// Seconds that come to less than this part of the median second are marked.
constexpr double kStallPart = 0.5;

double per_second(std::uint64_t count, double seconds) {
  return seconds > 0 ? static_cast<double>(count) / seconds : 0;
}

double per_execution(double amount, std::uint64_t executions) {
  return executions == 0 ? 0 : amount / static_cast<double>(executions);
}

std::uint64_t executions_of(const Outcome& outcome) {
  return outcome.counts.accepted + outcome.counts.known;
}

double milliseconds(std::int64_t ns) {
  return static_cast<double>(ns) * 1e-6;
}

using Text = std::back_insert_iterator<std::string>;

void latency_line(Text out, const char* name, const Histogram& histogram) {
  if (histogram.count() == 0) return;
  fmt::format_to(out, "  {:<28}{:>9.2f}{:>9.2f}{:>9.2f}{:>9.2f}{:>9.2f}\n", name, milliseconds(histogram.quantile(0.5)),
                 milliseconds(histogram.quantile(0.9)), milliseconds(histogram.quantile(0.99)),
                 milliseconds(histogram.quantile(0.999)), milliseconds(histogram.max()));
}

void latencies(Text out, const Outcome& outcome, const Options& options) {
  fmt::format_to(out, "\nLatency, ms                        p50      p90      p99    p99.9      max\n");
  if (options.connect > 0) latency_line(out, "connect", outcome.connect);
  latency_line(out, "start to 201", outcome.accept);
  if (options.plays_provider()) latency_line(out, "start to provider request", outcome.request);
  if (options.plays_provider() && options.waiting == 0) latency_line(out, "start to end", outcome.end);
}

void count_line(Text out, const char* name, std::uint64_t count, bool always = false) {
  if (count > 0 || always) fmt::format_to(out, "  {:<28}{:>12}\n", name, count);
}

void counts(Text out, const Outcome& outcome, const Options& options) {
  const Counts& c = outcome.counts;
  fmt::format_to(out, "\nCounts\n");
  count_line(out, "starts offered", c.offered, true);
  count_line(out, "accepted (201)", c.accepted, true);
  count_line(out, "accepted before (200)", c.known);
  count_line(out, "refused with 429", c.throttled);
  count_line(out, "refused with 503", c.overloaded);
  count_line(out, "  with Retry-After", c.retry_after);
  count_line(out, "  its longest, s", static_cast<std::uint64_t>(c.retry_after_s_max));
  count_line(out, "refused otherwise", c.failed);
  count_line(out, "never offered", c.not_offered);
  count_line(out, "connections lost", c.connections_lost);
  count_line(out, "starts repeated with key", c.resent);
  if (options.plays_provider()) {
    count_line(out, "provider requests", c.requests, true);
    count_line(out, "callbacks answered 2xx", c.callbacks, options.waiting == 0);
    count_line(out, "callbacks sent again", c.callbacks_again);
    count_line(out, "callbacks given up", c.callbacks_given_up);
    count_line(out, "fallbacks", c.fallbacks);
    count_line(out, "lost", c.lost, true);
    count_line(out, "repeated", c.repeated, true);
    count_line(out, "unexpected", c.unexpected, true);
    count_line(out, "unfinished", c.unfinished, true);
  }
  if (outcome.knows_metrics) {
    fmt::format_to(out, "  {:<28}{:>12.0f} started, {:.0f} ended\n", "flowd counts", outcome.metric_started,
                   outcome.metric_ended);
  }
  if (outcome.sampled > 0) {
    fmt::format_to(out, "  {:<28}{:>12} of {} looked up\n", "ended `done`", outcome.sampled_done, outcome.sampled);
  }
}

void costs(Text out, const Outcome& outcome, const Options& options) {
  const std::uint64_t executions = executions_of(outcome);
  fmt::format_to(out, "\nCost of an execution\n");
  if (outcome.knows_flowd) {
    fmt::format_to(out, "  {:<28}{:>10.1f} us\n", "CPU of flowd", per_execution(outcome.flowd_cpu_s * 1e6, executions));
  }
  fmt::format_to(out, "  {:<28}{:>10.1f} us\n", "CPU of flow-load", per_execution(outcome.own_cpu_s * 1e6, executions));
  if (!outcome.knows_flowd) return;
  const auto memory = static_cast<double>(outcome.flowd_bytes_after - outcome.flowd_bytes_before);
  const double disk = static_cast<double>(outcome.disk_after) - static_cast<double>(outcome.disk_before);
  fmt::format_to(out, "  {:<28}{:>10.0f} bytes\n", options.waiting > 0 ? "memory, waiting" : "memory",
                 per_execution(memory, executions));
  fmt::format_to(out, "  {:<28}{:>10.0f} bytes\n", options.waiting > 0 ? "disk, waiting" : "disk",
                 per_execution(disk, executions));
  fmt::format_to(out, "  {:<28}{:>10.1f} MB, then {:.1f} MB\n", "flowd, resident before",
                 static_cast<double>(outcome.flowd_bytes_before) / 1e6,
                 static_cast<double>(outcome.flowd_bytes_after) / 1e6);
}

void restart_lines(Text out, const Outcome& outcome) {
  fmt::format_to(out, "\nAfter kill -9\n  {:<28}{:>10.3f} s\n  {:<28}{:>10.3f} s\n", "serves after", outcome.serving_s,
                 "first new send after", outcome.first_send_s);
  fmt::format_to(out, "  {:<28}{:>10}\n", "repeated", outcome.repeated_after);
}

double median_rate(const std::vector<Second>& seconds) {
  std::vector<std::uint64_t> rates;
  for (const Second& second : seconds) rates.push_back(second.finished);
  if (rates.empty()) return 0;
  std::ranges::nth_element(rates, rates.begin() + static_cast<std::ptrdiff_t>(rates.size() / 2));
  return static_cast<double>(rates[rates.size() / 2]);
}

void timeline(Text out, const Outcome& outcome) {
  const double median = median_rate(outcome.seconds);
  fmt::format_to(out,
                 "\nSecond  offered accepted refused  to provider     over   max ms to 201, to provider   flowd MB\n");
  for (std::size_t i = 0; i < outcome.seconds.size(); ++i) {
    const Second& row = outcome.seconds[i];
    const bool whole = static_cast<double>(i + 1) <= outcome.offered_s;
    const bool stalled = whole && static_cast<double>(row.finished) < kStallPart * median;
    fmt::format_to(out, "{:>6}{:>9}{:>9}{:>8}{:>13}{:>9}{:>18.1f}{:>13.1f}{:>11.1f}{}\n", i + 1, row.offered,
                   row.accepted, row.refused, row.requests, row.finished, milliseconds(row.accept_ns_max),
                   milliseconds(row.request_ns_max), static_cast<double>(row.flowd_bytes) / 1e6,
                   stalled ? "  stalled" : "");
  }
}

nlohmann::json json_of(const Histogram& histogram) {
  return {{"count", histogram.count()},
          {"mean_ms", histogram.mean() * 1e-6},
          {"p50_ms", milliseconds(histogram.quantile(0.5))},
          {"p90_ms", milliseconds(histogram.quantile(0.9))},
          {"p99_ms", milliseconds(histogram.quantile(0.99))},
          {"p999_ms", milliseconds(histogram.quantile(0.999))},
          {"max_ms", milliseconds(histogram.max())}};
}

nlohmann::json json_of(const Counts& c) {
  return {{"offered", c.offered},
          {"accepted", c.accepted},
          {"accepted_before", c.known},
          {"refused_429", c.throttled},
          {"refused_503", c.overloaded},
          {"with_retry_after", c.retry_after},
          {"retry_after_s_max", c.retry_after_s_max},
          {"refused_otherwise", c.failed},
          {"never_offered", c.not_offered},
          {"connections_lost", c.connections_lost},
          {"starts_repeated", c.resent},
          {"provider_requests", c.requests},
          {"callbacks", c.callbacks},
          {"callbacks_sent_again", c.callbacks_again},
          {"callbacks_given_up", c.callbacks_given_up},
          {"fallbacks", c.fallbacks},
          {"finished", c.finished},
          {"lost", c.lost},
          {"repeated", c.repeated},
          {"unexpected", c.unexpected},
          {"unfinished", c.unfinished}};
}

}  // namespace

std::string table_of(const Outcome& outcome, const Options& options) {
  std::string text;
  const Text out(text);
  fmt::format_to(out, "{} branch {}, {}\n", options.flow, options.branch,
                 options.rate > 0 ? fmt::format("{} starts/s offered", options.rate)
                                  : fmt::format("{} outstanding", options.outstanding));
  fmt::format_to(out, "{} connections for starts, {:.1f} s, {:.1f} s to the last end\n", options.connections,
                 outcome.offered_s, outcome.all_s);
  fmt::format_to(out, "\nThroughput                  {:>12.0f} executions/s\n",
                 per_second(outcome.finished_in_time, outcome.offered_s));
  latencies(out, outcome, options);
  counts(out, outcome, options);
  costs(out, outcome, options);
  if (options.restart) restart_lines(out, outcome);
  if (!options.quiet) timeline(out, outcome);
  for (const std::string& remark : outcome.remarks) fmt::format_to(out, "note: {}\n", remark);
  fmt::format_to(out, "{}\n",
                 outcome.exact(options) ? "exact: nothing lost, nothing repeated" : "NOT EXACT: see the counts");
  return text;
}

std::string json_of(const Outcome& outcome, const Options& options) {
  const std::uint64_t executions = executions_of(outcome);
  nlohmann::json out = {{"flow", options.flow},
                        {"branch", options.branch},
                        {"outstanding", options.rate > 0 ? 0 : options.outstanding},
                        {"rate", options.rate},
                        {"connections", options.connections},
                        {"seconds_offered", outcome.offered_s},
                        {"seconds_all", outcome.all_s},
                        {"executions_per_second", per_second(outcome.finished_in_time, outcome.offered_s)},
                        {"start_to_201", json_of(outcome.accept)},
                        {"start_to_provider", json_of(outcome.request)},
                        {"start_to_end", json_of(outcome.end)},
                        {"connect", json_of(outcome.connect)},
                        {"counts", json_of(outcome.counts)},
                        {"samples", {{"looked_up", outcome.sampled}, {"done", outcome.sampled_done}}},
                        {"own_cpu_us", per_execution(outcome.own_cpu_s * 1e6, executions)},
                        {"exact", outcome.exact(options)},
                        {"notes", outcome.remarks}};
  if (outcome.knows_metrics) out["metrics"] = {{"started", outcome.metric_started}, {"ended", outcome.metric_ended}};
  if (outcome.knows_flowd) {
    out["flowd"] = {{"cpu_us", per_execution(outcome.flowd_cpu_s * 1e6, executions)},
                    {"resident_before", outcome.flowd_bytes_before},
                    {"resident_after", outcome.flowd_bytes_after},
                    {"disk_before", outcome.disk_before},
                    {"disk_after", outcome.disk_after}};
  }
  if (options.restart) {
    out["restart"] = {
        {"serving_s", outcome.serving_s}, {"first_send_s", outcome.first_send_s}, {"repeated", outcome.repeated_after}};
  }
  for (const Second& row : outcome.seconds) {
    out["timeline"].push_back({{"offered", row.offered},
                               {"accepted", row.accepted},
                               {"refused", row.refused},
                               {"provider_requests", row.requests},
                               {"finished", row.finished},
                               {"to_201_max_ms", milliseconds(row.accept_ns_max)},
                               {"to_provider_max_ms", milliseconds(row.request_ns_max)},
                               {"flowd_resident", row.flowd_bytes}});
  }
  return out.dump(2) + "\n";
}

}  // namespace flow::load
