// Which of a few regions a number is of: region_of() (numbers.h) specialised to the regions that somebody tells apart.
//
// The automaton of regions, with every region that is not named made one, and minimised again: for `PH, MY, else` the
// first three digits decide. A value of its own: copy it, keep it, share it between threads; it needs nothing else.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "numbers/walk.h"

namespace flow::numbers {

class Classifier {
 public:
  // The index in the list that it was made of where region_of(e164) stands first; the list's size when it is not in
  // there. For every text, E.164 or not: region_of() says 0 of what has no region, and 0 may be in the list.
  std::uint32_t classify(std::string_view e164) const {
    if (!walkable(e164)) [[unlikely]]
      return otherwise_;
    return walk(start_.data(), rows_.data(), e164, [this](std::uint32_t) { return otherwise_; });
  }

  // The tables as plain data, in the form of walk.h; answers are indexes as of classify(). `otherwise`: of leaves whose
  // count of digits does not fit, and of what is not walkable().
  std::span<const std::uint32_t> start() const { return start_; }  // kStarts of them
  std::span<const Row> rows() const { return rows_; }
  std::uint32_t otherwise() const { return otherwise_; }

 private:
  friend Classifier make_classifier(std::span<const std::int64_t> regions);

  std::vector<std::uint32_t> start_;
  std::vector<Row> rows_;
  std::uint32_t otherwise_ = 0;
};

// `regions`: `a << 8 | b` each, or 0; at most 65,535, any order, any of them more than once. Tens of microseconds.
Classifier make_classifier(std::span<const std::int64_t> regions);

}  // namespace flow::numbers
