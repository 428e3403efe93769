// Writing and reading the fixed little-endian forms that everything stored is made of (docs/formats/).
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace flow::core {

class ByteWriter {
 public:
  explicit ByteWriter(std::string& out) : out_(out) {}

  void u8(std::uint8_t value) { out_.push_back(static_cast<char>(value)); }
  void u16(std::uint16_t value) { fixed(value, 2); }
  void u32(std::uint32_t value) { fixed(value, 4); }
  void u64(std::uint64_t value) { fixed(value, 8); }
  void i64(std::int64_t value) { fixed(static_cast<std::uint64_t>(value), 8); }
  void raw(std::string_view bytes) { out_.append(bytes); }
  // Its length in four bytes, then it.
  void text(std::string_view bytes) {
    u32(static_cast<std::uint32_t>(bytes.size()));
    raw(bytes);
  }

 private:
  void fixed(std::uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) out_.push_back(static_cast<char>(value >> (8 * i)));
  }

  std::string& out_;
};

// Reads what ByteWriter wrote. The first value that is not all there makes it fail for good: read on, then ask once.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  std::uint8_t u8() { return static_cast<std::uint8_t>(fixed(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(fixed(2)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(fixed(4)); }
  std::uint64_t u64() { return fixed(8); }
  std::int64_t i64() { return static_cast<std::int64_t>(fixed(8)); }
  std::string_view raw(std::size_t size) {
    if (size > rest_.size()) {
      failed_ = true;
      rest_ = {};
      return {};
    }
    const std::string_view bytes = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return bytes;
  }
  std::string_view text() { return raw(u32()); }
  std::string string() { return std::string(text()); }
  // How many of something follow, each at least `bytes_each` long: never more than can be there.
  std::uint32_t count(std::size_t bytes_each) {
    const std::uint32_t value = u32();
    if (value > rest_.size() / bytes_each) failed_ = true;
    return failed_ ? 0 : value;
  }

  bool failed() const { return failed_; }
  // Nothing failed and nothing is left.
  bool complete() const { return !failed_ && rest_.empty(); }
  std::string_view rest() const { return rest_; }

 private:
  std::uint64_t fixed(std::size_t size) {
    const std::string_view bytes = raw(size);
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      value |= static_cast<std::uint64_t>(static_cast<std::uint8_t>(bytes[i])) << (8 * i);
    }
    return value;
  }

  std::string_view rest_;
  bool failed_ = false;
};

}  // namespace flow::core
