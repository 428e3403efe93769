// Virtual time: what happens next, and when. Nothing in a simulation waits; the clock jumps to the next event.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "tests/differential/random.h"

namespace flow::simulation {

class Agenda {
 public:
  using Action = std::move_only_function<void()>;

  // True time, which no node sees as it is: milliseconds since the epoch.
  static constexpr std::int64_t kBeginMs = 1'795'168'800'000;

  explicit Agenda(std::uint64_t seed) : random_(seed) {}

  std::int64_t now_ms() const { return now_ms_; }
  // Events of the same instant come in an order that the seed decides. A time that has passed is now.
  void at(std::int64_t ms, Action action);
  void in(std::int64_t ms, Action action) { at(now_ms_ + ms, std::move(action)); }

  // Moves the clock to the next event and runs it. False: there is none before `until_ms`.
  bool run_next(std::int64_t until_ms = INT64_MAX);
  std::size_t size() const { return heap_.size(); }

 private:
  struct Entry {
    std::int64_t at_ms;
    std::uint32_t tie;
    std::uint32_t place;  // in actions_
    bool operator>(const Entry& other) const {
      if (at_ms != other.at_ms) return at_ms > other.at_ms;
      return tie != other.tie ? tie > other.tie : place > other.place;
    }
  };

  generate::Random random_;
  std::int64_t now_ms_ = kBeginMs;
  std::vector<Entry> heap_;
  std::vector<Action> actions_;
  std::vector<std::uint32_t> free_;
};

}  // namespace flow::simulation
