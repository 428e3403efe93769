#include "numbers/classifier.h"

#include <algorithm>
#include <array>
#include <map>
#include <unordered_map>

#include "base/check.h"
#include "numbers/tables.h"

namespace flow::numbers {
namespace {

// Leaves that say the same are one entry: `otherwise` for every count is 0.
class Specialiser {
 public:
  explicit Specialiser(std::span<const std::int64_t> regions) : others_(static_cast<std::uint32_t>(regions.size())) {
    FLOW_CHECK(regions.size() <= UINT16_MAX, "{} regions", regions.size());
    for (std::uint32_t i = 0; i < regions.size(); ++i) classes_.try_emplace(regions[i], i);
    otherwise_ = class_of(0);
  }

  std::uint32_t entry(std::uint32_t from) {
    if ((from & kInner) == 0) return leaf(class_of(from >> 16), from & kEveryCount);
    const auto known = known_.find(from);
    if (known != known_.end()) return known->second;
    const std::uint32_t made = inner(kRegionRows[from >> 16]);
    known_.emplace(from, made);
    return made;
  }

  std::uint32_t otherwise() const { return otherwise_; }
  std::vector<Row> take_rows() { return std::move(rows_); }

 private:
  std::uint32_t class_of(std::int64_t region) const {
    const auto found = classes_.find(region);
    return found == classes_.end() ? others_ : found->second;
  }

  std::uint32_t leaf(std::uint32_t label, std::uint32_t counts) const {
    return label == otherwise_ || counts == 0 ? 0 : label << 16 | counts;
  }

  std::uint32_t inner(const Row& from) {
    std::array<std::uint32_t, 11> row{};
    row[0] = class_of(from.stop);
    for (std::size_t digit = 0; digit < 10; ++digit) row[1 + digit] = entry(from.next[digit]);
    const std::uint32_t first = row[1];
    const bool one = (first & kInner) == 0 &&
                     std::all_of(row.begin() + 2, row.end(), [&](std::uint32_t next) { return next == first; });
    const std::uint32_t label = first == 0 ? row[0] : first >> 16;
    if (one && (row[0] == label || row[0] == otherwise_)) {
      return leaf(label, ((first << 1) & kEveryCount) | (row[0] == label ? 1U : 0U));
    }
    const auto [place, fresh] = ids_.try_emplace(row, static_cast<std::uint32_t>(rows_.size()));
    if (fresh) {
      Row& made = rows_.emplace_back();
      made.stop = row[0];
      std::copy(row.begin() + 1, row.end(), made.next);
    }
    return place->second << 16 | kInner;
  }

  std::uint32_t others_;
  std::uint32_t otherwise_ = 0;
  std::unordered_map<std::int64_t, std::uint32_t> classes_;
  std::unordered_map<std::uint32_t, std::uint32_t> known_;
  std::map<std::array<std::uint32_t, 11>, std::uint32_t> ids_;
  std::vector<Row> rows_;
};

}  // namespace

Classifier make_classifier(std::span<const std::int64_t> regions) {
  Specialiser specialiser(regions);
  Classifier made;
  made.otherwise_ = specialiser.otherwise();
  made.start_.reserve(kStarts);
  for (const std::uint32_t from : kRegionStart) made.start_.push_back(specialiser.entry(from));
  made.rows_ = specialiser.take_rows();
  return made;
}

}  // namespace flow::numbers
