#include "tests/simulation/agenda.h"

#include <algorithm>
#include <utility>

namespace flow::simulation {

void Agenda::at(std::int64_t ms, Action action) {
  std::uint32_t place = 0;
  if (free_.empty()) {
    place = static_cast<std::uint32_t>(actions_.size());
    actions_.push_back(std::move(action));
  } else {
    place = free_.back();
    free_.pop_back();
    actions_[place] = std::move(action);
  }
  heap_.push_back({std::max(ms, now_ms_), static_cast<std::uint32_t>(random_.next()), place});
  std::push_heap(heap_.begin(), heap_.end(), std::greater<>());
}

bool Agenda::run_next(std::int64_t until_ms) {
  if (heap_.empty() || heap_.front().at_ms > until_ms) return false;
  std::pop_heap(heap_.begin(), heap_.end(), std::greater<>());
  const Entry next = heap_.back();
  heap_.pop_back();
  now_ms_ = next.at_ms;
  Action action = std::exchange(actions_[next.place], nullptr);
  free_.push_back(next.place);
  action();
  return true;
}

}  // namespace flow::simulation
