// What an execution is between two events: a packed record in memory, the same bytes in the log.
// docs/formats/image.md has them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "runtime/core/execution_id.h"
#include "runtime/program/abi.h"

namespace flow::service {

// The form in which executions are stored. Nodes that share a store leave those of a newer form to newer nodes.
inline constexpr int kImageVersion = 5;

// ---- The head of a record in memory

// When an execution with this order was started; orders are handed out from the clock.
inline constexpr int kOrderShift = 20;
constexpr std::int64_t started_ms(std::uint64_t order) {
  return static_cast<std::int64_t>(order >> kOrderShift);
}

struct Head {
  core::ExecutionId id;
  std::uint64_t order = 0;
  std::uint64_t party = 0;  // 0: none
  std::uint64_t key = 0;    // 0: none
  std::int64_t changed_at_ms = 0;
  std::uint64_t sequence = 0;  // of the batch that holds its last revision
  std::uint32_t revision = 0;
  std::uint32_t use = 0;  // of the shard: which flow of which bundle
  bool ended = false;
  bool squeezed = false;  // the image behind it (squeeze.h)
};

using Bytes = std::span<const std::uint8_t>;

void put_head(const Head& head, std::string& out);
// Takes it off the front of a record that put_head() began.
Head take_head(Bytes& record);
core::ExecutionId id_of(Bytes record);
std::uint64_t key_of(Bytes record);  // 0: none
std::uint64_t order_of(Bytes record);
std::uint64_t sequence_of(Bytes record);
void set_sequence(std::span<std::uint8_t> record, std::uint64_t sequence);

// ---- The image

// A message that is not known to be handed over: it is tried until it is, until it may not be any more, or until its
// flow withdraws it.
struct Pending {
  std::uint32_t message = 0;
  std::uint32_t attempts = 0;  // that have ended
  std::int64_t next_attempt_ms = 0;
  bool begun = false;      // at_most_once: an attempt began, and how it ended is not known
  bool in_flight = false;  // of this process: a restart clears it
  bool doubtful = false;   // of this process: an attempt may have been made before a restart
  bool loaded = false;     // of this process: from before a restart, and not scheduled yet
  bool secret = false;
  std::uint32_t channel = 0;         // FlowInfo::channels
  std::int32_t template_index = -1;  // FlowInfo::templates; -1: a text
  std::string to;
  std::string text;
  std::vector<std::string> values;  // of the template's parameters
  std::string language;
  std::int32_t content = -1;       // FlowInfo::contents; -1: nothing more
  std::vector<std::string> parts;  // of it
  std::int64_t ttl_ms = 0;
  std::int64_t not_after_ms = program::kNever;
  std::size_t from_end = 0;  // where it begins in the image it was read from
};

// An operation without an outcome yet: it is tried until it has one, or its flow does not want it any more.
struct PendingOperation {
  std::uint32_t operation = 0;  // number within the execution
  std::uint32_t site = 0;       // FlowInfo::operations
  std::uint32_t attempts = 0;   // that have ended
  std::int64_t next_attempt_ms = 0;
  std::int64_t not_after_ms = program::kNever;
  bool secret = false;
  std::vector<std::string> arguments;
};

// What was said in the conversation, of flows that tell a model.
struct Turn {
  bool ours = false;
  std::string text;

  friend bool operator==(const Turn&, const Turn&) = default;
};

inline constexpr std::size_t kTraceBytes = 25;  // trace id 16, parent id 8, flags 1

// Reused for many executions: clear() keeps the memory.
struct Image {
  std::uint64_t fingerprint = 0;   // of the request that brought the key; with a key only
  std::string trace;               // kTraceBytes, or empty
  std::uint64_t conversation = 0;  // where the last message went, of flows that take replies; 0: nowhere
  std::string state;               // program::pack_state, relative to the start; of an ended one without fields
  bool squeezed = false;           // the state, by the dictionary of the flow's texts; all before the values is plain
  std::uint32_t entries = 0;       // of the timeline
  std::int64_t last_entry_ms = 0;
  std::string timeline;  // runtime/service/timeline.h
  std::vector<Pending> pending;
  std::vector<PendingOperation> operations;
  std::vector<Turn> turns;  // the last ones, in their order
  // Of one that has ended.
  program::EndKind end = program::EndKind::none;
  std::int64_t ended_after_ms = 0;  // after the start
  std::uint32_t messages = 0;
  std::string party;  // masked
  std::string outcome;
  std::string reason;

  void clear();
};

// Appends the image. `head` is of the same execution.
void put_image(const Head& head, const Image& image, std::string& out);
// data_loss: damaged; failed_precondition: written by a newer flowd.
Status take_image(const Head& head, std::string_view bytes, Image& image);

// ---- What can be said of an image without its flow, quickly

struct Outline {
  std::int64_t next_deadline_ms = program::kNever;
  bool has_pending = false;  // messages or operations
  std::uint64_t conversation = 0;
};
Result<Outline> outline_of(const Head& head, std::string_view image);
// Marks a pending message of a record as under way, in place.
void set_in_flight(std::span<std::uint8_t> record, const Pending& pending);

}  // namespace flow::service
