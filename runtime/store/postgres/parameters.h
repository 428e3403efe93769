// Parameters of a statement in PostgreSQL's binary form: big-endian numbers, arrays of one dimension without nulls.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace flow::store::postgres {

// Types by their object ids, which PostgreSQL never changes.
inline constexpr std::uint32_t kBoolean = 16;
inline constexpr std::uint32_t kBytes = 17;
inline constexpr std::uint32_t kInt8 = 20;
inline constexpr std::uint32_t kInt2 = 21;
inline constexpr std::uint32_t kInt4 = 23;
inline constexpr std::uint32_t kText = 25;
inline constexpr std::uint32_t kReal = 701;
inline constexpr std::uint32_t kUuid = 2950;
inline constexpr std::uint32_t kInt2Array = 1005;
inline constexpr std::uint32_t kInt4Array = 1007;
inline constexpr std::uint32_t kTextArray = 1009;
inline constexpr std::uint32_t kInt8Array = 1016;
inline constexpr std::uint32_t kBytesArray = 1001;
inline constexpr std::uint32_t kUuidArray = 2951;

template <typename Integer>
void put_big_endian(std::string& out, Integer value) {
  const auto bits = static_cast<std::make_unsigned_t<Integer>>(value);
  for (int shift = static_cast<int>(sizeof(Integer)) * 8 - 8; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(bits >> shift));
  }
}

// One array, element by element.
class Array {
 public:
  explicit Array(std::uint32_t array_type);

  void int2(std::int16_t value) { integer(value); }
  void int4(std::int32_t value) { integer(value); }
  void int8(std::int64_t value) { integer(value); }
  void bytes(std::string_view value);
  void uuid(const std::array<std::uint8_t, 16>& value) {
    bytes({reinterpret_cast<const char*>(value.data()), value.size()});
  }

  std::uint32_t type() const { return type_; }
  std::int32_t size() const { return count_; }
  // With its header. The array is used up.
  std::string take();

 private:
  template <typename Integer>
  void integer(Integer value) {
    put_big_endian(body_, static_cast<std::int32_t>(sizeof value));
    put_big_endian(body_, value);
    ++count_;
  }

  std::uint32_t type_;
  std::uint32_t element_;
  std::int32_t count_ = 0;
  std::string body_;
};

class Parameters {
 public:
  Parameters& boolean(bool value) { return add(kBoolean, std::string(1, value ? '\1' : '\0')); }
  Parameters& int2(std::int16_t value) { return integer(kInt2, value); }
  Parameters& int4(std::int32_t value) { return integer(kInt4, value); }
  Parameters& int8(std::int64_t value) { return integer(kInt8, value); }
  Parameters& real(double value) { return integer(kReal, std::bit_cast<std::int64_t>(value)); }
  Parameters& text(std::string_view value) { return add(kText, std::string(value)); }
  Parameters& bytes(std::string_view value) { return add(kBytes, std::string(value)); }
  Parameters& uuid(const std::array<std::uint8_t, 16>& bytes) {
    return add(kUuid, std::string(bytes.begin(), bytes.end()));
  }
  Parameters& array(Array& array) { return add(array.type(), array.take()); }

  const std::vector<std::uint32_t>& types() const { return types_; }
  const std::vector<std::string>& values() const { return values_; }
  std::size_t byte_count() const;

 private:
  template <typename Integer>
  Parameters& integer(std::uint32_t type, Integer value) {
    std::string bytes;
    put_big_endian(bytes, value);
    return add(type, std::move(bytes));
  }
  Parameters& add(std::uint32_t type, std::string value);

  std::vector<std::uint32_t> types_;
  std::vector<std::string> values_;
};

}  // namespace flow::store::postgres
