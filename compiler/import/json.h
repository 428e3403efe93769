// JSON that somebody else's product wrote, read with care: its size, depth and number of values are bounded, and a name
// that stands twice in an object is an error, because one of the two would be lost.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/result.h"

namespace flow::importing {

using Json = nlohmann::json;

// At most limits::kImportBytesMax bytes, kImportDepthMax levels, kImportValuesMax values; a byte order mark is skipped.
// Errors name the line and column, or the pointer. Never throws; time and memory are linear in the text.
Result<Json> read_json(std::string_view text);

// Frees the value, from its leaves up: the library's destructor moves each value through one list, which takes three
// times as long for a large graph. As deep as read_json() lets pass.
void discard(Json& json);

// Does so at the end of its life, which the value outlives.
class Discard {
 public:
  explicit Discard(Json& json) : json_(json) {}
  ~Discard() { discard(json_); }
  Discard(const Discard&) = delete;
  Discard& operator=(const Discard&) = delete;

 private:
  Json& json_;
};

// RFC 6901: `at(at("/states", 3), "a/b")` is "/states/3/a~1b".
std::string at(std::string_view pointer, std::string_view member);
std::string at(std::string_view pointer, std::size_t element);

// The member as a text, or `otherwise` when there is none or it is something else.
std::string text_of(const Json& object, std::string_view member, std::string_view otherwise = "");
// A text, or a whole number as it is written; nothing: it is something else.
std::optional<std::string> word_of(const Json& value);
// Null when `object` is no object or lacks it.
const Json* member_of(const Json& object, std::string_view member);

// Cut to some 80 characters on one line, as messages quote what they speak of.
std::string shown_value(const Json& value);
std::string shown(std::string_view text);

}  // namespace flow::importing
