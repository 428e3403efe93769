#include "runtime/tables/record_table.h"

#include <sys/mman.h>

#include <cstring>
#include <new>

#include "base/check.h"

namespace flow::tables {
namespace {

constexpr std::uint32_t kChunksMax = 1U << 24;
constexpr std::size_t kLargeChunks = 256;  // a table that has more is large

// From the operating system and back to it: an allocator would keep what is let go of.
// In a large table its pages come at once, which costs a third of coming one by one.
std::uint8_t* map_chunk(std::size_t bytes, bool large) {
  const int flags = MAP_PRIVATE | MAP_ANONYMOUS | (large ? MAP_POPULATE : 0);
  void* at = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
  if (at == MAP_FAILED) throw std::bad_alloc();
  return static_cast<std::uint8_t*>(at);
}

void unmap_chunk(std::uint8_t* chunk, std::size_t bytes) {
  ::munmap(chunk, bytes);
}

}  // namespace

RecordTable::~RecordTable() {
  for (Handle handle = 0; handle < end_; ++handle) {
    if (kind_of(places_[handle]) == kLarge) ::operator delete(block_of(places_[handle]));
  }
  for (const Chunk& chunk : chunks_) {
    if (chunk.bytes != nullptr) unmap_chunk(chunk.bytes, kChunkBytes);
  }
  if (spare_ != nullptr) unmap_chunk(spare_, kChunkBytes);
}

RecordTable::Handle RecordTable::put(Bytes bytes) {
  const std::uint64_t place = store(bytes);
  Handle handle = free_handle_;
  if (handle != kNone) {
    free_handle_ = static_cast<std::uint32_t>(places_[handle] >> 2);
    places_[handle] = place;
  } else {
    FLOW_CHECK(end_ < 1U << 31, "{} records", end_);
    handle = end_++;
    places_.make(handle) = place;
  }
  ++records_;
  return handle;
}

void RecordTable::replace(Handle handle, Bytes bytes) {
  FLOW_CHECK(contains(handle), "no record {}", handle);
  std::uint64_t& place = places_[handle];
  if (kind_of(place) == kSmall && bytes.size() <= kSmallBytesMax &&
      class_of(bytes.size()) == class_of(bytes_of(place))) {
    live_bytes_ = live_bytes_ - bytes_of(place) + bytes.size();
    if (!bytes.empty()) std::memmove(bytes_at(place).data(), bytes.data(), bytes.size());
    place = (place & ((std::uint64_t{1} << 40) - 1)) | std::uint64_t{bytes.size()} << 40;
    return;
  }
  const std::uint64_t old = place;
  place = store(bytes);
  release(old);
}

void RecordTable::erase(Handle handle) {
  FLOW_CHECK(contains(handle), "no record {}", handle);
  std::uint64_t& place = places_[handle];
  release(place);
  place = std::uint64_t{free_handle_} << 2 | kFree;
  free_handle_ = handle;
  --records_;
}

RecordTable::Bytes RecordTable::get(Handle handle) const {
  FLOW_CHECK(contains(handle), "no record {}", handle);
  return bytes_at(places_[handle]);
}

std::span<std::uint8_t> RecordTable::edit(Handle handle) {
  FLOW_CHECK(contains(handle), "no record {}", handle);
  return bytes_at(places_[handle]);
}

bool RecordTable::contains(Handle handle) const {
  return handle < end_ && kind_of(places_[handle]) != kFree;
}

RecordTable::Stats RecordTable::stats() const {
  const std::size_t chunks = open_chunks_ + (spare_ != nullptr ? 1 : 0);
  return {records_, live_bytes_,
          chunks * kChunkBytes + large_bytes_ + places_.allocated_bytes() + chunks_.capacity() * sizeof(Chunk)};
}

std::uint64_t RecordTable::store(Bytes bytes) {
  FLOW_CHECK(bytes.size() <= limits::kRecordBytesMax, "a record of {} bytes", bytes.size());
  live_bytes_ += bytes.size();
  if (bytes.size() > kSmallBytesMax) {
    auto* block = static_cast<Large*>(::operator new(sizeof(Large) + bytes.size()));
    block->bytes = bytes.size();
    std::memcpy(block + 1, bytes.data(), bytes.size());
    large_bytes_ += sizeof(Large) + bytes.size();
    return reinterpret_cast<std::uint64_t>(block) | kLarge;
  }
  const std::size_t size_class = class_of(bytes.size());
  std::uint32_t number = with_room_[size_class];
  if (number == kNone) number = open_chunk(size_class);
  Chunk& chunk = chunks_[number];
  std::uint16_t unit = chunk.free;
  if (unit != kNoUnit) {
    std::memcpy(&chunk.free, chunk.bytes + unit * kUnitBytes, sizeof(chunk.free));
  } else {
    unit = chunk.fresh;
    chunk.fresh = static_cast<std::uint16_t>(chunk.fresh + size_class + 1);
  }
  ++chunk.live;
  if (!has_room(chunk)) unlist(number);
  if (!bytes.empty()) std::memcpy(chunk.bytes + unit * kUnitBytes, bytes.data(), bytes.size());
  return std::uint64_t{number} << 2 | std::uint64_t{unit} << 26 | std::uint64_t{bytes.size()} << 40 | kSmall;
}

void RecordTable::release(std::uint64_t place) {
  const std::size_t bytes = bytes_at(place).size();
  live_bytes_ -= bytes;
  if (kind_of(place) == kLarge) {
    large_bytes_ -= sizeof(Large) + bytes;
    ::operator delete(block_of(place));
    return;
  }
  const std::uint32_t number = chunk_of(place);
  Chunk& chunk = chunks_[number];
  if (--chunk.live == 0) return close_chunk(number);
  const auto unit = static_cast<std::uint16_t>(unit_of(place));
  std::memcpy(chunk.bytes + unit * kUnitBytes, &chunk.free, sizeof(chunk.free));
  chunk.free = unit;
  if (!chunk.listed) list(number);
}

std::span<std::uint8_t> RecordTable::bytes_at(std::uint64_t place) const {
  if (kind_of(place) == kLarge) {
    Large* block = block_of(place);
    return {reinterpret_cast<std::uint8_t*>(block + 1), block->bytes};
  }
  return {chunks_[chunk_of(place)].bytes + unit_of(place) * kUnitBytes, bytes_of(place)};
}

std::uint32_t RecordTable::open_chunk(std::size_t size_class) {
  std::uint32_t number = free_chunk_;
  if (number != kNone) {
    free_chunk_ = chunks_[number].next;
  } else {
    FLOW_CHECK(chunks_.size() < kChunksMax, "{} chunks", chunks_.size());
    number = static_cast<std::uint32_t>(chunks_.size());
    chunks_.emplace_back();
  }
  Chunk& chunk = chunks_[number];
  chunk = Chunk{};
  chunk.bytes = spare_ != nullptr ? spare_ : map_chunk(kChunkBytes, open_chunks_ > kLargeChunks);
  spare_ = nullptr;
  chunk.size_class = static_cast<std::uint8_t>(size_class);
  ++open_chunks_;
  list(number);
  return number;
}

void RecordTable::close_chunk(std::uint32_t number) {
  Chunk& chunk = chunks_[number];
  if (chunk.listed) unlist(number);
  if (spare_ == nullptr) {
    spare_ = chunk.bytes;
  } else {
    unmap_chunk(chunk.bytes, kChunkBytes);
  }
  chunk = Chunk{};
  chunk.next = free_chunk_;
  free_chunk_ = number;
  --open_chunks_;
}

void RecordTable::list(std::uint32_t number) {
  Chunk& chunk = chunks_[number];
  std::uint32_t& first = with_room_[chunk.size_class];
  chunk.listed = true;
  chunk.prev = kNone;
  chunk.next = first;
  if (first != kNone) chunks_[first].prev = number;
  first = number;
}

void RecordTable::unlist(std::uint32_t number) {
  Chunk& chunk = chunks_[number];
  chunk.listed = false;
  if (chunk.next != kNone) chunks_[chunk.next].prev = chunk.prev;
  (chunk.prev != kNone ? chunks_[chunk.prev].next : with_room_[chunk.size_class]) = chunk.next;
}

bool RecordTable::has_room(const Chunk& chunk) {
  return chunk.free != kNoUnit || chunk.fresh + chunk.size_class + 1U <= kChunkBytes / kUnitBytes;
}

}  // namespace flow::tables
