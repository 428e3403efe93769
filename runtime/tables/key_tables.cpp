#include "runtime/tables/key_tables.h"

#include <algorithm>
#include <iterator>

#include "base/check.h"
#include "base/limits.h"

namespace flow::tables {
namespace {

constexpr auto kHashOf = [](std::uint64_t fingerprint) { return fingerprint; };

}  // namespace

KeyHistory::KeyHistory(std::int64_t generation_ms) : generation_ms_(generation_ms) {
  FLOW_CHECK(generation_ms > 0, "a generation of {} ms", generation_ms);
}

void KeyHistory::insert(std::uint64_t fingerprint, std::int64_t at_ms) {
  fingerprint = KeySegment::stored(fingerprint);
  Generation& generation = generation_of(at_ms);
  generation.latest_ms = std::max(generation.latest_ms, at_ms);
  if (generation.segments.of(fingerprint).contains(fingerprint)) return;
  generation.segments.insert(fingerprint, fingerprint, kHashOf);
}

bool KeyHistory::maybe_contains(std::uint64_t fingerprint) const {
  fingerprint = KeySegment::stored(fingerprint);
  return std::any_of(generations_.rbegin(), generations_.rend(), [fingerprint](const auto& entry) {
    return entry.second.segments.of(fingerprint).contains(fingerprint);
  });
}

void KeyHistory::drop_before(std::int64_t at_ms) {
  std::erase_if(generations_, [at_ms](const auto& entry) { return entry.second.latest_ms < at_ms; });
}

std::size_t KeyHistory::size() const {
  std::size_t size = 0;
  for (const auto& [number, generation] : generations_) size += generation.segments.size();
  return size;
}

std::size_t KeyHistory::allocated_bytes() const {
  std::size_t bytes = 0;
  for (const auto& [number, generation] : generations_)
    bytes += sizeof(generation) + generation.segments.allocated_bytes();
  return bytes;
}

// When there are too many, the next later one does, or else the last: a generation lives as long as its latest.
KeyHistory::Generation& KeyHistory::generation_of(std::int64_t at_ms) {
  const std::int64_t number = at_ms / generation_ms_ - (at_ms % generation_ms_ < 0 ? 1 : 0);
  const auto found = generations_.lower_bound(number);
  if (found != generations_.end() && found->first == number) return found->second;
  if (generations_.size() < limits::kKeyGenerationsMax)
    return generations_.emplace(number, Generation{{}, at_ms}).first->second;
  return found != generations_.end() ? found->second : std::prev(found)->second;
}

}  // namespace flow::tables
