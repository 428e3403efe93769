// The JSON that programs send a thousand times a second, read without a parser: an object of plain texts, booleans and
// nulls. Whatever is more than that (escapes, bytes beyond ASCII, numbers, lists, mistakes) is left to the full parser,
// which reads it or says what is wrong with it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace flow::core {

struct FlatMember {
  enum class Kind : std::uint8_t { text, boolean, null, object };
  std::string_view name;
  std::string_view value;  // text: its characters; boolean: true or false; object: its JSON
  Kind kind{};
};

class FlatJson {
 public:
  static constexpr std::size_t kMembersMax = 16;

  // Nothing when `json` is not one such object, whole. Members may be such objects again, without objects inside; those
  // are checked likewise. Names may repeat. Views into `json`.
  static std::optional<FlatJson> read(std::string_view json);

  std::span<const FlatMember> members() const { return {members_.data(), count_}; }

 private:
  std::array<FlatMember, kMembersMax> members_;
  std::size_t count_ = 0;
};

}  // namespace flow::core
