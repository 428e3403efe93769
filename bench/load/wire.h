// HTTP/1.1 messages as the load generator meets them: whole heads, bodies of a stated length. No chunks, no trailers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace flow::load {

inline constexpr std::size_t kHeadBytesMax = 16 * 1024;
inline constexpr std::size_t kMessageBodyBytesMax = 1 << 20;

// Views into the bytes that were read.
struct HttpMessage {
  std::string_view first;   // "POST /v1/messages HTTP/1.1", or "HTTP/1.1 201 Created"
  std::string_view header;  // the lines after it
  std::string_view body;
  bool close = false;  // "Connection: close"

  int status() const;               // of an answer; 0 when it is none
  std::string_view target() const;  // of a request
  bool is_post() const { return first.starts_with("POST "); }
  // Of the first header of that name, given in lower case; empty when there is none.
  std::string_view field(std::string_view name) const;
};

enum class Reading : std::uint8_t { complete, incomplete, broken };

// Reads the message that `bytes` begin with; `size` gets its length when it is complete.
Reading read_message(std::string_view bytes, HttpMessage& message, std::size_t& size);

// The text of the first member of that name in a JSON text, wherever it stands; escapes are left as they are. Enough
// for numbers, ids and tokens.
std::string_view json_text(std::string_view json, std::string_view name);

// A field of a form, decoded; nothing when it is missing or badly encoded.
std::optional<std::string> form_field(std::string_view form, std::string_view name);

// Everything but letters, digits, "-", "_", "." and "~" as %XX.
void append_encoded(std::string& out, std::string_view text);
// A whole number, with zeros before it up to `width`.
void append_number(std::string& out, std::uint64_t value, int width = 1);
void append_hex(std::string& out, std::string_view bytes);
void append_base64(std::string& out, std::string_view bytes);     // with padding
void append_base64url(std::string& out, std::string_view bytes);  // without

}  // namespace flow::load
