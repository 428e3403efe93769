// Everything that happened in one simulation, in order: hashed, so that two runs can be compared, and kept, so that a
// failure can be told as one timeline.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace flow::simulation {

inline constexpr std::uint32_t kNone = UINT32_MAX;

// One line. `what` is a literal; the numbers say what it was about.
struct Happened {
  std::int64_t at_ms = 0;
  const char* what = "";
  std::uint32_t node = kNone;
  std::uint32_t order = kNone;      // of a client, by number
  std::uint32_t execution = kNone;  // by number, as first seen
  std::uint32_t message = kNone;
  std::int64_t value = 0;
};

class Trace {
 public:
  void note(const Happened& event);
  std::uint64_t hash() const { return hash_; }
  std::size_t size() const { return events_.size(); }

  // What concerns `execution` or `order` (kNone: no restriction), nodes and disks included; the last `most` lines.
  std::string text(std::uint32_t execution, std::uint32_t order, std::size_t most) const;

 private:
  std::uint64_t hash_ = 0x9e3779b97f4a7c15;
  std::vector<Happened> events_;
};

}  // namespace flow::simulation
