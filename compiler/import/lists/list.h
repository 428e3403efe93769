// A list of channels as data, and the flow that it becomes: what the readers of lists share.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/import/format.h"

namespace flow::importing::lists {

// What ends the list; what comes before it falls back.
enum class Success : std::uint8_t { sent, delivered, read };

struct Entry {
  std::string channel;              // as the product calls it
  std::string_view kind;            // "viber", "whatsapp", "sms"; empty: none of ours
  std::string sender;               // empty: not in the file
  std::optional<std::string> text;  // nothing: not in the file
  bool other_content = false;       // it sends something else than a text
  Success success = Success::delivered;
  std::optional<std::int64_t> after_ms;  // falls back when this is over; nothing: only when it failed
  std::string pointer;
};

struct List {
  std::string_view product;  // "8x8"
  std::string title;
  std::vector<Entry> entries;
  std::string pointer;
};

// "WhatsApp", "VIBER_BM" and the like as the language calls them; empty: none of ours.
std::string_view kind_of(std::string_view channel);

// So many seconds, minutes, … as milliseconds: a whole positive number, also written as a text, of at most 400 days.
// Nothing, and a `not_understood` note, when it is none.
std::optional<std::int64_t> read_time(const Json& value, std::int64_t unit_ms, const std::string& pointer,
                                      Report& report);

// Notes every member of `object` that is not in `known`, as kept in the side file, and puts it there.
void keep_others(const Json& object, const std::string& pointer, const std::vector<std::string_view>& known,
                 Report& report, Json& properties);

// Adds the flow, and what it needs of the workspace, to `imported`. `name` is the flow's.
void add_flow(const List& list, const std::string& name, Json properties, Imported& imported);

}  // namespace flow::importing::lists
