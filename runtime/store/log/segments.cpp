#include "runtime/store/log/segments.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <optional>
#include <thread>

#include "base/check.h"

namespace flow::store::log {

namespace {

constexpr std::size_t kSparesMax = 2;
constexpr std::size_t kCopyBytes = 1 << 20;
constexpr const char* kRemedy = "restore the folder from a backup";

// Of `NNNNNNNN.log`; nothing for other names.
std::optional<std::uint64_t> segment_number(std::string_view name) {
  if (!name.ends_with(".log")) return std::nullopt;
  name.remove_suffix(4);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc() || end != name.data() + name.size() || number == 0) return std::nullopt;
  return number;
}

Status write_header(DiskFile& file, const SegmentHeader& header) {
  if (Status done = file.write(0, encode_segment_header(header)); !done) return done;
  return file.sync();
}

}  // namespace

std::string segment_name(std::uint64_t number) {
  return fmt::format("{:08}.log", number);
}

Segments::Segments(Disk& disk, std::string folder, const StoreId& store, std::uint64_t segment_bytes)
    : disk_(disk), folder_(std::move(folder)), store_(store), segment_bytes_(segment_bytes) {}

Status Segments::make_first(Disk& disk, const std::string& folder, const StoreId& store, std::uint64_t segment_bytes) {
  Result<std::unique_ptr<DiskFile>> file = disk.open(folder + "/" + segment_name(1), OpenFile::create);
  if (!file) return std::unexpected(file.error());
  if (Status done = (*file)->allocate(segment_bytes); !done) return done;
  if (Status done = write_header(**file, {store, 1, 1, 0}); !done) return done;
  return disk.sync_folder(folder);
}

Result<std::unique_ptr<Segments>> Segments::open(Disk& disk, std::string folder, const StoreId& store,
                                                 std::uint64_t segment_bytes, std::uint64_t from, unsigned threads) {
  std::unique_ptr<Segments> segments(new Segments(disk, std::move(folder), store, segment_bytes));
  const Result<std::vector<std::string>> names = disk.list(segments->folder_);
  if (!names) return std::unexpected(names.error());
  std::vector<std::uint64_t> numbers;
  for (const std::string& name : *names) {
    const std::optional<std::uint64_t> number = segment_number(name);
    if (number && *number >= from) {
      numbers.push_back(*number);
    } else if (number || name.starts_with("spare.") || name.ends_with(".new")) {
      segments->left_over_.push_back(name);
    }
  }
  std::ranges::sort(numbers);
  if (numbers.empty() || numbers.front() != from) {
    return fail(ErrorCode::data_loss, "{} is missing; {}", segments->path(segment_name(from)), kRemedy);
  }
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (numbers[i] != from + i) {
      return fail(ErrorCode::data_loss, "{} is missing; {}", segments->path(segment_name(from + i)), kRemedy);
    }
  }
  if (Status ok = segments->examine_all(numbers, threads); !ok) return std::unexpected(ok.error());
  return segments;
}

// The first that is not good is told of, whichever was looked at first.
Status Segments::examine_all(const std::vector<std::uint64_t>& numbers, unsigned threads) {
  std::vector<std::optional<Result<Examined>>> found(numbers.size());
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < numbers.size(); i = next++) {
      found[i] = examine(numbers[i], i + 1 == numbers.size());
      if (!*found[i]) next = numbers.size();
    }
  };
  {
    std::vector<std::jthread> helpers;
    for (unsigned i = 1; i < std::min<std::size_t>(threads, numbers.size()); ++i) helpers.emplace_back(work);
    work();
  }
  for (std::size_t i = 0; i < numbers.size() && found[i]; ++i) {
    if (!*found[i]) return std::unexpected(found[i]->error());
    const SegmentInfo& info = (*found[i])->info;
    if (i > 0 && info.first_frame != segments_.back().next_frame) {
      return fail(ErrorCode::data_loss, "{} is damaged: frame {} follows frame {}; {}", path(segment_name(info.number)),
                  info.first_frame, segments_.back().next_frame - 1, kRemedy);
    }
    segments_.push_back(info);
    last_frame_at_ = (*found[i])->last_frame_at;
  }
  return {};
}

