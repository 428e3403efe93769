// The envelope {schema, editor, flow}: `editor` is base64 of gzip of the graph's JSON.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "compiler/import/json.h"

namespace flow::importing::console {

// Standard base64 with padding; spaces and ends of lines between characters are skipped, as pasting puts them there.
Result<std::string> from_base64(std::string_view text);
std::string to_base64(std::string_view bytes);

// One gzip member without time or name: the same bytes for the same text. Fails, as our error, when zlib does.
Result<std::string> compress(std::string_view text);
// resource_exhausted when it holds more than `bytes_max`; data_loss when it is truncated or damaged.
Result<std::string> decompress(std::string_view gzip, std::size_t bytes_max);

// The graph in an envelope's `editor`.
Result<std::string> pack(const Json& graph);
Result<Json> unpack(std::string_view editor);

}  // namespace flow::importing::console
