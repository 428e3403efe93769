#include "runtime/store/postgres/stored_image.h"

#include "base/crc32c.h"
#include "runtime/core/bytes.h"

namespace flow::store::postgres {

namespace {

constexpr char kPlain = 1;
constexpr char kSealed = 2;

std::string context_of(const core::ExecutionId& id) {
  std::string context = "flowd execution image ";
  context.append(id.bytes.begin(), id.bytes.end());
  return context;
}

std::uint32_t checksum(const core::ExecutionId& id, std::string_view image) {
  std::string bytes(id.bytes.begin(), id.bytes.end());
  bytes.append(image);
  return crc32c(bytes);
}

}  // namespace

std::string store_image(const core::ExecutionId& id, std::string_view image, const crypto::Keyring* keys) {
  if (keys != nullptr) return kSealed + keys->seal(image, context_of(id));
  std::string out(1, kPlain);
  core::ByteWriter(out).u32(checksum(id, image));
  return out.append(image);
}

Result<std::string> read_image(const core::ExecutionId& id, std::string_view stored, const crypto::Keyring* keys) {
  if (!stored.empty() && stored[0] == kSealed) {
    if (keys != nullptr) return keys->open(stored.substr(1), context_of(id));
    return fail(ErrorCode::failed_precondition,
                "the executions in the database are sealed: give [[sealing_keys]] with the key that sealed them");
  }
  core::ByteReader reader(stored);
  const auto form = static_cast<char>(reader.u8());
  const std::uint32_t expected = reader.u32();
  if (reader.failed() || form != kPlain || checksum(id, reader.rest()) != expected) {
    return fail(ErrorCode::data_loss, "execution {} is damaged in the database", core::to_string(id));
  }
  return std::string(reader.rest());
}

}  // namespace flow::store::postgres
