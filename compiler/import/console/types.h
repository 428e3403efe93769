// Names of node types: what the console calls its components (docs/formats/console.md).
#pragma once

#include <string>
#include <string_view>

#include "compiler/catalogue/catalogue.h"

namespace flow::importing::console {

// "SendWhatsAppMessage" of `send whatsapp`. Every component of the catalogue has one.
std::string node_type(const catalogue::ComponentInfo& component);

inline constexpr std::string_view kStartType = "Start";
inline constexpr std::string_view kEndType = "End";
inline constexpr std::string_view kJumpType = "JumpToStep";
inline constexpr std::string_view kUnknownType = "Step";  // of a step whose component the catalogue does not know

// "OnSignal" of `on signal SIGNAL`: an entry of the header that leads somewhere.
std::string node_type(catalogue::Header header);

// "TriggeredManually" of `trigger manual`; empty: there is no such trigger.
std::string trigger_type(std::string_view trigger);
// The other way round: "manual"; empty: none of ours.
std::string_view trigger_of(std::string_view trigger_type);

// Eight letters and digits made from `key`, as ids of nodes end with; another `attempt`, another eight.
std::string eight_characters(std::string_view key, unsigned attempt);

}  // namespace flow::importing::console
