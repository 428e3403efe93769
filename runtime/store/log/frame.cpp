#include "runtime/store/log/frame.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "base/crc32c.h"
#include "base/varint.h"
#include "runtime/core/bytes.h"

namespace flow::store::log {

namespace {

constexpr std::string_view kSegmentMagic = "FLOWLOG\n";
constexpr std::uint32_t kFrameMagic = 0x314d5246;  // "FRM1"
constexpr std::size_t kPartHeaderBytes = 8;
constexpr std::size_t kReadBytes = 1 << 20;
constexpr std::size_t kHeaderChecked = kFrameHeaderBytes - 4;

std::uint64_t aligned(std::uint64_t value) {
  return (value + kFrameAlignment - 1) / kFrameAlignment * kFrameAlignment;
}

// A header whose checksum fits.
bool read_header(std::string_view bytes, std::uint32_t seed, FrameHeader& header, std::uint32_t& parts_crc) {
  if (bytes.size() < kFrameHeaderBytes) return false;
  core::ByteReader reader(bytes.substr(0, kFrameHeaderBytes));
  if (reader.u32() != kFrameMagic) return false;
  header.size = reader.u32();
  header.number = reader.u64();
  header.last_change_ms = reader.i64();
  const std::uint32_t kind = reader.u32();
  header.kind = static_cast<FrameKind>(kind);
  (void)reader.u32();
  parts_crc = reader.u32();
  return reader.u32() == crc32c(bytes.substr(0, kHeaderChecked), seed) && kind >= 1 && kind <= 2 &&
         header.size <= kFrameBytesMax;
}

}  // namespace

std::string encode_segment_header(const SegmentHeader& header) {
  std::string out;
  core::ByteWriter writer(out);
  writer.raw(kSegmentMagic);
  writer.u32(kLogVersion);
  writer.raw({reinterpret_cast<const char*>(header.store.data()), header.store.size()});
  writer.u64(header.segment);
  writer.u64(header.first_frame);
  writer.i64(header.last_change_ms);
  writer.u32(crc32c(out));
  out.resize(kSegmentHeaderBytes);
  return out;
}

Result<SegmentHeader> decode_segment_header(std::string_view bytes) {
  core::ByteReader reader(bytes);
  if (reader.raw(kSegmentMagic.size()) != kSegmentMagic) {
    return fail(ErrorCode::data_loss, "it does not begin as a segment of the log does");
  }
  if (const std::uint32_t version = reader.u32(); version > kLogVersion) {
    return fail(
        ErrorCode::failed_precondition,
        "it has format {}, and this flowd reads formats up to {}; start the flowd that wrote it, or a newer one",
        version, kLogVersion);
  }
  SegmentHeader header;
  const std::string_view store = reader.raw(header.store.size());
  std::copy_n(store.begin(), store.size(), header.store.begin());
  header.segment = reader.u64();
  header.first_frame = reader.u64();
  header.last_change_ms = reader.i64();
  const std::size_t checked = bytes.size() - reader.rest().size();
  const std::uint32_t crc = reader.u32();
  if (reader.failed() || crc != crc32c(bytes.substr(0, checked))) {
    return fail(ErrorCode::data_loss, "its header is damaged");
  }
  return header;
}

std::uint32_t frame_seed(const StoreId& store, std::uint64_t segment) {
  std::string bytes(reinterpret_cast<const char*>(store.data()), store.size());
  core::ByteWriter(bytes).u64(segment);
  return crc32c(bytes);
}

void add_part(std::string& frame, const Part& part) {
  core::ByteWriter writer(frame);
  writer.u8(part.slots.first);
  writer.u8(part.slots.last);
  writer.u8(part.sealed ? 1 : 0);
  writer.u8(0);
  writer.text(part.bytes);
}

bool take_part(std::string_view& parts, Part& part) {
  if (parts.size() < kPartHeaderBytes) return false;
  core::ByteReader reader(parts);
  part.slots = {reader.u8(), reader.u8()};
  const std::uint8_t sealed = reader.u8();
  const std::uint8_t zero = reader.u8();
  part.sealed = sealed == 1;
  part.bytes = reader.text();
  parts = reader.rest();
  return !reader.failed() && sealed <= 1 && zero == 0 && part.slots.first <= part.slots.last;
}

void finish_frame(std::string& frame, FrameHeader header, std::uint32_t seed) {
  FLOW_CHECK(frame.size() >= kFrameHeaderBytes, "a frame without room for its header");
  header.size = static_cast<std::uint32_t>(frame.size() - kFrameHeaderBytes);
  char bytes[kFrameHeaderBytes];
  const auto put = [&bytes](std::size_t at, std::uint64_t value, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) bytes[at + i] = static_cast<char>(value >> (8 * i));
  };
  put(0, kFrameMagic, 4);
  put(4, header.size, 4);
  put(8, header.number, 8);
  put(16, static_cast<std::uint64_t>(header.last_change_ms), 8);
  put(24, static_cast<std::uint64_t>(header.kind), 4);
  put(28, 0, 4);
  put(32, crc32c(std::string_view(frame).substr(kFrameHeaderBytes), seed), 4);
  put(36, crc32c({bytes, kHeaderChecked}, seed), 4);
  std::copy_n(bytes, kFrameHeaderBytes, frame.begin());
  frame.resize(aligned(frame.size()));
}

