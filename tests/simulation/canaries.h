// Mistakes that the simulation must find, put in on purpose at the seams between the service and what it works with:
// no canary is in the product's code, so none can be switched on there.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/program/program.h"
#include "runtime/store/storage.h"

namespace flow::simulation {

enum class Canary : std::uint8_t {
  acknowledge_before_sync,  // the log calls a batch durable as soon as it is queued
  timer_lost_at_restart,    // what is loaded has lost its deadlines
  join_regresses,           // a receipt is merged as if the message had none so far
  fencing_not_checked,      // the database takes batches whatever their token
  lease_not_checked,        // a node acts without looking at what is left of its lease
  key_pruned_early,         // the keys of ended executions are not there after a restart
  attempt_forgotten,        // at_most_once: a restart does not know that an attempt had begun
  count_forgotten,          // what limits have counted is gone after a restart
};
inline constexpr std::size_t kCanaries = 8;

std::string_view name_of(Canary canary);
std::optional<Canary> canary_named(std::string_view name);
// Whether it is a mistake of stores that several nodes share.
bool needs_nodes(Canary canary);

// `program` with the mistake in it, or as it is.
std::shared_ptr<const program::Program> with_canary(std::shared_ptr<const program::Program> program,
                                                    std::optional<Canary> canary);

// An image as a restart with the mistake reads it; nothing: as it is. `info`: of its flow; null: it is of none.
std::optional<std::string> image_with(Canary canary, const store::ExecutionRecord& record,
                                      const program::FlowInfo* info);

}  // namespace flow::simulation
