// What is known of Studio's widgets: events, properties, and which of them the language has.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/import/studio/definition.h"

namespace flow::importing::studio {

struct Widget {
  std::string_view type;
  std::vector<std::string_view> events;
  std::vector<std::string_view> properties;  // all that the import reads; others are told
  bool component = false;                    // the language has it; else it is kept as an `extern`
};

// Null when the type is not known: a widget that is newer than this import, or of the vendor's own.
const Widget* widget_of(std::string_view type);

// Whether the state stays an `extern`: its type has no component, or its properties are more than the component can
// say. `reason` says why, for a state of a type that has one.
bool is_kept(const State& state, std::string* reason = nullptr);

// Whether a parameter of a request without a body is written into its address: the language has no such name, or
// another parameter has it, too. Of a request that has parameters.
bool stands_in_address(const State& request, std::string_view key);

// Not Liquid, and of no use to a flow: SIDs of conversations and services that every export has.
bool is_plumbing(std::string_view property);

// Why a text of Liquid, without its values, is more than a message of a channel's kind takes; empty: it is not.
std::string too_long(std::string_view body, std::string_view channel);

}  // namespace flow::importing::studio
