// Letting go of old segments: the log stays within a measure of what still lives in it.
#include <algorithm>

#include "runtime/store/log/log_store.h"

namespace flow::store::log {

namespace {

constexpr std::uint64_t kSegmentsMin = 4;  // below that nothing is cleaned
constexpr std::size_t kReportsMax = 64;    // that wait for the disk
constexpr double kLiveShare = 0.6;         // of the log, at the least

}  // namespace

// The first batch of a shard that was, or will be, written after a segment.
std::uint64_t LogStore::first_batch_after(const ShardState& shard, std::uint64_t segment) {
  for (const ShardState::Began& began : shard.began) {
    if (began.segment > segment) return began.sequence;
  }
  return shard.durable.load(std::memory_order_acquire) + 1;
}

void LogStore::report(ShardState& shard, std::uint64_t live_bytes, std::uint64_t none_before) {
  const std::lock_guard lock(mutex_);
  shard.live_bytes = live_bytes;
  const std::uint64_t appended = shard.next_sequence - 1;
  // What was appended again must be on the disk before what it replaces may go.
  if (!shard.reports.empty() && shard.reports.back().appended == appended) {
    shard.reports.back().none_before = std::max(shard.reports.back().none_before, none_before);
  } else if (shard.reports.size() < kReportsMax) {
    shard.reports.push_back({none_before, appended});
  }
}

void LogStore::settle_reports(ShardState& shard) {
  const std::uint64_t durable = shard.durable.load(std::memory_order_acquire);
  while (!shard.reports.empty() && shard.reports.front().appended <= durable) {
    shard.none_before = std::max(shard.none_before, std::min(shard.reports.front().none_before, durable + 1));
    shard.reports.erase(shard.reports.begin());
  }
  while (shard.began.size() > 1 && shard.began[1].sequence <= shard.none_before) shard.began.erase(shard.began.begin());
  std::uint64_t segment = 0;
  if (!shard.began.empty() && shard.began.front().sequence <= shard.none_before) segment = shard.began.front().segment;
  if (shard.none_before > durable) segment = std::max(segment, segments_->active().number);
  for (int slot = shard.slots.first; slot <= shard.slots.last; ++slot) {
    std::uint64_t& from = kept_from_[static_cast<std::size_t>(slot)];
    from = std::max(from, segment);
  }
}

// Segments up to this one have nothing that runs, nor anything that the tables lack.
std::uint64_t LogStore::free_through() const {
  std::uint64_t through = UINT64_MAX;
  {
    const std::lock_guard lock(mutex_);
    if (holds_ > 0) return 0;
    for (const std::uint64_t from : kept_from_) through = std::min(through, from == 0 ? 0 : from - 1);
  }
  const std::uint64_t indexed = std::max(absorbed_frame_, tables_->place().indexed_through);
  std::uint64_t segment = 0;
  for (const SegmentInfo& info : segments_->list()) {
    if (info.number > through || info.next_frame > indexed + 1 || info.next_frame == info.first_frame) break;
    segment = info.number;
  }
  return segment;
}

// Segments up to this one are to be emptied; 0: none.
std::uint64_t LogStore::clean_target(std::uint64_t bytes, std::uint64_t live) {
  const std::vector<SegmentInfo> segments = segments_->list();
  const std::uint64_t wanted =
      std::max({kSegmentsMin * options_.segment_bytes,
                static_cast<std::uint64_t>(static_cast<double>(live) / kLiveShare), floor_bytes_});
  // Shards may say too little of what lives: when a whole lap through the log did not help, more has to come first.
  if (lap_end_ != 0 && segments.front().number >= lap_end_) {
    floor_bytes_ = bytes > wanted ? bytes + bytes / 4 : 0;
    lap_end_ = 0;
    if (bytes > wanted) return 0;
  }
  if (bytes <= wanted) return 0;
  if (lap_end_ == 0) lap_end_ = segments.back().number;
  const std::uint64_t count = std::max<std::uint64_t>(1, (bytes - wanted) / options_.segment_bytes);
  return std::min(segments.front().number + count - 1, segments.back().number - 1);
}

Status LogStore::clean() {
  look_at_space();
  std::uint64_t purge_through = 0;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& shard : shards_) {
      settle_reports(*shard);
      for (const ShardState::Purge& purge : shard->purges) {
        if (purge.segment != ShardState::kNotWritten) purge_through = std::max(purge_through, purge.segment);
      }
    }
  }
  const std::uint64_t through = free_through();
  std::vector<SegmentInfo> segments = segments_->list();
  if (through >= segments.front().number && segments.size() > 1) {
    const std::uint64_t last = std::min(through, segments.back().number - 1);
    // The tables say first that they need them no more: what is missing later is known to be no loss.
    if (Status done = commit_tables(last + 1); !done) return done;
    if (Status done = segments_->free_through(last, purge_through >= segments.front().number); !done) return done;
    segments = segments_->list();
  }
  std::uint64_t bytes = 0;
  for (const SegmentInfo& info : segments) bytes += info.bytes;
  std::vector<std::shared_ptr<ShardState>> changed;
  {
    const std::lock_guard lock(mutex_);
    std::uint64_t live = 0;
    for (const auto& shard : shards_) live += shard->live_bytes;
    std::uint64_t target = clean_target(bytes, live);
    if (purge_through >= segments.front().number) target = std::max(target, purge_through);
    for (const auto& shard : shards_) {
      const std::uint64_t before = target == 0 ? 0 : first_batch_after(*shard, target);
      const std::uint64_t asked = before > shard->none_before ? before : 0;
      std::uint64_t purged = shard->purged_before.load();
      std::erase_if(shard->purges, [&](const ShardState::Purge& purge) {
        const bool gone = purge.segment != ShardState::kNotWritten && segments.front().number > purge.segment;
        if (gone) purged = std::max(purged, purge.before);
        return gone;
      });
      const bool asks = shard->rewrite_before.exchange(asked) != asked;
      const bool purges = shard->purged_before.exchange(purged) != purged;
      if (asks || purges) changed.push_back(shard);
    }
  }
  for (const auto& shard : changed) shard->wake_up();
  return {};
}

void LogStore::look_at_space() {
  const Result<std::uint64_t> free = disk_.free_bytes(options_.folder);
  if (free) low_space_.store(*free < options_.reserve_bytes, std::memory_order_relaxed);
}

}  // namespace flow::store::log
