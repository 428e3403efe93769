// What a message can be made of, and what each channel takes of it: kinds, parts, how many, how long. Data, as
// catalogue.h; the checks and the reference page read it, and nothing else knows a channel's limits.
#pragma once

#include "compiler/catalogue/catalogue.h"
#include "runtime/program/message.h"

namespace flow::catalogue {

using program::MessageKind;
using program::PartKind;

// How the kinds of messages are called in diagnostics: "a picture".
std::string_view name_of(MessageKind kind);
// How a part is written: "button VALUE opens VALUE" is `button`.
std::string_view name_of(PartKind part);

// What stands in the block of a setting: `video "…" { lasts 12s }`.
struct Detail {
  SettingId of;
  std::string_view pattern;  // "lasts DURATION"
  PartKind part;
  std::optional<PartKind> second;  // of the second value: what a button does
  Presence presence;
  std::string_view doc;
};
std::span<const Detail> details();

enum class Need : std::uint8_t { none, optional, required };

class PartSet {
 public:
  constexpr PartSet() = default;
  constexpr PartSet(std::initializer_list<PartKind> parts) {
    for (const PartKind part : parts) bits_ |= bit(part);
  }
  constexpr bool has(PartKind part) const { return (bits_ & bit(part)) != 0; }

 private:
  static constexpr std::uint64_t bit(PartKind part) { return std::uint64_t{1} << static_cast<int>(part); }
  std::uint64_t bits_ = 0;
};
static_assert(program::kPartKindCount <= 64);

// A kind of message that a channel has.
struct MessageRule {
  program::ChannelKind channel;
  MessageKind kind;
  Need text;
  std::uint32_t text_max;  // characters; 0: as the channel's text, or none
  PartSet parts;           // that it may have
  PartSet required;        // that it must have
  PartSet several;         // that it must have when it has several products
  bool alone;              // a button that opens an address stands alone, without others
};
std::span<const MessageRule> message_rules();
const MessageRule* find_rule(program::ChannelKind channel, MessageKind kind);
bool has_part(program::ChannelKind channel, PartKind part);  // in any kind

// How much of a part a channel takes; a part without a rule stands at most once and may be of any length.
struct PartRule {
  program::ChannelKind channel;
  PartKind part;
  std::uint32_t count_max;  // in a message; of what cards have: in a card
  std::uint32_t most;       // characters, seconds, or bytes; 0: not bounded
  PartSet needs = {};       // what must stand with it
};
std::span<const PartRule> part_rules();
PartRule find_rule(program::ChannelKind channel, PartKind part);

// Kinds that carry more than a text go out only as marketing there.
bool only_marketing(program::ChannelKind channel, MessageKind kind);

// Where the numbers are from, for the reference page.
std::string_view source_of(program::ChannelKind channel);

}  // namespace flow::catalogue