Result<Segments::Examined> Segments::examine(std::uint64_t number, bool last) const {
  const std::string file_path = path(segment_name(number));
  Result<std::unique_ptr<DiskFile>> file = disk_.open(file_path, OpenFile::read);
  if (!file) return std::unexpected(file.error());
  std::string bytes(kSegmentHeaderBytes, '\0');
  const Result<std::size_t> got = (*file)->read(0, bytes.data(), bytes.size());
  if (!got) return std::unexpected(got.error());
  bytes.resize(*got);
  const Result<SegmentHeader> header = decode_segment_header(bytes);
  if (!header && header.error().code == ErrorCode::failed_precondition) {
    return fail(ErrorCode::failed_precondition, "{}: {}", file_path, header.error().message);
  }
  if (!header) return fail(ErrorCode::data_loss, "{} is damaged: {}; {}", file_path, header.error().message, kRemedy);
  if (header->store != store_ || header->segment != number) {
    return fail(ErrorCode::data_loss, "{} belongs to another store or place; {}", file_path, kRemedy);
  }
  Examined found;
  SegmentInfo& info = found.info;
  info = {number, header->first_frame, 0, 0, header->last_change_ms};
  FrameReader reader(**file, frame_seed(store_, number), kSegmentHeaderBytes, header->first_frame, true);
  for (;;) {
    const Result<std::optional<Frame>> frame = reader.next();
    if (!frame) return std::unexpected(frame.error());
    if (!*frame) break;
    found.last_frame_at = (*frame)->at;
    info.last_change_ms = (*frame)->header.last_change_ms;
  }
  info.bytes = reader.at();
  info.next_frame = reader.number();
  // What follows the last good frame was being written when the power went, unless something good follows that.
  const Result<std::optional<std::uint64_t>> later =
      last ? reader.find_later() : Result<std::optional<std::uint64_t>>(std::nullopt);
  if (!later) return std::unexpected(later.error());
  if (*later) {
    return fail(ErrorCode::data_loss, "{} is damaged at byte {} (frame {}); {}", file_path, info.bytes, info.next_frame,
                kRemedy);
  }
  return found;
}

Status Segments::begin() {
  for (const std::string& name : left_over_) {
    if (Status done = disk_.remove(path(name)); !done) return done;
  }
  left_over_.clear();
  const SegmentInfo& last = segments_.back();
  Result<std::unique_ptr<DiskFile>> file = disk_.open(path(segment_name(last.number)), OpenFile::write);
  if (!file) return std::unexpected(file.error());
  // Its last frame may be in the operating system's memory only, even marked as clean after an fsync that failed: it is
  // written once more.
  const std::uint64_t at = last_frame_at_;
  std::string bytes(last_frame_at_ == 0 ? kSegmentHeaderBytes : last.bytes - at, '\0');
  const Result<std::size_t> got = (*file)->read(at, bytes.data(), bytes.size());
  if (!got) return std::unexpected(got.error());
  bytes.resize(*got);
  if (Status done = (*file)->write(at, bytes); !done) return done;
  if (Status done = (*file)->sync(); !done) return done;
  if (Status done = disk_.sync_folder(folder_); !done) return done;
  file_ = *std::move(file);
  seed_ = frame_seed(store_, last.number);
  return {};
}

Status Segments::append(std::string& frame, FrameKind kind, std::int64_t last_change_ms) {
  const std::uint64_t size = frame_bytes(frame.size() - kFrameHeaderBytes);
  SegmentInfo last = active();
  if (last.bytes + size > segment_bytes_ && last.next_frame != last.first_frame) {
    if (Status done = rotate(); !done) return done;
    last = active();
  }
  finish_frame(frame, {0, last.next_frame, last_change_ms, kind}, seed_);
  if (Status done = file_->write(last.bytes, frame); !done) return done;
  if (Status done = file_->sync(); !done) return done;
  const std::lock_guard lock(mutex_);
  SegmentInfo& info = segments_.back();
  info.bytes += frame.size();
  info.next_frame += 1;
  info.last_change_ms = last_change_ms;
  return {};
}

Result<std::unique_ptr<DiskFile>> Segments::new_file(std::uint64_t number, std::string& path_now) {
  {
    const std::lock_guard lock(mutex_);
    path_now = spares_.empty() ? "" : path(spares_.back());
    if (!spares_.empty()) spares_.pop_back();
  }
  if (!path_now.empty()) return disk_.open(path_now, OpenFile::write);
  path_now = path(segment_name(number) + ".new");
  Result<std::unique_ptr<DiskFile>> file = disk_.open(path_now, OpenFile::create);
  if (!file) return file;
  if (Status done = (*file)->allocate(segment_bytes_); !done) return std::unexpected(done.error());
  return file;
}

Status Segments::rotate() {
  const SegmentInfo last = active();
  if (last.next_frame == last.first_frame) return {};
  SegmentInfo next{last.number + 1, last.next_frame, last.next_frame, kSegmentHeaderBytes, last.last_change_ms};
  std::string path_now;
  Result<std::unique_ptr<DiskFile>> file = new_file(next.number, path_now);
  if (!file) return std::unexpected(file.error());
  if (Status done = write_header(**file, {store_, next.number, next.first_frame, next.last_change_ms}); !done) {
    return done;
  }
  if (Status done = disk_.rename(path_now, path(segment_name(next.number))); !done) return done;
  if (Status done = disk_.sync_folder(folder_); !done) return done;
  file_ = *std::move(file);
  seed_ = frame_seed(store_, next.number);
  const std::lock_guard lock(mutex_);
  segments_.push_back(next);
  return {};
}

