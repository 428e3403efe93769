// The log's files: segments `log/NNNNNNNN.log` of which the last is written, and spare ones that wait to be used again.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "runtime/store/log/disk.h"
#include "runtime/store/log/frame.h"

namespace flow::store::log {

struct SegmentInfo {
  std::uint64_t number = 0;
  std::uint64_t first_frame = 0;
  std::uint64_t next_frame = 0;  // the number after its last frame's
  std::uint64_t bytes = 0;       // to the end of its last frame
  std::int64_t last_change_ms = 0;
};

std::string segment_name(std::uint64_t number);

class Segments {
 public:
  // The first segment of a new store, durable but for the folder's own name. REQUIRES: the folder is empty.
  static Status make_first(Disk& disk, const std::string& folder, const StoreId& store, std::uint64_t segment_bytes);

  // Reads every frame, with so many threads (0: the caller's only), and writes nothing. Segments before `from` are
  // left-overs and not looked at.
  static Result<std::unique_ptr<Segments>> open(Disk& disk, std::string folder, const StoreId& store,
                                                std::uint64_t segment_bytes, std::uint64_t from, unsigned threads);

  // From here on the folder may be changed: removes left-overs, makes sure that what was read is on the disk.
  Status begin();

  // ---- Writer

  // Writes a frame and waits for the disk. `frame` has room for its header in front.
  Status append(std::string& frame, FrameKind kind, std::int64_t last_change_ms);
  // The next frame begins a new segment; nothing when the last one is empty.
  Status rotate();
  std::uint32_t seed() const { return seed_; }

  // ---- Librarian

  // Segments up to this one go: their files are used again or removed; `wipe`: overwritten first.
  Status free_through(std::uint64_t segment, bool wipe);

  // ---- Any thread

  std::vector<SegmentInfo> list() const;
  SegmentInfo active() const;
  std::uint64_t next_frame() const;  // frames before this are on disk
  std::int64_t last_change_ms() const;
  std::uint64_t bytes() const;  // of files, spare ones included
  // Frames [from, to) in order, each with its segment's number. The segments must not be freed meanwhile.
  using EachFrame = std::function<Status(const Frame&, std::uint64_t segment)>;
  Status each_frame(std::uint64_t from, std::uint64_t to, bool check, const EachFrame& each) const;
  // Writes segments from this one on, up to the end of what is on disk now, into another folder.
  Status copy(Disk& to_disk, const std::string& to_folder) const;

 private:
  Segments(Disk& disk, std::string folder, const StoreId& store, std::uint64_t segment_bytes);
  std::string path(const std::string& name) const { return folder_ + "/" + name; }
  // What is in a segment, by itself.
  struct Examined {
    SegmentInfo info;
    std::uint64_t last_frame_at = 0;  // 0: it has none
  };
  Result<Examined> examine(std::uint64_t number, bool last) const;
  Status examine_all(const std::vector<std::uint64_t>& numbers, unsigned threads);
  Result<std::unique_ptr<DiskFile>> new_file(std::uint64_t number, std::string& path_now);
  void use(SegmentInfo info, std::unique_ptr<DiskFile> file);

  Disk& disk_;
  std::string folder_;
  StoreId store_;
  std::uint64_t segment_bytes_;
  std::vector<std::string> left_over_;  // names, until begin()
  // Writer.
  std::unique_ptr<DiskFile> file_;
  std::uint32_t seed_ = 0;
  std::uint64_t last_frame_at_ = 0;  // 0: the last segment has none
  // All.
  mutable std::mutex mutex_;
  std::vector<SegmentInfo> segments_;
  std::vector<std::string> spares_;
};

}  // namespace flow::store::log
