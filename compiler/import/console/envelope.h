// The envelope {schema, editor, flow}: `editor` is base64 of gzip of the graph's JSON. And what it is found in: answers
// and requests of the console's API, texts that hold JSON.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "compiler/import/json.h"

namespace flow::importing::console {

// Base64 of either alphabet, with or without padding; spaces and ends of lines between characters are skipped, as
// pasting puts them there.
Result<std::string> from_base64(std::string_view text);
std::string to_base64(std::string_view bytes);

// One gzip member without time or name: the same bytes for the same text. Fails, as our error, when zlib does.
Result<std::string> compress(std::string_view text);
// Of gzip or of zlib's own form. resource_exhausted when it holds more than `bytes_max`; data_loss when it is truncated
// or damaged.
Result<std::string> decompress(std::string_view gzip, std::size_t bytes_max);

// The graph in an envelope's `editor`, which may hold the JSON itself, or its base64, without gzip.
Result<std::string> pack(const Json& graph);
Result<Json> unpack(std::string_view editor);

// What stands inside the members that answers, requests and libraries put round a graph, and in texts that are JSON.
struct Opened {
  Opened() = default;
  Opened(Opened&&) = default;
  Opened& operator=(Opened&&) = default;
  ~Opened() {
    for (Json& each : made) discard(each);
  }

  std::deque<Json> made;  // of texts and of `editor`; `graph` and `envelope` may stand in it
  const Json* graph = nullptr;
  std::string pointer;             // where `graph` stands; within a text or an `editor` it goes on behind it
  const Json* envelope = nullptr;  // the object with `editor`; null: none
  std::vector<std::pair<std::string, const Json*>> beside;  // what stands beside the members that were gone into
  std::string error;                                        // of what stands at `pointer`; empty: none
};
// With `unpacked`, an envelope's `editor` is opened; without, it is what stands there. `json` outlives what is made.
Opened open(const Json& json, bool unpacked = true);

}  // namespace flow::importing::console
