// Reading frames again: at the start, for the tables, for a look at everything.
#include <thread>

#include "runtime/store/log/blocks.h"
#include "runtime/store/log/log_store.h"

namespace flow::store::log {

namespace {

constexpr std::size_t kBlockBytes = std::size_t{256} << 10;

}  // namespace

// Parts that have any of these slots, opened.
Status LogStore::each_part_of(std::uint64_t from, std::uint64_t to, const SlotRange& slots, bool check,
                              const std::function<Status(std::string_view)>& each) const {
  return segments_->each_frame(from, to, check, [&](const Frame& frame, std::uint64_t segment) -> Status {
    const auto damaged = [&](std::string_view how) {
      return fail(ErrorCode::data_loss, "{} frame {} is damaged: {}; restore the folder from a backup",
                  segment_name(segment), frame.header.number, how);
    };
    std::string_view parts = frame.parts;
    while (!parts.empty()) {
      Part part;
      if (!take_part(parts, part)) return damaged("its parts do not fit");
      if (part.slots.last < slots.first || part.slots.first > slots.last) continue;
      std::string opened;
      if (part.sealed) {
        if (options_.keys == nullptr) {
          return fail(ErrorCode::failed_precondition,
                      "the store is sealed, and no sealing key is configured; configure the key it was sealed with");
        }
        Result<std::string> plain =
            options_.keys->open(part.bytes, seal_context(store_id_, frame.header.number, part.slots));
        if (!plain && plain.error().code == ErrorCode::data_loss) return damaged(plain.error().message);
        if (!plain) return std::unexpected(plain.error());
        opened = *std::move(plain);
        part.bytes = opened;
      }
      if (Status done = each(part.bytes); !done) return done;
    }
    return {};
  });
}

Status LogStore::each_record_of(std::uint64_t from, std::uint64_t to, const SlotRange& slots, bool check,
                                const std::function<Status(const ExecutionRecord&)>& each) const {
  return each_part_of(from, to, slots, check, [&](std::string_view bytes) {
    return each_record(bytes, [&](const ExecutionRecord& record) {
      return slots.contains(record.id.slot()) ? each(record) : Status();
    });
  });
}

// One thread reads and opens, this one takes the records: where there is a second processor, both work.
Status LogStore::load(const SlotRange& slots, const std::function<Status(const ExecutionRecord&)>& each) const {
  if (!options_.threads) return each_record_of(0, segments_->next_frame(), slots, false, each);
  Blocks blocks;
  std::thread reader([&] {
    std::string block;
    const auto stopped = [] { return fail(ErrorCode::internal, "nobody reads on"); };
    Status done = each_part_of(0, segments_->next_frame(), slots, false, [&](std::string_view bytes) -> Status {
      block += bytes;
      if (block.size() < kBlockBytes) return {};
      if (!blocks.put(std::exchange(block, {}))) return stopped();
      return {};
    });
    if (done && !block.empty() && !blocks.put(std::move(block))) done = stopped();
    blocks.end(std::move(done));
  });
  Status done;
  while (const std::optional<std::string> block = blocks.take()) {
    done = each_record(*block, [&](const ExecutionRecord& record) {
      return slots.contains(record.id.slot()) ? each(record) : Status();
    });
    if (!done) break;
  }
  blocks.stop();
  reader.join();
  return done ? blocks.how() : done;
}

}  // namespace flow::store::log
