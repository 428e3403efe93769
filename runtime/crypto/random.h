// Unguessable bytes from the operating system's generator. The only source of randomness for keys, ids and nonces.
#pragma once

#include <cstddef>
#include <string>

namespace flow::crypto {

std::string random_bytes(std::size_t count);

}  // namespace flow::crypto
