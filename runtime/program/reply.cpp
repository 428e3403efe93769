#include "runtime/program/reply.h"

#include <algorithm>
#include <array>

namespace flow::program {
namespace {

constexpr std::array<std::string_view, kReplyKinds> kWords = {
    "text", "button", "list", "image", "video", "audio", "file", "location", "contacts", "sticker", "other"};

constexpr std::array<std::string_view, kReplyParts> kParts = {"text",     "kind",      "choice", "url",
                                                              "latitude", "longitude", "at"};

}  // namespace

std::string_view to_string(ReplyValue value) {
  return kParts[static_cast<std::size_t>(value)];
}

std::string_view to_string(ReplyKind kind) {
  return kWords[static_cast<std::size_t>(kind)];
}

std::array<FlowField, kReplyValues> Reply::values() const {
  const auto words = [](std::string_view value) { return FlowField{0, {value.data(), value.size()}, 1}; };
  const auto number = [](std::int64_t value) { return FlowField{value, {"", 0}, 1}; };
  std::array<FlowField, kReplyValues> all{};
  for (FlowField& field : all) field.text = {"", 0};
  const auto at = [&](ReplyValue value) -> FlowField& { return all[static_cast<std::size_t>(value)]; };
  at(ReplyValue::text) = words(text);
  at(ReplyValue::kind) = words(to_string(kind));
  if (has_choice(kind)) at(ReplyValue::choice) = words(choice);
  if (has_url(kind)) at(ReplyValue::url) = words(url);
  if (has_place(kind)) {
    at(ReplyValue::latitude) = number(latitude);
    at(ReplyValue::longitude) = number(longitude);
  }
  return all;
}

std::optional<ReplyKind> reply_kind(std::string_view word) {
  const auto found = std::ranges::find(kWords, word);
  return found == kWords.end() ? std::nullopt : std::optional(static_cast<ReplyKind>(found - kWords.begin()));
}

}  // namespace flow::program
