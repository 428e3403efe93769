// A run: the generator's parts around one loop, phase by phase, and what came of it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "bench/load/book.h"
#include "bench/load/options.h"

namespace flow::load {

struct Outcome {
  Counts counts;
  std::vector<Second> seconds;
  std::vector<std::string> remarks;
  Histogram connect, accept, request, end;
  double offered_s = 0;                // how long starts were offered
  double all_s = 0;                    // until everything was over
  std::uint64_t finished_in_time = 0;  // while starts were offered

  bool knows_flowd = false;  // process and folder: an installation of its own
  double flowd_cpu_s = 0;
  double own_cpu_s = 0;
  std::int64_t flowd_bytes_before = 0;  // resident
  std::int64_t flowd_bytes_after = 0;
  std::uint64_t disk_before = 0;
  std::uint64_t disk_after = 0;

  bool knows_metrics = false;
  double metric_started = 0;
  double metric_ended = 0;
  std::uint64_t sampled = 0;
  std::uint64_t sampled_done = 0;

  // With --restart: seconds from the start of the new process until it served, and until the provider had the first
  // message that was started after it; requests for messages that had been sent before the kill.
  double serving_s = 0;
  double first_send_s = 0;
  std::uint64_t repeated_after = 0;

  // Nothing lost, nothing repeated, everything over and as flowd itself says.
  bool exact(const Options& options) const;
};

Result<std::unique_ptr<Outcome>> run(const Options& options);

}  // namespace flow::load
