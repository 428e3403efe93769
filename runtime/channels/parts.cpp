#include "runtime/channels/parts.h"

#include <algorithm>
#include <string_view>

namespace flow::channels {

using namespace std::literals;  // "…"sv is appended without looking for its end

std::string_view part(Parts parts, program::PartKind kind) {
  const auto found = std::ranges::find(parts, kind, &outbox::MessagePart::kind);
  return found == parts.end() ? std::string_view() : std::string_view(found->value);
}

bool has_part(Parts parts, program::PartKind kind) {
  return std::ranges::find(parts, kind, &outbox::MessagePart::kind) != parts.end();
}

void append_member(std::string& body, std::string_view name, std::string_view value) {
  body += '"';
  body += name;
  body += "\":\""sv;
  http::append_json_text(body, value);
  body += "\","sv;
}

void append_optional(std::string& body, std::string_view name, std::string_view value) {
  if (!value.empty()) append_member(body, name, value);
}

void close_with(std::string& body, char close) {
  if (body.ends_with(','))
    body.back() = close;
  else
    body += close;
}

}  // namespace flow::channels
