// Which of a few constants a value is, in the form that both engines hold: plain tables, which compiled code has among its
// constants and an interpreter builds when it is made.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "runtime/program/abi.h"

extern "C" {

// A perfect hash of different texts: a text's hash finds its bucket, the bucket's number and the hash find its one slot.
struct FlowTextChoice {
  const flow::program::FlowText* texts;
  const std::uint32_t* slots;    // slot_mask + 1: index in texts, or UINT32_MAX
  const std::uint32_t* buckets;  // bucket_mask + 1
  std::uint64_t slot_mask;
  std::uint64_t bucket_mask;
  std::uint64_t shortest, longest;  // bytes
};

// The index of `text` in choice->texts, or -1.
std::int64_t flow_text_choice(const FlowTextChoice* choice, const flow::program::FlowText* text);

}  // extern "C"

namespace flow::program {

// Builds such tables, and keeps the numbers in them; the texts stay the caller's. Linear in the texts, pure: the same
// texts give the same tables on every machine.
class TextChoice {
 public:
  TextChoice() = default;
  // REQUIRES: at least one text, none twice.
  explicit TextChoice(std::vector<FlowText> texts);

  // Points into this, which may be moved, but not copied, meanwhile.
  FlowTextChoice table() const;
  std::span<const std::uint32_t> slots() const { return slots_; }
  std::span<const std::uint32_t> buckets() const { return buckets_; }

 private:
  bool place(const std::vector<std::uint64_t>& hashes);

  std::vector<FlowText> texts_;
  std::vector<std::uint32_t> slots_;
  std::vector<std::uint32_t> buckets_;
};

}  // namespace flow::program
