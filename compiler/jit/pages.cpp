#include "compiler/jit/pages.h"

#include <sys/mman.h>

#include <cstdint>
#include <cstring>

namespace flow::jit {
namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20;

}  // namespace

Pages::Pages(std::size_t bytes) {
  if (bytes == 0) return;
  const bool huge = bytes >= kHugePage;
  const std::size_t all = bytes + (huge ? kHugePage : 0);  // what is not touched takes no memory
  void* at = ::mmap(nullptr, all, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) return;
  mapped_from_ = begin_ = static_cast<char*>(at);
  mapped_to_ = mapped_from_ + all;
  bytes_ = bytes;
  if (!huge) return;
  begin_ += (kHugePage - reinterpret_cast<std::uintptr_t>(begin_) % kHugePage) % kHugePage;
  ::madvise(begin_, bytes_, MADV_HUGEPAGE);  // a system that has none gives others
}

Pages Pages::of(std::string_view bytes) {
  Pages copy(bytes.size());
  if (copy.mapped()) std::memcpy(copy.begin_, bytes.data(), bytes.size());
  return copy;
}

Pages::~Pages() {
  if (mapped_from_ != nullptr) ::munmap(mapped_from_, static_cast<std::size_t>(mapped_to_ - mapped_from_));
}

bool Pages::protect(std::size_t from, std::size_t to, int protection) const {
  return from == to || ::mprotect(begin_ + from, to - from, protection) == 0;
}

void Pages::drop_front(std::size_t bytes) {
  char* from = begin_ + bytes;
  if (mapped_from_ < from && ::munmap(mapped_from_, static_cast<std::size_t>(from - mapped_from_)) == 0)
    mapped_from_ = from;
}

}  // namespace flow::jit
