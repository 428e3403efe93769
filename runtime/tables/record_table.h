// Byte records in memory, each with a small number for a name: what a shard keeps of its executions.
//
// Records of up to 1 KB lie in chunks of one size class (multiples of 8 bytes), larger ones in blocks of their own, so
// there is no allocation for each, and a freed place is taken by the next record of its class. A chunk without records
// is given back. Beside its bytes, rounded up to 8, a record costs 8 bytes, and a chunk that is not full for each
// class.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <vector>

#include "base/limits.h"
#include "base/paged.h"

namespace flow::tables {

// One thread. Handles are dense: the ones of erased records are given out again first.
class RecordTable {
 public:
  using Handle = std::uint32_t;
  using Bytes = std::span<const std::uint8_t>;

  struct Stats {
    std::size_t records = 0;
    std::size_t live_bytes = 0;       // of the records, as they were given
    std::size_t allocated_bytes = 0;  // of all that the table holds
  };

  RecordTable() = default;
  ~RecordTable();
  RecordTable(const RecordTable&) = delete;
  RecordTable& operator=(const RecordTable&) = delete;

  // At most limits::kRecordBytesMax and at most 2^31 records, which callers see to. `bytes` may lie in the table.
  Handle put(Bytes bytes);
  // REQUIRES of the next four: contains(handle).
  // In place when the size class stays. `bytes` may lie in the table, in the same record too.
  void replace(Handle handle, Bytes bytes);
  void erase(Handle handle);
  // Valid until this record is replaced or erased; other records may come and go.
  Bytes get(Handle handle) const;
  // To change bytes without changing their number.
  std::span<std::uint8_t> edit(Handle handle);

  bool contains(Handle handle) const;
  // Every handle is below this: for going through all.
  Handle end() const { return end_; }
  Stats stats() const;

 private:
  static constexpr std::size_t kUnitBytes = 8;
  static constexpr std::size_t kSmallBytesMax = 1024;
  static constexpr std::size_t kClasses = kSmallBytesMax / kUnitBytes;
  static constexpr std::size_t kChunkBytes = std::size_t{128} << 10;
  static constexpr std::uint32_t kNone = 0xFFFF'FFFF;
  static constexpr std::uint16_t kNoUnit = 0xFFFF;

  // Where a record is, in 8 bytes. The two lowest bits say which kind:
  //   small: chunk 24 bits, unit in it 14 bits, bytes 11 bits; large: the address of its block; free: the next free
  //   one.
  enum Kind : std::uint64_t { kFree = 0, kSmall = 1, kLarge = 2 };
  struct Large {
    std::size_t bytes;
  };
  struct Chunk {
    std::uint8_t* bytes = nullptr;  // null: this number is not in use
    std::uint32_t next = kNone;     // of the same class with room; of numbers that are not in use
    std::uint32_t prev = kNone;
    std::uint16_t free = kNoUnit;  // the first unit of a freed place; each holds the next
    std::uint16_t fresh = 0;       // the first unit that was never used
    std::uint16_t live = 0;        // records
    std::uint8_t size_class = 0;   // units of a place, less one
    bool listed = false;           // among those with room
  };

  static std::size_t class_of(std::size_t bytes) { return bytes == 0 ? 0 : (bytes - 1) / kUnitBytes; }
  static Kind kind_of(std::uint64_t place) { return static_cast<Kind>(place & 3); }
  static std::uint32_t chunk_of(std::uint64_t place) { return static_cast<std::uint32_t>(place >> 2 & 0xFF'FFFF); }
  static std::uint32_t unit_of(std::uint64_t place) { return static_cast<std::uint32_t>(place >> 26 & 0x3FFF); }
  static std::size_t bytes_of(std::uint64_t place) { return place >> 40; }
  static Large* block_of(std::uint64_t place) { return reinterpret_cast<Large*>(place & ~std::uint64_t{3}); }

  std::uint64_t store(Bytes bytes);
  void release(std::uint64_t place);
  std::span<std::uint8_t> bytes_at(std::uint64_t place) const;
  std::uint32_t open_chunk(std::size_t size_class);
  void close_chunk(std::uint32_t number);
  void list(std::uint32_t number);
  void unlist(std::uint32_t number);
  static bool has_room(const Chunk& chunk);

  Paged<std::uint64_t> places_;
  Handle end_ = 0;
  std::uint32_t free_handle_ = kNone;
  std::vector<Chunk> chunks_;
  std::uint32_t free_chunk_ = kNone;  // a number
  std::array<std::uint32_t, kClasses> with_room_ = [] {
    std::array<std::uint32_t, kClasses> none{};
    none.fill(kNone);
    return none;
  }();
  std::uint8_t* spare_ = nullptr;  // one empty chunk is kept: a record that comes and goes does not cost one each time
  std::size_t open_chunks_ = 0;
  std::size_t records_ = 0;
  std::size_t live_bytes_ = 0;
  std::size_t large_bytes_ = 0;
};

}  // namespace flow::tables
