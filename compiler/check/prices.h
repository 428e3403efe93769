// What messages cost, for the guarantee `cost`, routes and tests.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "compiler/check/checked.h"

namespace flow::check {

// The price of messages of this kind and purpose: their own, else the kind's; null: there is none.
const Price* find_price(const WorkspaceSettings& workspace, ChannelKind kind, std::string_view purpose);

// What one message (of an SMS: one part) to this region costs, in 10^-6 of the workspace's currency; nothing when the
// price does not say. An empty region: a number of none, or no number at all.
std::optional<std::int64_t> price_for(const Price& price, std::string_view region);

// The least and the most that one may cost anywhere it may be sent. REQUIRES: price_is_whole().
struct PriceRange {
  std::int64_t least = 0;
  std::int64_t most = 0;
};
PriceRange price_range(const WorkspaceSettings& workspace, const Price& price);

// A region to which messages may go and for which nothing is said; nothing: there is none such. "else": the others,
// where all regions are allowed or messages do not go to phone numbers.
std::optional<std::string> unpriced(const WorkspaceSettings& workspace, const Price& price);

// Whether every message of the flow has a price everywhere it may be sent.
bool is_priced(const WorkspaceSettings& workspace, const Flow& flow);

}  // namespace flow::check
