// Frames, of which a segment of the log is made; docs/formats/log.md has the bytes. A frame is what one write made
// durable. Its checksums are seeded with the store's id and the segment's number, so that nothing left behind in a file
// that is used again is ever taken for a frame.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "runtime/store/log/disk.h"
#include "runtime/store/shard_log.h"

namespace flow::store::log {

inline constexpr std::size_t kSegmentHeaderBytes = 512;  // a sector: it is there or not
inline constexpr std::size_t kFrameHeaderBytes = 40;
inline constexpr std::size_t kFrameAlignment = 8;
inline constexpr std::uint64_t kFrameBytesMax = 1U << 30;  // of one frame's parts
inline constexpr std::uint32_t kLogVersion = 1;

using StoreId = std::array<std::uint8_t, 16>;

struct SegmentHeader {
  StoreId store{};
  std::uint64_t segment = 0;
  std::uint64_t first_frame = 0;    // the number of its first frame
  std::int64_t last_change_ms = 0;  // the greatest time in the segments before
};

std::string encode_segment_header(const SegmentHeader& header);
// data_loss; failed_precondition: of a newer flowd.
Result<SegmentHeader> decode_segment_header(std::string_view bytes);

enum class FrameKind : std::uint8_t {
  records = 1,
  closed = 2,  // the store was closed in order: what is damaged before this was not torn
};

// What both checksums of a frame begin with.
std::uint32_t frame_seed(const StoreId& store, std::uint64_t segment);

struct FrameHeader {
  std::uint32_t size = 0;  // of the parts
  std::uint64_t number = 0;
  std::int64_t last_change_ms = 0;  // the greatest time in the log up to here
  FrameKind kind = FrameKind::records;
};

// One shard's records in a frame: `bytes` as Batch has them, or those sealed.
struct Part {
  SlotRange slots;
  bool sealed = false;
  std::string_view bytes;
};

void add_part(std::string& frame, const Part& part);
// Takes a part off the front; false: damaged.
bool take_part(std::string_view& parts, Part& part);
// Writes the header over the first kFrameHeaderBytes of `frame` and pads its end. REQUIRES: those bytes are there.
void finish_frame(std::string& frame, FrameHeader header, std::uint32_t seed);
std::uint64_t frame_bytes(std::uint64_t parts_size);

struct Frame {
  FrameHeader header;
  std::uint64_t at = 0;    // in the segment
  std::string_view parts;  // valid until the next call of the reader
};

// Reads a segment's frames in order, in big steps. One thread.
class FrameReader {
 public:
  // From the frame `number` at `at` on. `check`: whether the parts' checksums are looked at.
  FrameReader(DiskFile& file, std::uint32_t seed, std::uint64_t at, std::uint64_t number, bool check);
  // Nothing where no good frame of the number that is due follows; then at() is that place.
  Result<std::optional<Frame>> next();
  std::uint64_t at() const { return at_; }
  std::uint64_t number() const { return number_; }  // the next one's
  // Where, from at() on, any good frame begins, if one does.
  Result<std::optional<std::uint64_t>> find_later();

 private:
  // What the file has from `at` on, at least `size` bytes of it if it has so many.
  Result<std::string_view> window(std::uint64_t at, std::size_t size);
  Result<std::optional<Frame>> frame_at(std::uint64_t at);

  DiskFile& file_;
  std::uint32_t seed_;
  std::uint64_t at_;
  std::uint64_t number_;
  bool check_;
  std::string buffer_;
  std::uint64_t begin_ = 0;  // of the buffer in the file
  std::size_t filled_ = 0;
};

}  // namespace flow::store::log
