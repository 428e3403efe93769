#include "bench/load/histogram.h"

#include <algorithm>
#include <cmath>

namespace flow::load {

// Values below 2^6 have a bucket each; above, each power of two has 2^6 of them.
std::size_t Histogram::bucket_of(std::uint64_t value) {
  if (value < (1U << kPrecisionBits)) return value;
  const int shift = static_cast<int>(std::bit_width(value)) - kPrecisionBits - 1;
  return (static_cast<std::size_t>(shift) << kPrecisionBits) + (value >> shift);
}

std::uint64_t Histogram::end_of(std::size_t bucket) {
  if (bucket < (std::size_t{2} << kPrecisionBits)) return bucket;
  const std::size_t shift = (bucket >> kPrecisionBits) - 1;
  const std::uint64_t top = bucket - (shift << kPrecisionBits);
  return ((top + 1) << shift) - 1;
}

void Histogram::add(std::int64_t nanoseconds) {
  const std::int64_t value = std::clamp<std::int64_t>(nanoseconds, 0, (std::int64_t{1} << kValueBits) - 1);
  ++counts_[bucket_of(static_cast<std::uint64_t>(value))];
  ++count_;
  max_ = std::max(max_, value);
  sum_ += static_cast<double>(value);
}

std::int64_t Histogram::quantile(double part) const {
  if (count_ == 0) return 0;
  const double wanted = std::ceil(std::clamp(part, 0.0, 1.0) * static_cast<double>(count_));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
    seen += counts_[bucket];
    if (seen > 0 && static_cast<double>(seen) >= wanted) {
      return std::min(max_, static_cast<std::int64_t>(end_of(bucket)));
    }
  }
  return max_;
}

}  // namespace flow::load
