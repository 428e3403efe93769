// Memory in whole pages, of which each part has its own rights: for files that are read in one piece, and for code that
// runs where it was read.
#pragma once

#include <cstddef>
#include <string_view>
#include <utility>

namespace flow::jit {

// Owns its pages. One thread.
class Pages {
 public:
  Pages() = default;
  // `bytes` of zeros, writable, from the beginning of a page. Of 2 MB and more the system is asked for huge pages: a
  // fault for each 4 KB takes longer than reading them. Not mapped when `bytes` is 0, or there is no memory (errno).
  explicit Pages(std::size_t bytes);
  // A copy.
  static Pages of(std::string_view bytes);
  Pages(Pages&& other) noexcept { swap(other); }
  Pages& operator=(Pages&& other) noexcept {
    swap(other);
    return *this;
  }
  ~Pages();

  bool mapped() const { return begin_ != nullptr; }
  char* begin() const { return begin_; }
  // All bytes that were asked for. REQUIRES: none were dropped.
  std::string_view view() const { return {begin_, bytes_}; }

  // From the beginning of a page to that of another, or to the end; `protection` is mprotect()'s. False: the system
  // refused.
  bool protect(std::size_t from, std::size_t to, int protection) const;
  // Gives what lies before `bytes`, the beginning of a page, back to the system. The rest stays where it is.
  void drop_front(std::size_t bytes);

 private:
  void swap(Pages& other) noexcept {
    std::swap(begin_, other.begin_);
    std::swap(bytes_, other.bytes_);
    std::swap(mapped_from_, other.mapped_from_);
    std::swap(mapped_to_, other.mapped_to_);
  }

  char* begin_ = nullptr;
  std::size_t bytes_ = 0;
  char* mapped_from_ = nullptr;  // what is ours to give back: begins earlier where begin_ had to be moved
  char* mapped_to_ = nullptr;
};

}  // namespace flow::jit
