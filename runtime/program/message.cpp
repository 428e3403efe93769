#include "runtime/program/message.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace flow::program {
namespace {

constexpr std::string_view kKinds[] = {"text",     "template", "image",   "video",   "audio", "file",     "sticker",
                                       "location", "contacts", "buttons", "choices", "list",  "products", "cards"};
static_assert(std::size(kKinds) == kMessageKindCount);

constexpr std::string_view kParts[] = {
    "image",         "video",      "audio",           "file",          "sticker",         "lasts",
    "bytes",         "thumbnail",  "file_name",       "latitude",      "longitude",       "place_name",
    "address",       "contact",    "contact_phone",   "contact_email", "contact_company", "subject",
    "header",        "footer",     "button",          "button_opens",  "button_replies",  "choice",
    "list",          "row",        "row_description", "product",       "catalogue",       "card",
    "card_subtitle", "card_image", "card_button",     "card_opens",    "card_replies",    "track",
    "html",          "sender"};
static_assert(std::size(kParts) == kPartKindCount);

template <typename Enum, std::size_t kSize>
std::optional<Enum> find(const std::string_view (&names)[kSize], std::string_view name) {
  const auto found = std::ranges::find(names, name);
  if (found == std::end(names)) return std::nullopt;
  return static_cast<Enum>(found - std::begin(names));
}

}  // namespace

std::string_view to_string(MessageKind kind) {
  return kKinds[std::to_underlying(kind)];
}
std::string_view to_string(PartKind part) {
  return kParts[std::to_underlying(part)];
}
std::optional<MessageKind> find_message_kind(std::string_view name) {
  return find<MessageKind>(kKinds, name);
}
std::optional<PartKind> find_part(std::string_view name) {
  return find<PartKind>(kParts, name);
}

}  // namespace flow::program
