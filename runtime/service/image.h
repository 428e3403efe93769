// What is stored of one execution besides its timeline: a summary for people, and an image from which it goes on.
// docs/formats/journal.md has the bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "runtime/core/execution_id.h"
#include "runtime/crypto/seal.h"
#include "runtime/outbox/transport.h"
#include "runtime/program/abi.h"
#include "runtime/service/service.h"

namespace flow::service {

// A message that is not known to be handed over: it is tried until it is, until it may not be any more, or until its
// flow withdraws it.
struct Pending {
  outbox::SendRequest send;  // attempt: how many attempts have ended
  std::int64_t next_attempt_ms = 0;
  bool begun = false;      // at_most_once: an attempt began, and how it ended is not known
  bool in_flight = false;  // not stored
};

struct Image {
  std::string state;  // program::encode_state
  std::int64_t next_deadline_ms = program::kNever;
  std::uint32_t entries = 0;  // of its timeline so far
  std::vector<Pending> pending;
};

// With a keyring, state and messages are sealed: both may hold secrets, both hold personal data.
std::string encode_image(const core::ExecutionId& id, const Image& image, const crypto::Keyring* keys);
// data_loss: damaged. failed_precondition: newer, or sealed and the key is not among `keys`.
Result<Image> decode_image(const core::ExecutionId& id, std::string_view flow, std::string_view bytes,
                           const crypto::Keyring* keys);

// Execution, flow, bundle and times are the store's own columns and left out; never a secret, the party masked.
std::string encode_summary(const ExecutionSummary& summary);
Result<ExecutionSummary> decode_summary(std::string_view bytes);

std::string encode_entry(const TimelineEntry& entry);
Result<TimelineEntry> decode_entry(std::string_view bytes);

}  // namespace flow::service
