// What a message is made of besides its text or template: kinds, and the parts that a send carries in a fixed order.
//
// Which channel takes which of them, how many and how long, is the compiler's catalogue's matter; how a provider wants
// them is its adapter's. The names are part of formats (docs/formats/ir.md, effects.md): never reuse one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flow::program {

enum class MessageKind : std::uint8_t {
  text,
  message_template,  // written "template"
  image,
  video,
  audio,
  file,
  sticker,
  location,
  contacts,
  buttons,  // that open an address or answer
  choices,  // answers to choose from, without more: buttons or quick replies
  list,
  products,
  cards,
};
inline constexpr int kMessageKindCount = 14;

// A part belongs to the last one before it that it can belong to: a `row_description` to its `row`, a `card_image` to
// its `card`. Values are texts; numbers as `number` writes them.
enum class PartKind : std::uint8_t {
  image,  // addresses
  video,
  audio,
  file,
  sticker,
  lasts,  // of a video: whole seconds
  bytes,
  thumbnail,
  file_name,
  latitude,  // degrees
  longitude,
  place_name,
  address,
  contact,  // a person's name
  contact_phone,
  contact_email,
  contact_company,
  subject,
  header,
  footer,
  button,  // its title
  button_opens,
  button_replies,  // what it answers with
  choice,
  list,  // the title of what opens the list
  row,
  row_description,
  product,  // its id
  catalogue,
  card,  // its title
  card_subtitle,
  card_image,
  card_button,
  card_opens,
  card_replies,
  track,   // a tag for reports
  html,    // the text as HTML; the text stays beside it
  sender,  // instead of the channel's
};
inline constexpr int kPartKindCount = 38;

std::string_view to_string(MessageKind kind);
std::string_view to_string(PartKind part);
std::optional<MessageKind> find_message_kind(std::string_view name);
std::optional<PartKind> find_part(std::string_view name);

// Of sends that are more than a text or a template, or have a purpose of their own: what does not change from one
// execution to the next.
struct ContentInfo {
  MessageKind kind{};
  std::string purpose;  // empty: the flow's
  std::vector<PartKind> parts;

  friend bool operator==(const ContentInfo&, const ContentInfo&) = default;
};

}  // namespace flow::program
