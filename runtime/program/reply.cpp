#include "runtime/program/reply.h"

#include <algorithm>
#include <array>

namespace flow::program {
namespace {

constexpr std::array<std::string_view, kReplyKinds> kWords = {
    "text", "button", "list", "image", "video", "audio", "file", "location", "contacts", "sticker", "other"};

}  // namespace

std::string_view to_string(ReplyKind kind) {
  return kWords[static_cast<std::size_t>(kind)];
}

std::optional<ReplyKind> reply_kind(std::string_view word) {
  const auto found = std::ranges::find(kWords, word);
  return found == kWords.end() ? std::nullopt : std::optional(static_cast<ReplyKind>(found - kWords.begin()));
}

}  // namespace flow::program
