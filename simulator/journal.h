// What happened, a JSON object a line: the judge of tests, so it must survive whatever is killed around it.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>

#include "base/result.h"
#include "runtime/http/json.h"

namespace flow::simulator {

std::int64_t wall_clock_ms();

// Any thread. A line is with the kernel when write() returns.
class Journal {
 public:
  // `path` empty: in memory only. io_error: the file cannot be written.
  static Result<std::unique_ptr<Journal>> open(const std::string& path);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  // Adds `at_ms`, wall-clock time.
  void write(http::Json entry);

  // Lines from number `from` on (from 0), at most kPageBytes of them.
  std::string read(std::size_t from) const;

 private:
  explicit Journal(int fd) : fd_(fd) {}

  mutable std::mutex mutex_;
  int fd_;  // -1: none
  std::vector<std::string> lines_;
};

}  // namespace flow::simulator
