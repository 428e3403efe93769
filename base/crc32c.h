// CRC-32C (Castagnoli), the checksum of every stored format. Of "123456789" it is 0xE3069283.
#pragma once

#include <cstdint>
#include <string_view>

namespace flow {

// Of the bytes; `before` continues the checksum of the bytes before them.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t before = 0);

}  // namespace flow