Status Segments::free_through(std::uint64_t segment, bool wipe) {
  std::vector<SegmentInfo> going;
  std::size_t spares = 0;
  {
    const std::lock_guard lock(mutex_);
    while (segments_.size() > 1 && segments_.front().number <= segment) {
      going.push_back(segments_.front());
      segments_.erase(segments_.begin());
    }
    spares = spares_.size();
  }
  std::vector<std::string> kept;
  for (const SegmentInfo& info : going) {
    const std::string file_path = path(segment_name(info.number));
    const bool keep = spares + kept.size() < kSparesMax;
    if (wipe) {
      Result<std::unique_ptr<DiskFile>> file = disk_.open(file_path, OpenFile::write);
      if (!file) return std::unexpected(file.error());
      const std::string zeros(kCopyBytes, '\0');
      for (std::uint64_t at = 0; at < info.bytes; at += kCopyBytes) {
        const std::uint64_t size = std::min<std::uint64_t>(kCopyBytes, info.bytes - at);
        if (Status done = (*file)->write(at, std::string_view(zeros).substr(0, size)); !done) return done;
      }
      if (Status done = (*file)->sync(); !done) return done;
    }
    const std::string spare = fmt::format("spare.{}", info.number);
    if (Status done = keep ? disk_.rename(file_path, path(spare)) : disk_.remove(file_path); !done) return done;
    if (keep) kept.push_back(spare);
  }
  if (going.empty()) return {};
  if (Status done = disk_.sync_folder(folder_); !done) return done;
  const std::lock_guard lock(mutex_);
  spares_.insert(spares_.end(), kept.begin(), kept.end());
  return {};
}

std::vector<SegmentInfo> Segments::list() const {
  const std::lock_guard lock(mutex_);
  return segments_;
}

SegmentInfo Segments::active() const {
  const std::lock_guard lock(mutex_);
  return segments_.back();
}

std::uint64_t Segments::next_frame() const {
  return active().next_frame;
}

std::int64_t Segments::last_change_ms() const {
  return active().last_change_ms;
}

std::uint64_t Segments::bytes() const {
  const std::lock_guard lock(mutex_);
  std::uint64_t bytes = spares_.size() * segment_bytes_;
  for (const SegmentInfo& info : segments_) bytes += std::max(segment_bytes_, info.bytes);
  return bytes;
}

Status Segments::each_frame(std::uint64_t from, std::uint64_t to, bool check, const EachFrame& each) const {
  for (const SegmentInfo& info : list()) {
    if (info.next_frame <= from || info.first_frame >= to) continue;
    Result<std::unique_ptr<DiskFile>> file = disk_.open(path(segment_name(info.number)), OpenFile::read);
    if (!file) return std::unexpected(file.error());
    FrameReader reader(**file, frame_seed(store_, info.number), kSegmentHeaderBytes, info.first_frame, check);
    const std::uint64_t end = std::min(to, info.next_frame);
    while (reader.number() < end) {
      const Result<std::optional<Frame>> frame = reader.next();
      if (!frame) return std::unexpected(frame.error());
      if (!*frame) {
        return fail(ErrorCode::data_loss, "{} is damaged at byte {} (frame {}); {}", path(segment_name(info.number)),
                    reader.at(), reader.number(), kRemedy);
      }
      if ((*frame)->header.number < from) continue;
      if (Status done = each(**frame, info.number); !done) return done;
    }
  }
  return {};
}

Status Segments::copy(Disk& to_disk, const std::string& to_folder) const {
  for (const SegmentInfo& info : list()) {
    Result<std::unique_ptr<DiskFile>> in = disk_.open(path(segment_name(info.number)), OpenFile::read);
    if (!in) return std::unexpected(in.error());
    Result<std::unique_ptr<DiskFile>> out = to_disk.open(to_folder + "/" + segment_name(info.number), OpenFile::create);
    if (!out) return std::unexpected(out.error());
    std::string bytes(kCopyBytes, '\0');
    for (std::uint64_t at = 0; at < info.bytes;) {
      const Result<std::size_t> got =
          (*in)->read(at, bytes.data(), static_cast<std::size_t>(std::min<std::uint64_t>(kCopyBytes, info.bytes - at)));
      if (!got) return std::unexpected(got.error());
      if (*got == 0) return fail(ErrorCode::data_loss, "{} ends too early", path(segment_name(info.number)));
      if (Status done = (*out)->write(at, std::string_view(bytes).substr(0, *got)); !done) return done;
      at += *got;
    }
    if (Status done = (*out)->sync(); !done) return done;
  }
  return to_disk.sync_folder(to_folder);
}

}  // namespace flow::store::log
