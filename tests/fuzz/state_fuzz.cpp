// Any bytes as a stored state: as they are, and with the checksum made right. What is read has the same bytes when it
// is written; what is refused leaves the frame as after reset().
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/crc32c.h"
#include "base/varint.h"
#include "runtime/program/frame.h"

namespace {

using namespace flow;

const program::FlowInfo& info() {
  static const program::FlowInfo made = [] {
    program::FlowInfo out;
    out.name = "fuzz";
    out.fields.resize(7);
    for (std::size_t i = 0; i < out.fields.size(); ++i) out.fields[i].type = static_cast<program::ValueType>(i);
    out.steps.resize(3);
    out.outcomes = {"late"};
    out.counters = 2;
    out.handlers = 3;
    return out;
  }();
  return made;
}

void read(const std::string& bytes) {
  static const std::string blank = [] {
    program::Frame frame([](std::string_view) { return std::int64_t{0}; });
    frame.reset(info());
    return encode_state(frame);
  }();
  program::Frame frame([](std::string_view) { return std::int64_t{0}; });
  const Status status = decode_state(bytes, info(), frame);
  FLOW_CHECK(encode_state(frame) == (status ? bytes : blank));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(data[i]);
  read(bytes);
  if (bytes.size() < 4) return 0;
  bytes.resize(bytes.size() - 4);
  put_fixed32(bytes, crc32c(bytes));
  read(bytes);
  return 0;
}
