// Vectors by number: what many nodes of an exploration share is kept once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace flow::prove {

// Equal vectors get equal numbers.
template <typename T>
class Pool {
 public:
  std::uint32_t number(const T& value) {
    const auto [place, fresh] = numbers_.try_emplace(value, static_cast<std::uint32_t>(values_.size()));
    if (fresh) {
      values_.push_back(&place->first);
      elements_ += value.size();
    }
    return place->second;
  }
  std::size_t elements() const { return elements_; }
  const T& operator[](std::uint32_t number) const { return *values_[number]; }

 private:
  std::map<T, std::uint32_t> numbers_;
  std::vector<const T*> values_;
  std::size_t elements_ = 0;
};

}  // namespace flow::prove
