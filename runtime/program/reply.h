// What people write to us, as flows see it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

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

// The word that flows have for it.
std::string_view to_string(ReplyKind kind);
std::optional<ReplyKind> reply_kind(std::string_view word);

}  // namespace flow::program
