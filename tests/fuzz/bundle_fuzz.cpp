// Any bytes as a bundle: as they are, and with checksums made right, so that the content is reached. What is read has
// the same bytes when it is written.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/crc32c.h"
#include "base/varint.h"
#include "compiler/bundle/bundle.h"

namespace {

using namespace flow;

void read(const std::string& bytes) {
  const auto bundle = bundle::read_bundle(bytes);
  if (!bundle) {
    FLOW_CHECK(!bundle.error().message.empty());
    return;
  }
  const auto again = bundle::write_bundle(*bundle);
  FLOW_CHECK(again && *again == bytes);
}

void put_checksum(std::string& bytes, std::size_t at, std::uint32_t value) {
  std::string four;
  put_fixed32(four, value);
  bytes.replace(at, 4, four);
}

// As far as lengths can be followed.
std::string sealed(std::string bytes) {
  if (bytes.size() < 16) return bytes;
  std::string_view rest = std::string_view(bytes).substr(12, bytes.size() - 16);
  const auto place = [&] { return static_cast<std::size_t>(rest.data() - bytes.data()); };
  while (true) {
    std::uint64_t size = 0;
    if (!take_varint(rest, size) || size == 0 || size > rest.size()) break;
    const std::string_view name = rest.substr(0, size);
    rest.remove_prefix(size);
    if (!take_varint(rest, size) || size > rest.size() || rest.size() - size < 4) break;
    const std::uint32_t checksum = crc32c(rest.substr(0, size), crc32c(name));
    rest.remove_prefix(size);
    put_checksum(bytes, place(), checksum);
    rest.remove_prefix(4);
  }
  put_checksum(bytes, bytes.size() - 4, crc32c(std::string_view(bytes).substr(0, bytes.size() - 4)));
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(data[i]);
  read(bytes);
  read(sealed(std::move(bytes)));
  return 0;
}
