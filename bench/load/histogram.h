// Latencies in nanoseconds, counted in buckets whose width is at most 1/64 of their value: any number of values in
// 20 KB, and quantiles that are true to 1.6 %.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace flow::load {

class Histogram {
 public:
  // Less than 0 counts as 0; more than about 2 hours as that.
  void add(std::int64_t nanoseconds);
  void clear() { *this = Histogram(); }

  std::uint64_t count() const { return count_; }
  std::int64_t max() const { return max_; }  // exact; 0 when nothing was counted
  double mean() const { return count_ == 0 ? 0 : sum_ / static_cast<double>(count_); }
  // The value that a part of them (0 to 1) does not exceed, rounded up to its bucket's end; never more than max().
  std::int64_t quantile(double part) const;

 private:
  static constexpr int kPrecisionBits = 6;
  static constexpr int kValueBits = 43;
  static constexpr std::size_t kBuckets = std::size_t{kValueBits - kPrecisionBits + 1} << kPrecisionBits;

  static std::size_t bucket_of(std::uint64_t value);
  static std::uint64_t end_of(std::size_t bucket);

  std::array<std::uint64_t, kBuckets> counts_{};
  std::uint64_t count_ = 0;
  std::int64_t max_ = 0;
  double sum_ = 0;
};

}  // namespace flow::load
