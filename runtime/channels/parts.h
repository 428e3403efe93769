// The parts of a message, for adapters that write them down.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "runtime/http/text.h"
#include "runtime/outbox/transport.h"

namespace flow::channels {

using Parts = std::span<const outbox::MessagePart>;

// The first of this kind; empty when there is none.
std::string_view part(Parts parts, program::PartKind kind);
bool has_part(Parts parts, program::PartKind kind);

// The parts from each one of `kind` up to the next: a row with its description, a card with its buttons.
template <typename Use>
void for_each_group(Parts parts, program::PartKind kind, Use use) {
  for (std::size_t i = 0; i < parts.size();) {
    if (parts[i].kind != kind) {
      ++i;
      continue;
    }
    std::size_t end = i + 1;
    while (end < parts.size() && parts[end].kind != kind) ++end;
    use(parts.subspan(i, end - i));
    i = end;
  }
}

// `"name":"value",`
void append_member(std::string& body, std::string_view name, std::string_view value);
// The same, unless the value is empty.
void append_optional(std::string& body, std::string_view name, std::string_view value);
// `,` at the end becomes `close`; without one it is added.
void close_with(std::string& body, char close);

}  // namespace flow::channels
