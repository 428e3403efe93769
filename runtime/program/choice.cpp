#include "runtime/program/choice.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/check.h"
#include "numbers/numbers.h"
#include "runtime/program/frame.h"

namespace flow::program {
namespace {

constexpr std::uint32_t kNone = UINT32_MAX;
constexpr std::uint64_t kFactor = 0x9E3779B97F4A7C15U;
constexpr std::uint32_t kTriesMax = 1 << 12;  // numbers that a bucket tries before there are more slots

std::uint64_t mixed(std::uint64_t hash) {
  hash ^= hash >> 32;
  hash *= kFactor;
  return hash ^ (hash >> 29);
}

// Little-endian whatever the machine: the tables are the same everywhere.
std::uint64_t word_at(const char* data, std::size_t bytes) {
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < bytes; ++i) word |= std::uint64_t{static_cast<unsigned char>(data[i])} << (8 * i);
  return word;
}

std::uint64_t hash_of(const char* data, std::size_t size) {
  std::uint64_t hash = size * kFactor;
  for (; size >= 8; data += 8, size -= 8) hash = mixed(hash ^ word_at(data, 8));
  return mixed(hash ^ word_at(data, size));
}

// Every number of a bucket sends its hashes elsewhere.
std::uint64_t slot_of(std::uint64_t hash, std::uint32_t number) {
  return mixed(hash + number * kFactor);
}

}  // namespace

TextChoice::TextChoice(std::vector<FlowText> texts) : texts_(std::move(texts)) {
  FLOW_CHECK(!texts_.empty());
  std::vector<std::uint64_t> hashes;
  for (const FlowText& text : texts_) hashes.push_back(hash_of(text.data, text.size));
  const std::size_t count = std::bit_ceil(texts_.size());
  buckets_.resize(std::max<std::size_t>(count / 4, 1));
  // More slots help unless two hashes are equal to the bit, which no 64-bit hash of so few texts shows.
  for (std::size_t slots = 2 * count;; slots *= 2) {
    FLOW_CHECK(slots <= 1024 * count, "{} texts have no perfect hash", texts_.size());
    slots_.assign(slots, kNone);
    if (place(hashes)) return;
  }
}

// The fullest buckets first, while there is room.
bool TextChoice::place(const std::vector<std::uint64_t>& hashes) {
  std::vector<std::vector<std::uint32_t>> members(buckets_.size());
  for (std::uint32_t i = 0; i < hashes.size(); ++i) members[hashes[i] & (buckets_.size() - 1)].push_back(i);
  std::vector<std::uint32_t> order(buckets_.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::stable_sort(order,
                           [&](std::uint32_t a, std::uint32_t b) { return members[a].size() > members[b].size(); });
  for (const std::uint32_t bucket : order) {
    std::uint32_t number = 0;
    const auto fits = [&] {
      for (std::size_t i = 0; i < members[bucket].size(); ++i) {
        std::uint32_t& slot = slots_[slot_of(hashes[members[bucket][i]], number) & (slots_.size() - 1)];
        if (slot == kNone) {
          slot = members[bucket][i];
          continue;
        }
        while (i-- > 0) slots_[slot_of(hashes[members[bucket][i]], number) & (slots_.size() - 1)] = kNone;
        return false;
      }
      return true;
    };
    while (!fits())
      if (++number == kTriesMax) return false;
    buckets_[bucket] = number;
  }
  return true;
}

FlowTextChoice TextChoice::table() const {
  const auto [shortest, longest] =
      std::ranges::minmax(texts_, [](const FlowText& a, const FlowText& b) { return a.size < b.size; });
  return {texts_.data(),       slots_.data(), buckets_.data(), slots_.size() - 1,
          buckets_.size() - 1, shortest.size, longest.size};
}

}  // namespace flow::program

extern "C" std::int64_t flow_text_choice(const FlowTextChoice* choice, const flow::program::FlowText* text) {
  using namespace flow::program;
  if (text->size < choice->shortest || text->size > choice->longest) return -1;
  const std::uint64_t hash = hash_of(text->data, text->size);
  const std::uint32_t number = choice->buckets[hash & choice->bucket_mask];
  const std::uint32_t found = choice->slots[slot_of(hash, number) & choice->slot_mask];
  if (found == UINT32_MAX) return -1;
  const FlowText& one = choice->texts[found];
  return one.size == text->size && std::memcmp(one.data, text->data, one.size) == 0 ? std::int64_t{found} : -1;
}

extern "C" std::int64_t flow_region_choice(flow::program::FlowFrame* frame, const FlowRegionChoice* choice,
                                           const flow::program::FlowText* e164) {
  using namespace flow;
  const std::string_view number(e164->data, e164->size);
  const std::span<const std::int64_t> regions(choice->regions, choice->count);
  const program::Frame& host = *static_cast<const program::Frame*>(frame->host->owner);
  if (host.region_lookup() != &numbers::region_of) {  // of a test: the automaton knows nothing of it
    const std::int64_t region = host.region_of(number);
    return std::ranges::find(regions, region) != regions.end() ? region : 0;
  }
  std::uint64_t found = choice->otherwise;
  if (numbers::walkable(number)) [[likely]]
    found = numbers::walk(choice->start, choice->rows, number,
                          [&](std::uint32_t) { return static_cast<std::uint32_t>(choice->otherwise); });
  return found < regions.size() ? regions[found] : 0;
}
