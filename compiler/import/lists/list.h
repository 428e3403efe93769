// A list of channels as data, and the flow that it becomes: what the readers of lists share.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/import/channels.h"
#include "compiler/import/format.h"

namespace flow::importing::lists {

// What ends the list; what comes before it falls back.
enum class Success : std::uint8_t { sent, delivered, read };

struct Entry {
  std::string channel;              // as the product calls it
  std::string_view kind;            // "viber", "whatsapp", "sms"; empty: none of ours
  std::string sender;               // empty: not in the file
  std::optional<std::string> text;  // nothing: not in the file
  std::string other;                // why the language has not what it sends; empty: it has, a text or with these:
  std::vector<DraftEntry> parts;    // settings of the message beside its text
  Json settings = Json::object();   // what it sends, for an `extern`
  Success success = Success::delivered;
  std::optional<std::int64_t> after_ms;  // falls back when this is over; nothing: only when it failed
  std::string pointer;
};

struct List {
  std::string_view product;  // "8x8"
  std::string title;
  std::string_view purpose;  // "marketing"; empty: not in the file
  std::vector<Entry> entries;
  std::string pointer;
};

// "WhatsApp", "VIBER_BM" and the like as the language calls them; empty: none of ours.
std::string_view kind_of(std::string_view channel);

// So many seconds, minutes, … as milliseconds: a whole positive number, also written as a text, of at most 400 days.
// Nothing, and a `not_understood` note, when it is none.
std::optional<std::int64_t> read_time(const Json& value, std::int64_t unit_ms, const std::string& pointer,
                                      Report& report);

// "`imageURL`, `buttonText`": the members that are none of these; empty: there are no others.
std::string others_of(const Json& object, std::initializer_list<std::string_view> known);

// Adds the flow, and what it needs of the workspace, to `imported`; the flow's senders to `channels`. `name` is the
// flow's. A text that its channel does not take makes its entry an `extern`.
void add_flow(List list, const std::string& name, Json properties, Channels& channels, Imported& imported);

}  // namespace flow::importing::lists
