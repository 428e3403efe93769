// Which message has which of the provider's ids: for providers whose reports name nothing else. Kept in memory, the
// latest only: after a restart, and on another node, a report of an earlier message finds nothing and is counted as
// ignored; the flow's own timers decide then. Any thread.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "runtime/channels/correlation.h"

namespace flow::channels {

class SentIds {
 public:
  struct Sent {
    Correlation correlation;
    std::string id;
  };

  explicit SentIds(std::size_t most) : most_(most) {}

  // `at_ms`: when the attempt began, wall-clock time. Beyond `most` the oldest are forgotten.
  void remember(std::string_view channel, std::string_view recipient, std::string_view id,
                const Correlation& correlation, std::int64_t at_ms);
  std::optional<Correlation> find(std::string_view channel, std::string_view id) const;
  // What this recipient was sent up to that time.
  std::vector<Sent> until(std::string_view channel, std::string_view recipient, std::int64_t watermark_ms) const;

 private:
  struct Entry {
    Correlation correlation;
    std::int64_t at_ms = 0;
    std::string id;         // channel and id
    std::string recipient;  // channel and recipient
  };
  static std::string key(std::string_view channel, std::string_view rest);
  void forget_oldest();

  const std::size_t most_;
  mutable std::mutex mutex_;  // guards what follows
  std::uint64_t first_ = 0;   // number of entries_.front()
  std::deque<Entry> entries_;
  std::unordered_map<std::string, std::uint64_t> by_id_;                     // number of the entry
  std::unordered_map<std::string, std::deque<std::uint64_t>> by_recipient_;  // in order
};

}  // namespace flow::channels
