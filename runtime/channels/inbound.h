// A message that somebody sent to us, whatever the provider calls its parts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/program/reply.h"

namespace flow::channels {

// Personal, all of it: never in a log, a metric or an error.
struct Inbound {
  program::ReplyKind kind{};
  std::string sender;      // E.164
  std::string name;        // as they call themselves; may be empty
  std::string account;     // of ours: the WhatsApp business account; may be empty
  std::string to;          // of ours: number or service that they wrote to; may be empty
  std::string message_id;  // the provider's: a repetition has the same one; never empty
  std::string text;        // of buttons and rows: what they read; of media: the caption
  std::string choice;      // of buttons and rows: the id
  std::string url;         // of media: where it can be fetched, some of them only with the account's credentials
  std::optional<std::int64_t> latitude;  // both or none, in units of 10^-6
  std::optional<std::int64_t> longitude;
  std::int64_t age_ms = 0;  // how long ago it was sent, as far as the provider says, at most kInboundAgeMsMax

  friend bool operator==(const Inbound&, const Inbound&) = default;
};

// Providers that repeat a message for longer than this are not believed.
inline constexpr std::int64_t kInboundAgeMsMax = 30LL * 24 * 3600 * 1000;

// E.164 of a number with or without its "+"; empty for anything else.
std::string e164_of(std::string_view number);

// At most limits::kTextValueBytesMax of it, cut between characters.
std::string bounded_text(std::string_view text);

// Puts a place there when both degrees are on the globe.
void put_place(std::optional<double> latitude, std::optional<double> longitude, Inbound& out);

}  // namespace flow::channels
