// The form: size of literals, literals, size of a match, where it begins in the dictionary relative to the end of the
// one before (signed); and so on, literals last. All numbers are varints.
#include "runtime/service/squeeze.h"

#include <algorithm>
#include <cstring>

#include "base/limits.h"
#include "base/varint.h"

namespace flow::service {

namespace {

constexpr std::size_t kMatchMin = 5;
constexpr std::size_t kLearnedMin = 12;       // shorter ones may be chance, or somebody's
constexpr std::size_t kDictionaryMax = 8192;  // bytes
constexpr int kLessonsMax = 32;
constexpr std::size_t kTextMin = 8;  // of a flow's texts
constexpr std::size_t kUnsqueezedMax = 16 * limits::kRecordBytesMax;

std::uint32_t four(std::string_view bytes, std::size_t at) {
  std::uint32_t value = 0;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

}  // namespace

Dictionary::Dictionary(std::span<const std::string> texts) {
  for (const std::string& text : texts) {
    if (text.size() >= kTextMin && bytes_.size() + text.size() <= kDictionaryMax) bytes_ += text;
  }
  index(bytes_);
}

void Dictionary::index(std::string_view bytes) {
  places_.fill(kNowhere);
  for (std::size_t at = 0; at + 4 <= bytes.size(); ++at) {
    std::uint16_t& place = places_[four(bytes, at) * 0x9E37'79B1U >> (32 - kHashBits)];
    if (place == kNowhere) place = static_cast<std::uint16_t>(at);
  }
}

Dictionary::Match Dictionary::find(std::string_view bytes, std::string_view image, std::size_t at) const {
  if (at + 4 > image.size()) return {};
  const std::uint32_t wanted = four(image, at);
  const std::uint16_t place = places_[wanted * 0x9E37'79B1U >> (32 - kHashBits)];
  if (place == kNowhere || four(bytes, place) != wanted) return {};
  std::size_t size = 4;
  while (at + size < image.size() && place + size < bytes.size() && image[at + size] == bytes[place + size]) ++size;
  return {place, size};
}

void Dictionary::learn(std::uint64_t party, std::string_view image) {
  if (lessons_ >= kLessonsMax) return;
  if (first_.empty()) {
    first_ = image.substr(0, kDictionaryMax);
    first_party_ = party;
    return;
  }
  if (party == first_party_) return;
  ++lessons_;
  index(first_);
  for (std::size_t at = 0; at < image.size();) {
    const Match match = find(first_, image, at);
    const std::string_view common = image.substr(at, match.size);
    const bool is_new = common.size() >= kLearnedMin && bytes_.size() + common.size() <= kDictionaryMax &&
                        bytes_.find(common) == std::string::npos;
    if (is_new) bytes_ += common;
    at += is_new ? common.size() : 1;
  }
  first_.clear();
  first_.shrink_to_fit();
  index(bytes_);
}

bool Dictionary::squeeze(std::string_view image, std::string& out, std::size_t plain) const {
  const std::size_t begin = out.size();
  std::size_t literals = 0;  // where they begin
  std::size_t expected = 0;  // in the dictionary
  for (std::size_t at = plain; at < image.size();) {
    const Match match = find(bytes_, image, at);
    if (match.size < kMatchMin) {
      ++at;
      continue;
    }
    put_varint(out, at - literals);
    out.append(image.substr(literals, at - literals));
    put_varint(out, match.size);
    put_signed_varint(out, static_cast<std::int64_t>(match.at) - static_cast<std::int64_t>(expected));
    at += match.size;
    literals = at;
    expected = match.at + match.size;
  }
  put_varint(out, image.size() - literals);
  out.append(image.substr(literals));
  if (out.size() - begin < image.size()) return true;
  out.resize(begin);
  return false;
}

bool Dictionary::unsqueeze(std::string_view bytes, std::string& out) const {
  const std::size_t begin = out.size();
  std::size_t expected = 0;
  while (out.size() - begin <= kUnsqueezedMax) {
    std::uint64_t size = 0;
    if (!take_varint(bytes, size) || size > bytes.size()) return false;
    out.append(bytes.substr(0, size));
    bytes.remove_prefix(size);
    if (bytes.empty()) return true;
    std::int64_t change = 0;
    if (!take_varint(bytes, size) || !take_signed_varint(bytes, change)) return false;
    const std::uint64_t at = expected + static_cast<std::uint64_t>(change);
    if (at > bytes_.size() || size > bytes_.size() - at) return false;
    out.append(bytes_, at, size);
    expected = at + size;
  }
  return false;
}

std::string_view Dictionary::plain_begin(std::string_view bytes) {
  std::uint64_t size = 0;
  return take_varint(bytes, size) && size <= bytes.size() ? bytes.substr(0, size) : std::string_view();
}

}  // namespace flow::service
