// Which of a few constants a value is, in the form that both engines hold: plain tables, which compiled code has among
// its constants and an interpreter builds when it is made.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "numbers/classifier.h"
#include "runtime/program/abi.h"

extern "C" {

// A perfect hash of different texts: a text's hash finds its bucket, the bucket's number and the hash find its one
// slot.
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

// Regions that a flow tells apart, and the automaton that finds out which of them a number is of
// (numbers/classifier.h).
struct FlowRegionChoice {
  const std::uint32_t* start;
  const flow::numbers::Row* rows;
  const std::int64_t* regions;
  std::uint64_t count;      // of them
  std::uint64_t otherwise;  // what the automaton says of a number whose count of digits does not fit
};

// The region of the number, when it is one of them; else 0.
std::int64_t flow_region_choice(flow::program::FlowFrame* frame, const FlowRegionChoice* choice,
                                const flow::program::FlowText* e164);

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

// The same of regions.
class RegionChoice {
 public:
  RegionChoice() = default;
  // REQUIRES: as numbers::make_classifier(); none twice, none 0.
  explicit RegionChoice(std::vector<std::int64_t> regions)
      : regions_(std::move(regions)), classifier_(numbers::make_classifier(regions_)) {}

  // Points into this, which may be moved, but not copied, meanwhile.
  FlowRegionChoice table() const {
    return {classifier_.start().data(), classifier_.rows().data(), regions_.data(), regions_.size(),
            classifier_.otherwise()};
  }
  const numbers::Classifier& classifier() const { return classifier_; }

 private:
  std::vector<std::int64_t> regions_;
  numbers::Classifier classifier_;
};

}  // namespace flow::program
