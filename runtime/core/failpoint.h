// Named places at which a test can have the process killed, as a power cut would: `FLOWD_FAILPOINTS=name:nth` dies the
// n-th time that place is reached. Without that variable a place costs one relaxed load.
#pragma once

#include <atomic>
#include <string_view>

#include "base/result.h"

namespace flow::core::failpoint {

// The places, in the order in which a start passes them.
inline constexpr std::string_view kPlaces[] = {
    "before_commit",          // advanced, nothing written
    "after_commit",           // on disk, nobody knows
    "before_acknowledge",     // about to answer the caller
    "after_acknowledge",      // the caller was answered, nothing was handed to a channel
    "before_provider_write",  // about to hand a message to its channel
    "after_provider_write",   // handed over, no answer yet
    "after_provider_read",    // the provider's answer is known, nothing of it is written
    "before_index",           // the journal has it, the look-up tables have not
    "after_index",            // the look-up tables have it, the journal is not pruned
};

namespace detail {
extern std::atomic<bool> armed;
void reached(std::string_view place);
}  // namespace detail

// "name:nth[,name:nth…]", nth from 1. invalid_argument for a place that does not exist.
Status arm(std::string_view specification);
bool any_armed();

inline void reach(std::string_view place) {
  if (detail::armed.load(std::memory_order_relaxed)) [[unlikely]]
    detail::reached(place);
}

}  // namespace flow::core::failpoint
