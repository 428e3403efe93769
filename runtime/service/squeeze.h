// Makes executions small: what all of a flow have in common is kept once.
//
// Two kinds. One of a flow's own texts, for states as they are stored (docs/formats/image.md): the same wherever the
// bundle is. And, in memory only, what this process has seen in the images of executions that wait; that holds nothing
// of one person, only what the images of two different recipients share.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace flow::service {

// Of one flow of one bundle.
class Dictionary {
 public:
  Dictionary() = default;
  // Of a flow's texts (program::Program::texts). Part of the stored form: it never changes.
  explicit Dictionary(std::span<const std::string> texts);

  // Learns what this image and the one that was shown before have in common, when they are of different recipients.
  // What was squeezed before stays good: a dictionary only grows, and not for ever.
  void learn(std::uint64_t party, std::string_view image);
  bool ready() const { return !bytes_.empty(); }

  // False: it would not become smaller. Else appends to `out` what unsqueeze() turns back, in which the first `plain`
  // bytes follow each other as they are (plain_begin() has them). REQUIRES: ready().
  bool squeeze(std::string_view image, std::string& out, std::size_t plain = 0) const;
  // Appends the image. False: these bytes are not squeeze()'s of this dictionary.
  bool unsqueeze(std::string_view bytes, std::string& out) const;
  // What any dictionary's squeeze() left as it was at the begin of these bytes; nothing when they are damaged.
  static std::string_view plain_begin(std::string_view bytes);

  std::size_t allocated_bytes() const { return sizeof(*this) + bytes_.capacity() + first_.capacity(); }

 private:
  static constexpr unsigned kHashBits = 11;
  static constexpr std::uint16_t kNowhere = 0xFFFF;

  struct Match {
    std::size_t at = 0;  // in the dictionary
    std::size_t size = 0;
  };
  void index(std::string_view bytes);
  Match find(std::string_view bytes, std::string_view image, std::size_t at) const;

  std::string bytes_;
  std::array<std::uint16_t, std::size_t{1} << kHashBits> places_{};  // of four bytes with that hash
  std::string first_;                                                // image, until a second one comes
  std::uint64_t first_party_ = 0;
  int lessons_ = 0;
};

}  // namespace flow::service
