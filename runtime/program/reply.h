// What people write to us, as flows see it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/program/abi.h"

namespace flow::program {

enum class ReplyKind : std::uint8_t {
  text,
  button,  // of a message of ours, or of a template
  list,    // a row of a list of ours
  image,
  video,
  audio,
  file,
  location,
  contacts,
  sticker,
  other,  // what the provider cannot say more of
};
inline constexpr std::size_t kReplyKinds = static_cast<std::size_t>(ReplyKind::other) + 1;

// What a flow can keep of a reply: what its event has in FlowEvent::values, in this order, texts and numbers, and then
// when it came, which is the event's time.
enum class ReplyValue : std::uint8_t { text, kind, choice, url, latitude, longitude, at };
inline constexpr std::size_t kReplyValues = static_cast<std::size_t>(ReplyValue::longitude) + 1;  // of the event
inline constexpr std::size_t kReplyParts = static_cast<std::size_t>(ReplyValue::at) + 1;
constexpr bool is_number(ReplyValue value) {
  return value == ReplyValue::latitude || value == ReplyValue::longitude;
}
std::string_view to_string(ReplyValue value);

// What a reply of this kind always has beside text and kind.
constexpr bool has_url(ReplyKind kind) {
  return (kind >= ReplyKind::image && kind <= ReplyKind::file) || kind == ReplyKind::sticker;
}
constexpr bool has_choice(ReplyKind kind) {
  return kind == ReplyKind::button || kind == ReplyKind::list;
}
constexpr bool has_place(ReplyKind kind) {
  return kind == ReplyKind::location;
}

// One reply, for whoever makes an event of it.
struct Reply {
  ReplyKind kind{};
  std::string text;
  std::string choice;         // with has_choice(kind)
  std::string url;            // with has_url(kind)
  std::int64_t latitude = 0;  // with has_place(kind), as `longitude`: in units of 10^-6
  std::int64_t longitude = 0;

  // For FlowEvent::values; points into this.
  std::array<FlowField, kReplyValues> values() const;

  friend bool operator==(const Reply&, const Reply&) = default;
};

// The word that flows have for it.
std::string_view to_string(ReplyKind kind);
std::optional<ReplyKind> reply_kind(std::string_view word);

}  // namespace flow::program