std::uint64_t frame_bytes(std::uint64_t parts_size) {
  return aligned(kFrameHeaderBytes + parts_size);
}

FrameReader::FrameReader(DiskFile& file, std::uint32_t seed, std::uint64_t at, std::uint64_t number, bool check)
    : file_(file), seed_(seed), at_(at), number_(number), check_(check) {}

Result<std::string_view> FrameReader::window(std::uint64_t at, std::size_t size) {
  if (at < begin_ || at + size > begin_ + filled_) {
    if (at >= begin_ && at < begin_ + filled_) {
      std::memmove(buffer_.data(), buffer_.data() + (at - begin_), begin_ + filled_ - at);
      filled_ = begin_ + filled_ - at;
    } else {
      filled_ = 0;
    }
    begin_ = at;
    if (buffer_.size() < std::max(size, kReadBytes)) buffer_.resize(std::max(size, kReadBytes));
    const Result<std::size_t> got = file_.read(begin_ + filled_, buffer_.data() + filled_, buffer_.size() - filled_);
    if (!got) return std::unexpected(got.error());
    filled_ += *got;
  }
  return std::string_view(buffer_).substr(at - begin_, filled_ - (at - begin_));
}

Result<std::optional<Frame>> FrameReader::frame_at(std::uint64_t at) {
  Result<std::string_view> bytes = window(at, kFrameHeaderBytes);
  if (!bytes) return std::unexpected(bytes.error());
  Frame frame;
  std::uint32_t parts_crc = 0;
  if (!read_header(*bytes, seed_, frame.header, parts_crc)) return std::nullopt;
  bytes = window(at, kFrameHeaderBytes + frame.header.size);
  if (!bytes) return std::unexpected(bytes.error());
  if (bytes->size() < kFrameHeaderBytes + frame.header.size) return std::nullopt;
  frame.at = at;
  frame.parts = bytes->substr(kFrameHeaderBytes, frame.header.size);
  if (check_ && crc32c(frame.parts, seed_) != parts_crc) return std::nullopt;
  return frame;
}

Result<std::optional<Frame>> FrameReader::next() {
  Result<std::optional<Frame>> frame = frame_at(at_);
  if (!frame || !*frame) return frame;
  if ((*frame)->header.number != number_) return std::nullopt;
  at_ += frame_bytes((*frame)->header.size);
  ++number_;
  return frame;
}

Result<std::optional<std::uint64_t>> FrameReader::find_later() {
  for (std::uint64_t at = at_;; at += kFrameAlignment) {
    Result<std::string_view> bytes = window(at, kFrameHeaderBytes);
    if (!bytes) return std::unexpected(bytes.error());
    if (bytes->size() < kFrameHeaderBytes) return std::nullopt;
    // Mostly zeros, and many.
    while (read_fixed32(*bytes) != kFrameMagic && bytes->size() >= kFrameHeaderBytes + kFrameAlignment) {
      bytes->remove_prefix(kFrameAlignment);
      at += kFrameAlignment;
    }
    if (read_fixed32(*bytes) != kFrameMagic) continue;
    const Result<std::optional<Frame>> frame = frame_at(at);
    if (!frame) return std::unexpected(frame.error());
    if (*frame && (*frame)->header.number >= number_) return at;
  }
}

}  // namespace flow::store::log
